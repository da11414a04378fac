import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.tools.sample.conftest import SEED, TODAY
from tools.sample.cache import moment_of, sample_path
from tools.sample.generate import fill, moment, write
from tools.warehouse.catalog import system_tables
from tools.warehouse.dialect import embedded_names

LATELY = date(2026, 11, 20)
PROGRAM = """
from datetime import UTC, date, datetime
from tests.tools.sample.test_determinism import checksums
print(checksums(datetime(2026, 11, 24, 10, tzinfo=UTC), 7, date(2026, 11, 20)))
"""


def checksums(today: datetime, seed: int, since: date) -> dict[str, tuple[int, int]]:
    """Rows and a sum of row hashes of every table."""
    found: dict[str, tuple[int, int]] = {}
    with duckdb.connect() as connection:
        fill(connection, today, seed, since=since)
        for table in system_tables():
            row = connection.execute(
                f"SELECT count(*), coalesce(sum(hash(t::VARCHAR)), 0) FROM {embedded_names(table)} t"
            ).fetchone()
            assert row is not None
            found[table] = row
    return found


def test_the_same_day_and_seed_give_the_same_rows_in_another_process() -> None:
    other = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=120)
    mine = checksums(TODAY, SEED, LATELY)
    assert str(mine) == other.stdout.strip()
    assert mine["system.billing.usage"][0] > 15_000


def test_another_seed_gives_other_rows() -> None:
    mine, other = checksums(TODAY, SEED, date(2026, 11, 23)), checksums(TODAY, SEED + 1, date(2026, 11, 23))
    same = {table for table in mine if mine[table] == other[table]}
    assert same <= {
        "system.access.workspaces_latest",
        "system.access.clean_room_events",
        "system.access.outbound_network",
        "system.compute.node_types",
        "system.mlflow.experiments_latest",
        "system.billing.account_prices",
    }


def test_the_command_refuses_a_scale_that_makes_no_sense(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.sample", str(tmp_path / "none.duckdb"), "--scale", "0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2 and "invalid choice: 0" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_bare_date_means_ten_in_the_morning() -> None:
    assert moment("2026-11-24") == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert moment("2026-11-24T08:30") == datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    assert moment("2026-11-24T01:30+02:00") == datetime(2026, 11, 23, 23, 30, tzinfo=UTC)


def test_the_cache_keeps_a_sample_for_its_day(path: Path) -> None:
    changed = path.stat().st_ino
    assert sample_path(TODAY.replace(hour=18), SEED) == path
    assert path.stat().st_ino == changed
    assert moment_of(path) == TODAY


def test_a_sample_of_later_that_day_is_not_of_an_earlier_moment(path: Path, tmp_path: Path) -> None:
    ready, later = (tmp_path / path.name, tmp_path / path.name.replace("T100000", "T182000"))
    for file in (ready, later):
        file.write_bytes(b"ready")
    assert later != ready and sample_path(TODAY, SEED, directory=tmp_path) == ready
    assert sample_path(TODAY.replace(hour=20), SEED, directory=tmp_path) == later


def test_the_cache_drops_what_is_old(path: Path, tmp_path: Path) -> None:
    for day in range(1, 8):
        (tmp_path / f"sample-2026010{day}T100000-7-1-aaaaaaaaaaaa.duckdb").write_bytes(b"old")
    ready = tmp_path / path.name
    ready.write_bytes(b"ready")
    assert sample_path(TODAY, SEED, directory=tmp_path) == ready
    assert len(list(tmp_path.iterdir())) == 8


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OverflowError):
        write(tmp_path / "none.duckdb", today=datetime(1, 1, 3, tzinfo=UTC))
    with pytest.raises(ValueError, match="scale"):
        write(tmp_path / "none.duckdb", today=TODAY, scale=101)
    assert list(tmp_path.iterdir()) == []
