"""The labelled cases of ../shared/eval, where that folder lies beside the checkout: read, never copied."""

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.evals.ml.series import DAYS, Series

PLACE = Path(__file__).resolve().parents[4] / "shared" / "eval"
GRIDS, GENERATOR = PLACE / "grids_s_l.tar.gz", PLACE / "gen_cost.py"
SMALL, LEAST = 0.05, 0.2  # share of a day's cost below which a change is none, and from which it is one

Labels = list[dict[str, str]]


def is_here() -> bool:
    return GRIDS.exists() and GENERATOR.exists()


def grids() -> Iterator[tuple[str, Any, list[str], Labels]]:
    """Each dense grid: family (S or L), frame with columns real and predict, dimensions, labels."""
    import pandas

    with TemporaryDirectory() as place, tarfile.open(GRIDS) as packed:
        packed.extractall(place, filter="data")
        for info in sorted(Path(place).rglob("injection_info.csv")):
            for row in pandas.read_csv(info, dtype=str).itertuples():
                frame = pandas.read_csv(info.parent / f"{row.timestamp}.csv")
                dims = sorted(set(frame.columns) - {"real", "predict"})
                labels = [dict(pair.split("=", 1) for pair in element.split("&")) for element in str(row.set).split(";")]
                yield info.parent.relative_to(place).parts[0][:1], frame.astype(dict.fromkeys(dims, str)), dims, labels


def cost_cases(count: int, seed: int, place: Path) -> list[dict[str, Any]]:
    """Make cost cases with the generator beside us; gives its truths, with the files in `place`."""
    command = [sys.executable, str(GENERATOR), str(place), "--n", str(count), "--seed", str(seed)]
    subprocess.run(command, check=True, capture_output=True, timeout=900)
    truths: list[dict[str, Any]] = json.loads((place / "truth.json").read_text())
    return truths


def workspace_series(truth: dict[str, Any], place: Path) -> Iterator[Series]:
    """Daily cost of each workspace of a case; a day is wrong where the planted change is a fifth of what it would have cost."""
    import pandas

    daily = pandas.read_parquet(place / "daily" / f"{truth['id']}.parquet")
    daily["day"] = daily["date"].dt.date
    first = max(daily["day"]) - timedelta(days=DAYS - 1)
    touched: dict[tuple[str, int], float] = {}
    for each in truth["workspace_excess"]:
        at = (date.fromisoformat(each["date"]) - first).days
        touched[each["workspace"], at] = abs(each["excess_usd"]) / max(abs(each["without_usd"]), 1e-6)
    for name, rows in daily.groupby("workspace"):
        cost = rows.groupby("day")["cost"].sum().to_dict()
        values = [float(cost.get(first + timedelta(days=at), 0.0)) for at in range(DAYS)]
        wrong = frozenset(at for at in range(DAYS) if touched.get((name, at), 0.0) >= LEAST)
        doubtful = frozenset(at for at in range(DAYS) if SMALL < touched.get((name, at), 0.0) < LEAST)
        yield Series(values, wrong, doubtful)
