"""`python -m tests.evals.understand`: how well questions are understood, on the held-back ones; fails if it measured nothing."""

import sys
from collections import Counter
from dataclasses import dataclass
from math import sqrt
from statistics import median
from time import process_time

from agents.question import AGENTS, Question
from agents.understand import Understanding
from agents.understand.period import read_period
from tests.agents.understand.account import NAMES, NOW
from tests.evals.understand.authors import judged_authors
from tests.evals.understand.cases import RouteCase, independent_cases, period_cases, route_cases, topic_cases

BINS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.97), (0.97, 1.01))
SINGLE = ("easy", "medium", "hard", "blunt", "single-easy", "single-medium", "single-hard")
SEVERAL = ("pair", "triple")


@dataclass(frozen=True, slots=True)
class Result:
    case: RouteCase
    question: Question
    ms: float

    @property
    def right_action(self) -> bool:
        return self.question.action == self.case.action

    @property
    def right(self) -> bool:
        return self.right_action and (self.case.action != "answer" or frozenset(self.question.agents) == self.case.agents)


def main() -> int:
    started = process_time()
    understanding = Understanding(NAMES)
    understanding.understand("warm up", now=NOW)
    load = (process_time() - started) * 1000
    results = [_ask(understanding, case) for case in route_cases()]
    _sets("Exact set of specialists and action", results)
    independent = [_ask(understanding, case) for case in independent_cases()]
    _sets("\nThe same for an independent writer's questions", independent)
    topics = [understanding.understand(case.text, now=NOW).topics for case in topic_cases()]
    _say("\ntopics, exact set", _rate([set(got) == case.topics for got, case in zip(topics, topic_cases(), strict=True)]))
    periods = _periods()
    _say("period, both ends", _rate(periods))
    _reliability([r for r in results if r.question.action == "answer"])
    _confusion(results)
    _worst(results)
    times = sorted(r.ms for r in results)
    _say(
        "ms per question",
        f"median {median(times):.2f}  p95 {times[int(len(times) * 0.95)]:.2f}   load {load:.0f} (processor time)",
    )
    return 0 if results and independent and topics and periods and _authors() else 1


def _authors() -> int:
    """Prints how well the authors of training questions are understood when each in turn is left out; how many questions."""
    judged = judged_authors()
    _say("\nOne author left out, learned from the others", "")
    for kind in ("single", "several", "clarify", "decline", "help"):
        _say(kind, _rate([each.right for each in judged if each.kind == kind]))
    for author in dict.fromkeys(each.line.author for each in judged):
        _say(f"single, {author}", _rate([each.right for each in judged if each.kind == "single" and each.line.author == author]))
    _say("action, all", _rate([each.right_action for each in judged]))
    _say("harmless declined", _rate([each.decision.action == "decline" for each in judged if each.kind != "decline"]))
    sure = [each for each in judged if each.decision.action == "answer" and each.decision.confidence > 0.9]
    _say("right above 0.9 confidence", _rate([each.right for each in sure]))
    return len(judged)


def _sets(title: str, results: list[Result]) -> None:
    _say(title, "")
    groups = [
        ("single-domain", [r for r in results if r.case.kind in SINGLE]),
        ("multi-domain", [r for r in results if r.case.kind in SEVERAL]),
    ]
    groups += [(kind, [r for r in results if r.case.kind == kind]) for kind in dict.fromkeys(r.case.kind for r in results)]
    groups += [
        (f"language {name}", [r for r in results if r.case.language == name])
        for name in dict.fromkeys(r.case.language for r in results)
    ]
    for name, group in [*groups, ("all", results)]:
        _say(name, _rate([r.right for r in group]))
    _say("action, all", _rate([r.right_action for r in results]))
    harmless = [r for r in results if r.case.action != "decline"]
    _say("harmless declined", _rate([r.question.action == "decline" for r in harmless]))
    sure = [r for r in results if r.question.action == "answer" and r.question.confidence > 0.9]
    _say("right above 0.9 confidence", _rate([r.right for r in sure]))


def _ask(understanding: Understanding, case: RouteCase) -> Result:
    prior = None
    for earlier in case.prior:
        prior = understanding.understand(earlier, now=NOW, prior=prior)
    started = process_time()
    question = understanding.understand(case.text, now=NOW, prior=prior)
    return Result(case, question, (process_time() - started) * 1000)


def _periods() -> list[bool]:
    right = []
    for case in period_cases():
        reading = read_period(case.text, now=case.now, tz=case.tz)
        ends = tuple((period.start, period.end) if period else None for period in (reading.period, reading.compare))
        right.append(ends == (case.window, case.compare))
    return right


def _rate(hits: list[bool]) -> str:
    """Share, count and 95% Wilson interval."""
    n, k, z = len(hits), sum(hits), 1.96
    if not n:
        return "none"
    share = k / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return f"{share:6.1%}  {k}/{n}  [{centre - half:.1%}, {centre + half:.1%}]"


def _reliability(answered: list[Result]) -> None:
    _say("\nConfidence", "how often right")
    for low, high in BINS:
        _say(f"  {low:.2f} to {min(high, 1):.2f}", _rate([r.right for r in answered if low <= r.question.confidence < high]))
    _say("  above 0.90", _rate([r.right for r in answered if r.question.confidence > 0.9]))


def _confusion(results: list[Result]) -> None:
    """Rows: the one right specialist; columns: each specialist answered."""
    _say("\nExpected against answered", "".join(f"{agent[:8]:>10}" for agent in (*AGENTS, "other")))
    for expected in AGENTS:
        answered: Counter[str] = Counter()
        for result in results:
            if result.case.agents == {expected}:
                answered.update(result.question.agents or ("other",))
        _say(f"  {expected}", "".join(f"{answered[agent] or '.':>10}" for agent in (*AGENTS, "other")))


def _worst(results: list[Result], count: int = 15) -> None:
    wrong = sorted((r for r in results if not r.right), key=lambda r: -r.question.confidence)
    _say("\nWorst cases", f"{len(wrong)} wrong, the surest first")
    for result in wrong[:count]:
        wanted = "+".join(sorted(result.case.agents)) or result.case.action
        got = "+".join(result.question.agents) or result.question.action
        _say(f"  {result.question.confidence:.2f} {wanted} > {got}", result.case.text[:90])
    sys.stdout.write("\n")


def _say(name: str, value: str) -> None:
    sys.stdout.write(f"{name:<34}{value}\n")


if __name__ == "__main__":
    sys.exit(main())
