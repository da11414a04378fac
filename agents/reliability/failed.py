"""The facts of failed runs: which jobs, of what class, for how long, at what cost, and who answers for them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.attempt import Attempt
from agents.figures import moment
from agents.question import Question
from agents.reliability import classes
from agents.reliability.jobs import Job, person
from agents.reliability.page import key
from agents.reliability.streaks import Streak
from tools.period import Period

COSTLY_USD = 100
# A class that a question names, in the classes that a code can tell.
SEEN_AS: Mapping[str, tuple[str, ...]] = {"memory": ("driver", "task")}


@dataclass(frozen=True, slots=True)
class Failing:
    """One job's failed runs, newest first."""

    job: Job
    runs: tuple[Mapping[str, Any], ...]
    streak: Streak | None
    above: str  # the job that failed first and feeds this one
    cost: float | None
    owner: str | None
    task: str

    @property
    def is_open(self) -> bool:
        return self.streak is not None and self.streak.is_open

    @property
    def code(self) -> str:
        return str(Counter(code_of(run) for run in self.runs).most_common(1)[0][0])

    @property
    def reason(self) -> str:
        """The class of most of its failures, by state and code."""
        return Counter(classes.of_run(run) for run in self.runs).most_common(1)[0][0]

    @property
    def kind(self) -> str:
        """The class that tells what to do: one that fails because of the job above is that."""
        return classes.UPSTREAM if self.above else self.reason

    @property
    def who(self) -> str:
        return person(self.owner)

    @property
    def is_serious(self) -> bool:
        return (self.cost or 0) >= COSTLY_USD or (self.is_open and self.streak is not None and self.streak.failed > 2)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was asked and what was read; `failing` is ranked, `earlier` are the failed runs of the period before."""

    question: Question
    asked: Period
    usual: Period
    jobs: tuple[Job, ...]
    failing: tuple[Failing, ...]
    earlier: tuple[Mapping[str, Any], ...]
    focus: str | None
    read: Mapping[str, Attempt]

    @property
    def runs(self) -> list[Mapping[str, Any]]:
        return [run for one in self.failing for run in one.runs]

    @property
    def is_now(self) -> bool:
        return self.asked.end >= self.question.now

    def ids(self, *names: str) -> tuple[str, ...]:
        return tuple(found for name in names for found in self.read[name].ids)

    def when(self, run: Mapping[str, Any]) -> str:
        return moment(run["end_time"], self.asked.tz)


def code_of(run: Mapping[str, Any]) -> str:
    return str(run["termination_code"] or run["result_state"])


def ended_in(rows: Iterable[Mapping[str, Any]], period: Period, known: Mapping[str, Job]) -> tuple[Mapping[str, Any], ...]:
    """The failed runs of known jobs that ended in the period, newest first."""
    return tuple(row for row in rows if period.start <= row["end_time"] < period.end and key(row) in known)


def group(
    runs: Sequence[Mapping[str, Any]],
    known: Mapping[str, Job],
    streaks: Mapping[str, Streak],
    read: Mapping[str, Attempt],
    *,
    is_now: bool,
) -> tuple[Failing, ...]:
    """By job: the serious first, of these what still fails (where that is now), then the costliest, then the most."""
    costs = {key(row): float(row["failure_cost_usd"]) for row in read["costs"] if row["failure_cost_usd"] is not None}
    who = {key(row): row["owner"] for row in read["owners"]}
    tasks = {key(row): row["task_key"] for row in reversed(list(read["tasks"]))}
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for run in runs:
        found[key(run)].append(run)

    def failing(of: str) -> Failing:
        streak = streaks.get(of)
        above = known[streak.above].name if streak and streak.above in known else _name(streak, streaks)
        return Failing(known[of], tuple(found[of]), streak, above, costs.get(of), who.get(of), tasks.get(of, ""))

    def place(one: Failing) -> tuple[Any, ...]:
        return (not one.is_serious, is_now and not one.is_open, bool(one.above), -(one.cost or 0), -len(one.runs), one.job.key)

    return tuple(sorted((failing(of) for of in found), key=place))


def _name(streak: Streak | None, streaks: Mapping[str, Streak]) -> str:
    return streaks[streak.above].job if streak and streak.above in streaks else ""


def kept(runs: Sequence[Mapping[str, Any]], focus: str | None) -> tuple[Mapping[str, Any], ...]:
    """The runs of the class that a question names; all where it names none."""
    wanted = SEEN_AS.get(focus, (focus,)) if focus else ()
    return tuple(run for run in runs if not wanted or classes.of_run(run) in wanted)
