"""How time grows with the account: every function at scale 1 and at scale 25 (about ten million usage records)."""

from datetime import UTC, datetime

from tests.bench.functions import LARGE_GOAL, each, peak_megabytes
from tests.bench.timing import Measured
from tools.sample.cache import sample_path

LARGE = 25
RUNS = 3


async def grown() -> list[Measured]:
    """Each function on the large account, the slowest first, and how many times longer it takes than on the small one.

    The large account takes minutes to write the first time; it is kept with the others.
    """
    now = datetime.now(UTC)
    small = {row.what: row.median for row in await each(sample_path(now), RUNS)}
    large = await each(sample_path(now, scale=LARGE), RUNS)
    every = [value for row in large for value in row.values]
    growth = [row.median / small[row.what] for row in large]
    return [
        Measured(f"{len(large)} table functions at scale {LARGE}", every, goal=LARGE_GOAL),
        Measured(f"growth from scale 1 to {LARGE}", growth, "times"),
        Measured(f"peak memory at scale {LARGE}", [peak_megabytes()], "MB", "< 4,096 MB"),
        *(Measured(row.what, row.values, goal=LARGE_GOAL) for row in large),
    ]
