"""The sample account, opened for the tests of every specialist, and the incidents planted in it."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.agents.ask import CountingWarehouse, opened
from tools.sample.stories import Story, stories


@pytest.fixture
async def warehouse(sample_file: Path, now: datetime) -> AsyncIterator[CountingWarehouse]:
    async with opened(sample_file, now) as one:
        yield one


@pytest.fixture(scope="session")
def told(now: datetime) -> dict[str, Story]:
    return {story.key: story for story in stories(now)}
