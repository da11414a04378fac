"""Keeps built samples, so that a day's sample is made once."""

import hashlib
import os
import time
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from tools.sample.generate import write
from tools.warehouse.catalog import COLUMNS

CACHE = Path(__file__).resolve().parents[2] / ".cache"
KEPT = 4
STAMP = "%Y%m%dT%H%M%S"
ABANDONED_SECONDS = 3600


def sample_path(today: datetime, seed: int = 7, scale: int = 1, directory: Path | None = None) -> Path:
    """The sample of that UTC day, built if it is not there yet or if the code that makes it has changed.

    A sample ends at the moment it was first asked for that day (see `moment_of`), never after `today`. Two processes that
    build at once make the same file twice and the later rename wins; neither sees half a file.
    """
    place = directory or CACHE
    moment = today.astimezone(UTC).replace(microsecond=0)
    ending = f"-{seed}-{scale}-{_code()}.duckdb"
    built = [path for path in place.glob(f"sample-{moment:%Y%m%d}T*{ending}") if moment_of(path) <= moment]
    if built:
        newest = max(built)
        os.utime(newest, ns=(time.time_ns(), newest.stat().st_mtime_ns))  # used, not changed: its names stay known
        return newest
    path = place / f"sample-{moment.strftime(STAMP)}{ending}"
    write(path, today=moment, seed=seed, scale=scale)
    _prune(place, path)
    return path


def moment_of(path: Path) -> datetime:
    """The `today` with which a cached sample was built."""
    return datetime.strptime(path.name.split("-")[1], STAMP).replace(tzinfo=UTC)


@lru_cache(maxsize=1)
def _code() -> str:
    """A digest of everything that decides what a sample holds."""
    digest = hashlib.sha256()
    for source in (*sorted(Path(__file__).parent.rglob("*.py")), COLUMNS):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _prune(place: Path, newest: Path) -> None:
    """Keep the samples used last; drop what an interrupted build left behind."""
    others = [(path.stat().st_atime, path) for path in place.glob("sample-*.duckdb") if path != newest]
    for _, path in sorted(others, reverse=True)[KEPT - 1 :]:
        path.unlink(missing_ok=True)
    for path in place.glob(".sample-*.part*"):
        if path.stat().st_mtime < time.time() - ABANDONED_SECONDS:
            path.unlink(missing_ok=True)
