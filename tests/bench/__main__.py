"""`make bench`: every speed figure of the documents, as one table; with `--scale`, how time grows with the account."""

import asyncio
import sys

from tests.bench import answers, delivery, functions, model, scale, slack, specialists, teams
from tests.bench.timing import table


async def measure() -> str:
    return table(
        [
            *await answers.computed(),
            *await answers.whole_process(),
            *await slack.delivered(),
            *await teams.accepted(),
            *await teams.rendered(),
            *await delivery.handled(),
            *await delivery.soaked(),
            *await specialists.specialists(),
            *await functions.functions(),
            *await model.far_away(),
        ]
    )


async def measure_growth() -> str:
    return table(await scale.grown())


if __name__ == "__main__":
    print(asyncio.run(measure_growth() if "--scale" in sys.argv[1:] else measure()))
