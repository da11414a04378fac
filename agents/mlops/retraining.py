"""Should a model be retrained? Yes or no, with the reasons: drift, age, what was trained since and whether it is better."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from agents.answer import Answer, Finding, Grid
from agents.attempt import last_time, receipts
from agents.counts import many
from agents.mlops import drifts, versions
from agents.mlops.drift import advice as drift_advice
from agents.mlops.page import empty, experiment_links, links, missing, noted, whom
from agents.mlops.reading import Drifted, Opening, Trained, drifted, opening, trained
from agents.mlops.scope import Endpoint
from agents.mlops.verdict import Verdict, judge
from agents.mlops.versions import Training, of_model, training
from agents.question import Question
from agents.specialist import Sources

HISTORY = re.compile(r"last (re)?trained|train(ing)? history|how old|when was|haven.t been", re.IGNORECASE)


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named model, or all that the account trains, by drift of the last 7 days and trainings of a year."""
    opened = await opening(question, sources)
    endpoints = opened.scope.endpoints if opened.scope.named else tuple(one for one in opened.scope.endpoints if one.is_own)
    asked = replace(question, period=opened.asked)
    if not endpoints:
        return empty(asked, opened.scope, opened.age, receipts(opened.served, opened.age))
    await sources.progress("Testing drift and reading the training runs")
    tests, runs = await asyncio.gather(
        drifted(question, sources, opened),
        trained(sources, opened, tuple(one.model for one in endpoints)),
    )
    verdicts = [_verdict(one, tests, runs, opened, question.text) for one in endpoints]
    answer = _one(asked, opened, verdicts[0], tests, runs) if len(verdicts) == 1 else _all(asked, verdicts, tests, runs)
    read = (opened.served, opened.age, *tests.read, runs.table)
    return noted(
        replace(
            answer,
            agents=("mlops",),
            evidence=receipts(*read),
            as_of=last_time(opened.age),
            baseline=f"drift: {tests.baseline}; trainings of 365 days",
            partial=(*missing(*read), *filter(None, (tests.gap,))),
        ),
        opened.scope,
    )


def _verdict(endpoint: Endpoint, tests: Drifted, runs: Trained, opened: Opening, text: str) -> Verdict:
    of = training(endpoint, of_model(runs.runs, endpoint.model), text)
    return judge(of, tests.found.of(endpoint), opened.asked.end, is_read=tests.tests.table is not None)


def _one(question: Question, opened: Opening, verdict: Verdict, tests: Drifted, runs: Trained) -> Answer:
    endpoint, found = verdict.endpoint, verdict.drift
    ids = runs.table.ids
    told = drifts.findings(found, (*tests.tests.ids, *tests.days.ids))
    told += [Finding("info", line, "mlops", (*tests.tests.ids, *ids)) for line in verdict.reasons]
    if runs.table.table is not None and endpoint.is_own:
        told.append(Finding("info", versions.told(verdict.training), "mlops", ids))
        told += versions.compared(verdict.training, ids)
    headline = verdict.headline
    if HISTORY.search(question.text) and endpoint.is_own:
        headline = f"{_last_trained(verdict.training, opened.asked.end)} {headline}"
    return Answer(
        question=question,
        headline=headline,
        summary=(
            "Judged by drift of inputs and predictions, by age, and by what was trained since; accuracy in production is not "
            "recorded. Latency and errors are no reasons to retrain."
        ),
        findings=tuple(told),
        recommendations=tuple(_advice(verdict)),
        tables=tuple(
            grid
            for grid in (versions.grid(verdict.training, ids), drifts.grid(found, tests.tests.ids, detail=not found.moved))
            if grid.rows
        ),
        charts=drifts.chart(found, tests.days),
        links=(*links([endpoint]), *experiment_links(verdict.training.newest)),
        followups=(
            f"Is the endpoint {endpoint.name} drifting?",
            f"How is the model {endpoint.name} doing?",
            f"What did the endpoint {endpoint.name} cost last week?",
        ),
    )


def _last_trained(found: Training, now: datetime) -> str:
    if found.newest is None:
        return f"No training run of {found.endpoint.model} is recorded in 365 days."
    days = (now - found.newest.start).days
    every = f", usually every {found.every_days:.0f} days" if found.every_days else ""
    return (
        f"{found.endpoint.model} was last trained {found.newest.start:%a %-d %b %Y} ({many(days, 'day')} ago{every}); "
        f"version {found.endpoint.version} serves since {found.endpoint.since:%a %-d %b %Y}."
    )


