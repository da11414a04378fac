"""Unusual days of the account, of each workspace and of each product, put together into events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from tools.ml.anomaly import DayVerdict, judge
from tools.table import Table

ACCOUNT = "account"
WORTH = 0.01  # of a day's expected cost in all: what strays less is not worth a person's time
WEEKS = 6  # of the same weekday against which a verdict is checked
NAMED = 3  # workspaces or products that the label of an event names


@dataclass(frozen=True, slots=True)
class Strange:
    """One series (the account, a workspace, a product) on one unusual day."""

    level: str
    name: str
    verdict: DayVerdict

    @property
    def delta(self) -> float:
        return self.verdict.actual - self.verdict.expected


@dataclass(frozen=True, slots=True)
class Event:
    """Days in a row on which the same series strayed the same way; `parts` of the first of them, the widest first."""

    days: tuple[date, ...]
    parts: tuple[Strange, ...]
    total: float  # change over all its days, of the widest part

    @property
    def main(self) -> Strange:
        return self.parts[0]

    @property
    def where(self) -> str:
        names = [[part.name for part in self.parts if part.level == level] for level in ("workspace", "product")]
        told = [", ".join((*of[:NAMED], *([f"{len(of) - NAMED} more"] if len(of) > NAMED else []))) for of in names if of]
        return " / ".join(told) or "spread over many"

    @property
    def kind(self) -> str:
        kinds = {part.verdict.kind for part in self.parts}
        return "new level" if "level_shift" in kinds else "trend" if "trend" in kinds else "passing"

    def names(self, level: str) -> tuple[str, ...]:
        return tuple(part.name for part in self.parts if part.level == level)


@dataclass(frozen=True, slots=True)
class Judged:
    """Every series with its verdicts by day."""

    series: Mapping[tuple[str, str], Mapping[date, DayVerdict]]

    @property
    def account(self) -> Mapping[date, DayVerdict]:
        return self.series.get((ACCOUNT, ""), {})


def judge_all(daily: Table, through: date) -> Judged:
    """`daily` holds day, workspace, product and cost_usd; a day between without usage is a day that cost nothing."""
    sums: dict[tuple[str, str], dict[date, float]] = {}
    for row in daily:
        if row["day"] > through:
            continue
        for key in ((ACCOUNT, ""), ("workspace", row["workspace"] or "account level"), ("product", row["product"] or "OTHER")):
            days = sums.setdefault(key, {})
            days[row["day"]] = days.get(row["day"], 0.0) + float(row["cost_usd"] or 0)
    judged = {}
    for key, days in sums.items():
        first = min(days)
        whole = [(day, days.get(day, 0.0)) for n in range((through - first).days + 1) for day in [first + timedelta(days=n)]]
        judged[key] = {verdict.day: verdict for verdict in judge(whole, complete_through=through)}
    return Judged(judged)


def find_events(judged: Judged, days: Sequence[date]) -> tuple[Event, ...]:
    """The events of the asked days, the largest change first."""
    found: list[Event] = []
    for day in days:
        for up in (True, False):
            parts = _strange(judged, day, up)
            if not parts:
                continue
            last = found[-1] if found else None
            same = last and last.days[-1] == day - timedelta(days=1) and _who(last.parts) == _who(parts)
            if last and same and (last.main.delta > 0) == up:
                found[-1] = Event((*last.days, day), last.parts, last.total + parts[0].delta)
            else:
                found.append(Event((day,), parts, parts[0].delta))
    return tuple(sorted(found, key=lambda event: (-abs(event.total), event.days)))


def _strange(judged: Judged, day: date, up: bool) -> tuple[Strange, ...]:
    whole = judged.account.get(day)
    least = WORTH * abs(whole.expected) if whole and whole.expected == whole.expected else 0.0
    found = [
        Strange(level, name, verdict)
        for (level, name), verdicts in judged.series.items()
        if (verdict := verdicts.get(day))
        and verdict.is_anomaly
        and (verdict.direction == "up") == up
        and _confirmed(verdicts, day)
    ]
    found = [one for one in found if abs(one.delta) >= least]
    order = {ACCOUNT: 0, "workspace": 1, "product": 2}
    return tuple(sorted(found, key=lambda one: (order[one.level], -abs(one.delta), one.name)))


def _confirmed(verdicts: Mapping[date, DayVerdict], day: date) -> bool:
    """Whether the same weekdays of the weeks before say so too: after a strange week the expectation may be the strange thing."""
    verdict = verdicts[day]
    like = [verdicts[past].actual for n in range(1, WEEKS + 1) if (past := day - timedelta(days=7 * n)) in verdicts]
    if verdict.kind == "trend" or len(like) < 2:
        return True
    moved, told = verdict.actual - median(like), verdict.actual - verdict.expected
    return moved * told > 0 and abs(moved) >= abs(told) / 2


def _who(parts: Sequence[Strange]) -> set[tuple[str, str]]:
    return {(part.level, part.name) for part in parts}
