"""`python -m tools.sample OUT.duckdb`: write the sample account."""

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from tools.sample.generate import MOST, moment, write


def main() -> None:
    options = _options()
    began = time.perf_counter()
    write(options.out, today=options.today, seed=options.seed, scale=options.scale)
    with duckdb.connect(str(options.out), read_only=True) as connection:
        rows = connection.execute("SELECT sum(estimated_size) FROM duckdb_tables()").fetchone()
    print(f"{options.out}: {rows[0] if rows else 0:,} rows in {time.perf_counter() - began:.1f} s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.sample", description="Write a sample Databricks account as a DuckDB file."
    )
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--today", type=moment, default=datetime.now(UTC), help="ISO date (10:00 UTC) or time at which the sample ends"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--scale",
        type=int,
        default=1,
        metavar=f"1..{MOST}",
        choices=range(1, MOST + 1),
        help="multiplies usage, runs, queries and audit events",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
