"""The queries behind an answer about endpoints, all asked at once, and their rows as values."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agents.attempt import Attempt, attempt
from agents.mlops.drifts import BASELINE_DAYS, Drift, drift
from agents.mlops.page import USAGE
from agents.mlops.runs import Run, read_runs
from agents.mlops.scope import Scope, resolve, unnamed, words
from agents.mlops.signals import Signals, signals
from agents.question import Question
from agents.spans import before, last_days, utc_days
from agents.specialist import Sources
from tools.held import REACH, held
from tools.monitors import get_inference_drift
from tools.period import Period
from tools.quality import get_table_freshness
from tools.served import endpoint_latency, endpoint_latency_by_day, endpoint_spend, endpoint_traffic, served_models
from tools.training import inference_days, tables_of_training, training_runs

TRAINED = timedelta(days=365)
SHORT = timedelta(days=5)  # shorter, and the time right before may be part of the same trouble
SHORTEST = timedelta(days=3)  # a period of parts of days from which on the hours of the day no longer decide a test
SHOWN_BEFORE = 7  # days before the period whose means are read, to see the drift begin


@dataclass(frozen=True, slots=True)
class Opening:
    """The first round: what there is, and what the usage table holds; `pace` is what latencies are compared with."""

    asked: Period
    usual: Period
    pace: Period
    scope: Scope
    served: Attempt
    age: Attempt

    @property
    def baseline(self) -> str:
        return f"{self.usual}" if self.pace == self.usual else f"{self.usual}; latency: the {BASELINE_DAYS} days before"


async def opening(question: Question, sources: Sources, *, days: int = 7) -> Opening:
    """The asked period or the last 7 days, the one before, and the endpoints in question."""
    asked = last_days(question, days)
    served, age = await asyncio.gather(
        attempt("Endpoints and their models", served_models(sources.warehouse, question.now)),
        attempt("The age of the data", held(sources.warehouse, USAGE, question.now, REACH)),
    )
    if served.error:
        raise served.error
    scope = replace(resolve(question, served, asked.end), gap="; ".join(served.table.notes if served.table is not None else ()))
    usual = before(question, asked)
    is_short = not question.compare and asked.end - asked.start < SHORT
    pace = Period(asked.start - timedelta(days=BASELINE_DAYS), asked.start, asked.tz) if is_short else usual
    return Opening(asked, usual, pace, scope, served, age)


@dataclass(frozen=True, slots=True)
class Use:
    """How endpoints were used, of the second round."""

    traffic: Attempt
    latency: Attempt
    days: Attempt
    spend: Attempt

    @property
    def read(self) -> tuple[Attempt, ...]:
        return (self.traffic, self.latency, self.days, self.spend)

    @property
    def ids(self) -> tuple[str, ...]:
        return self.traffic.ids

    def signals(self, scope: Scope) -> tuple[Signals, ...]:
        """Of the endpoints in question; where that is all, of those too that had traffic and no longer exist."""
        known = {(one.workspace_id, one.name) for one in scope.endpoints}
        seen = dict.fromkeys((row["workspace_id"], row["endpoint_name"]) for row in (*self.traffic, *self.latency))
        gone = [unnamed(*key) for key in seen if key not in known] if scope.is_whole else []
        return signals((*scope.endpoints, *gone), self.traffic, self.latency, self.days, self.spend)


async def use(sources: Sources, opened: Opening) -> Use:
    warehouse, asked, usual, names = sources.warehouse, opened.asked, opened.usual, opened.scope.names
    return Use(
        *await asyncio.gather(
            attempt("Requests, errors and tokens", endpoint_traffic(warehouse, asked, usual, names)),
            attempt("Latencies", endpoint_latency(warehouse, asked, opened.pace, names)),
            attempt("Latencies by day", endpoint_latency_by_day(warehouse, asked, opened.pace, names)),
            attempt("Costs", endpoint_spend(warehouse, asked, usual, names)),
        )
    )


@dataclass(frozen=True, slots=True)
class Drifted:
    """Drift against the days before, with the day means; UTC days."""

    tests: Attempt
    days: Attempt
    found: Drift
    baseline: str
    gap: str = ""

    @property
    def read(self) -> tuple[Attempt, ...]:
        return (self.tests, self.days)


async def drifted(question: Question, sources: Sources, opened: Opening) -> Drifted:
    """Drift of the asked days against those right before them."""
    first, last, baseline, count, gap = _window(question, opened)
    names = opened.scope.names
    endpoints = names or tuple(dict.fromkeys(one.name for one in opened.scope.endpoints))
    seen = first - timedelta(days=min(count, SHOWN_BEFORE))
    tests, days = await asyncio.gather(
        attempt(
            "Drift tests",
            get_inference_drift(sources.warehouse, first, last, names[0] if len(names) == 1 else "ALL", count),
        ),
        attempt("Daily means of inputs", inference_days(sources.warehouse, seen, last, endpoints)),
    )
    return Drifted(tests, days, drift(tests, days, opened.scope.endpoints), baseline, gap)


def _window(question: Question, opened: Opening) -> tuple[date, date, str, int, str]:
    """First and last UTC day to test, the baseline in words and in days, and what of the question that leaves out."""
    whole, asked, parted = utc_days(opened.asked), opened.asked, ""
    first, last, gaps = whole.first_day, whole.last_day, []
    if asked.end - asked.start < SHORTEST and (whole.start, whole.end) != (asked.start, asked.end):
        first = last - timedelta(days=6)
        parted = f", over the 7 UTC days to {last:%-d %b}, since in part of a day its hours alone would look like drift"
    count = BASELINE_DAYS
    if question.compare and question.compare.start < asked.start:
        count = min(max((first - utc_days(question.compare).first_day).days, 1), 92)
        if question.compare.end < asked.start:
            gaps.append(f"Drift is tested against all {count} days before {first:%-d %b}, not only the period you compare with.")
    elif question.compare:
        gaps.append(f"Drift is tested against the {count} days before, not against a later period.")
    return first, last, f"{count} days before {first:%-d %b %Y} (UTC days){parted}", count, " ".join(gaps)


@dataclass(frozen=True, slots=True)
class Trained:
    runs: tuple[Run, ...]
    table: Attempt


async def trained(sources: Sources, opened: Opening, models: tuple[str, ...]) -> Trained:
    """Runs of the models in the year to the end of the period."""
    period = Period(opened.asked.end - TRAINED, opened.asked.end, opened.asked.tz)
    table = await attempt("Training runs", training_runs(sources.warehouse, period, models=models))
    return Trained(read_runs(table), table)


@dataclass(frozen=True, slots=True)
class Fed:
    """Lineage of the tables that carry a model's name, and how fresh every table is."""

    edges: Attempt
    fresh: Attempt


async def fed(sources: Sources, opened: Opening, models: Iterable[str], *, days: int = 30) -> Fed:
    first = (opened.asked.end - timedelta(days=days)).date()
    named = tuple(dict.fromkeys(word for model in models for word in words(model)))
    edges, fresh = await asyncio.gather(
        attempt("Feature tables", tables_of_training(sources.warehouse, first, opened.asked.end, named)),
        attempt("Ages of tables", get_table_freshness(sources.warehouse, 24, days, opened.asked.end)),
    )
    return Fed(edges, fresh)
