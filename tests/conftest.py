"""What every test may use: a fixed now, the sample account of that day, a service on it."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.compose import service
from bot.service import Service
from bot.settings import Settings
from tools.sample.cache import sample_path

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def sample_file() -> Path:
    """The sample account as of NOW, built once and kept between runs."""
    return sample_path(NOW)


@pytest.fixture
async def bot(sample_file: Path) -> AsyncIterator[Service]:
    async with service(Settings(), now=NOW) as built:
        yield built


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skipped test is a failure: what should have run did not."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and exitstatus == 0 and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
