"""Two replicas on one file, killed while they answer. The long version, on Postgres, is in tests/e2e/slack."""

from pathlib import Path

import pytest

from tests.adapters.slack.killing import ask_while_killing
from tests.adapters.slack.loopback import LoopbackSlack


@pytest.mark.parametrize("missing", [set(), {"assistant.threads.setStatus"}], ids=["status lines", "task cards"])
async def test_killed_replicas_lose_and_repeat_nothing(slack: LoopbackSlack, tmp_path: Path, missing: set[str]) -> None:
    slack.missing |= missing
    outcome = await ask_while_killing(
        slack, f"sqlite:///{tmp_path / 'store.sqlite'}", questions=24, threads=8, kills=3, lease=2, patience=40
    )
    assert outcome.kills == 3
    assert outcome.answered == outcome.asked
    assert bool(slack.called("chat.startStream")) == bool(missing)
