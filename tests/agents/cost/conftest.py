"""Every record of the sample account priced apart from the gold layer."""

from pathlib import Path

import pytest

from tests.agents.cost.raw import Priced


@pytest.fixture(scope="session")
def raw(sample_file: Path) -> Priced:
    return Priced(sample_file)
