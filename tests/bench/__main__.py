"""`make bench`: every speed figure of the documents, as one table."""

import asyncio

from tests.bench import answers
from tests.bench.timing import table


async def measure() -> str:
    return table([*await answers.computed(), *await answers.whole_process()])


if __name__ == "__main__":
    print(asyncio.run(measure()))
