"""Two replicas on one Postgres, killed twenty times at random while two hundred questions are asked."""

import sys

import pytest

from tests.adapters.slack.killing import ask_while_killing
from tests.adapters.slack.loopback import loopback_slack
from tests.postgres import Postgres

pytestmark = pytest.mark.e2e


async def test_each_question_is_answered_exactly_once_in_the_order_of_its_thread(postgres_server: Postgres) -> None:
    async with loopback_slack() as slack:
        outcome = await ask_while_killing(
            slack, postgres_server.database(), questions=200, threads=40, kills=20, lease=5, patience=120
        )
    sys.stdout.write(f"{outcome.kills} kills, {outcome.retries} deliveries repeated, {outcome.seconds:.0f} s\n")
    assert outcome.kills == 20
    assert sum(map(len, outcome.answered.values())) == 200
    assert outcome.answered == outcome.asked
