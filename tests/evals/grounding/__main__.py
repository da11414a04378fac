"""`python -m tests.evals.grounding`: how many planted errors are caught and how many true sentences refused."""

import asyncio
import sys
from collections import Counter

from agents.answer import Answer
from agents.grounding import Grounding
from bot.compose import service
from bot.message import Message
from bot.settings import Settings
from tests.capabilities import CAPABILITIES
from tests.conftest import NOW
from tests.evals.grounding.cases import KINDS, Case, cases

LEAST = 300


async def answers() -> list[Answer]:
    """The sample account's answer to the question of each capability."""
    async with service(Settings(), now=NOW) as bot:
        told = [await bot.answer(Message("shell", "", each.question)) for each in CAPABILITIES]
    return [answer for answer in told if answer.evidence and not answer.error_id]


def judged(built: list[Case]) -> list[tuple[Case, tuple[str, ...]]]:
    readers = {id(case.answer): Grounding(case.answer) for case in built}
    return [(case, readers[id(case.answer)].untraced(case.text)) for case in built]


def main() -> int:
    results = judged(cases(asyncio.run(answers())))
    kinds = Counter(case.kind for case, _ in results)
    if len(results) - kinds[""] < LEAST:
        print("nothing was measured")
        return 1
    print("\n| planted error | caught | of |\n|---|---:|---:|")
    for kind in KINDS:
        print(f"| {kind} | {sum(bool(wrong) for case, wrong in results if case.kind == kind)} | {kinds[kind]} |")
    caught = sum(bool(wrong) for case, wrong in results if case.kind)
    refused = sum(bool(wrong) for case, wrong in results if not case.kind)
    planted = len(results) - kinds[""]
    print(f"| all | {caught} ({caught / planted:.1%}) | {planted} |")
    print(f"| true, refused | {refused} ({refused / kinds['']:.1%}) | {kinds['']} |")
    if "--misses" in sys.argv:
        for case, wrong in results:
            if bool(case.kind) != bool(wrong):
                print(case.kind or "true", "|", case.text, "|", wrong[:3])
    return int(caught / planted < 0.99 or refused / kinds[""] > 0.01)


if __name__ == "__main__":
    sys.exit(main())
