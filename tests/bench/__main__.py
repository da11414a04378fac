"""`make bench`: every speed figure of the documents, as one table."""

import asyncio

from tests.bench import answers, functions, slack
from tests.bench.timing import table


async def measure() -> str:
    return table(
        [*await answers.computed(), *await answers.whole_process(), *await slack.delivered(), *await functions.functions()]
    )


if __name__ == "__main__":
    print(asyncio.run(measure()))