def _advice(verdict: Verdict) -> list[str]:
    endpoint, lines = verdict.endpoint, []
    if verdict.candidate and verdict.is_yes:
        run = verdict.candidate
        lines.append(
            f"Ask {run.person or whom(endpoint)} to test {run.name} (version "
            f"{run.version or 'not tagged'}) on requests from after "
            f"the drift began, and to put it in service if it holds; else to retrain on data that includes them."
        )
    elif verdict.is_yes:
        lines.append(
            f"Ask {whom(endpoint)} to retrain {endpoint.model} on data from after the "
            f"change, and to compare it with version {endpoint.version}."
        )
    elif verdict.candidate:
        lines.append(f"Ask {whom(endpoint)} whether {verdict.candidate.name} should replace version {endpoint.version}.")
    if verdict.drift.major:
        lines += drift_advice(endpoint, verdict.drift)
    if endpoint.is_own and not verdict.drift.tested:
        lines.append(f"Enable the inference table of {endpoint.name}, so that drift can be tested.")
    return lines


def _all(question: Question, verdicts: Sequence[Verdict], tests: Drifted, runs: Trained) -> Answer:
    own = [one for one in verdicts if one.endpoint.is_own] or list(verdicts)
    yes = [one for one in own if one.is_yes]
    ids = (*tests.tests.ids, *runs.table.ids)
    told = [Finding("high" if one.drift.major else "medium", one.headline, "mlops", ids) for one in yes]
    told += [Finding("low", one.headline, "mlops", ids) for one in own if not one.is_yes and one.candidate]
    calm = [one.endpoint.name for one in own if not one.is_yes and not one.candidate and one.drift.tested]
    told += [Finding("good", f"No reason to retrain: {', '.join(calm)}.", "mlops", ids)] if calm else []
    blind = [one.endpoint.name for one in own if not one.drift.tested]
    told += [Finding("info", f"Drift cannot be tested (no payloads logged): {', '.join(blind)}.", "mlops", ids)] if blind else []
    names = ", ".join(one.endpoint.name for one in yes)
    longest = _longest(own, question.now) if HISTORY.search(question.text) else ""
    return Answer(
        question=question,
        headline=longest
        + (
            f"{len(yes)} of {many(len(own), 'model')} should be retrained: {names}."
            if yes
            else f"None of {many(len(own), 'model')} needs retraining by what is recorded."
        ),
        summary="Judged by drift, age and what was trained since; accuracy in production is not recorded.",
        findings=tuple(told),
        recommendations=tuple(line for one in yes[:3] for line in _advice(one)[:1]),
        tables=(_grid(own, ids),),
        links=links([one.endpoint for one in yes]),
        followups=(
            f"Should we retrain {(yes or own)[0].endpoint.name}?",
            "Which models are drifting?",
            "Which jobs failed in the last 7 days?",
        ),
    )


def _longest(found: Sequence[Verdict], now: datetime) -> str:
    """The model that was trained longest ago."""
    known = [(run.start, one.endpoint) for one in found if (run := one.training.newest)]
    if not known:
        return "No training run of any of them is recorded in 365 days. "
    start, endpoint = min(known, key=lambda each: each[0])
    days = (now - start).days
    return f"The longest without a training is {endpoint.model}: {many(days, 'day')}, since {start:%a %-d %b %Y}. "


def _grid(found: Sequence[Verdict], ids: tuple[str, ...]) -> Grid:
    rows = []
    for one in sorted(found, key=lambda each: (not each.is_yes, each.endpoint.name)):
        newest, drift = one.training.newest, one.drift
        rows.append(
            (
                one.endpoint.model,
                one.endpoint.version,
                "yes" if one.is_yes else "no",
                ", ".join(field.short for field in drift.moved[:3]) or ("none" if drift.tested else "not tested"),
                one.age_days,
                newest.start.date() if newest else None,
                versions.figure(newest, one.training.metric) if newest else None,
            )
        )
    return Grid(
        "Retraining by model",
        ("model", "live version", "retrain", "drift", "live for days", "last trained", "newest scored"),
        tuple(rows[:20]),
        ("text", "text", "text", "text", "number", "date", "text"),
        ids,
    )
