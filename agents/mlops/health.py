"""How is a model doing in production, or all of them? Traffic, errors, latency, tokens, cost, drift, trainings, features."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.answer import Answer, Finding
from agents.attempt import last_time, needed, receipts
from agents.counts import many, shift
from agents.mlops import drift as drifting
from agents.mlops import drifts, versions, words
from agents.mlops.fleet import report as fleet
from agents.mlops.page import NO_LABELS, empty, experiment_links, links, missing, noted, reach, whom
from agents.mlops.reading import Drifted, Fed, Opening, Trained, Use, drifted, fed, opening, trained, use
from agents.mlops.scope import Endpoint
from agents.mlops.signals import Signals
from agents.mlops.tables import Source, advice
from agents.mlops.tables import tables as tables_behind
from agents.mlops.versions import Training, training
from agents.question import Question
from agents.spans import name
from agents.specialist import Sources

ACCURACY = re.compile(
    r"accura|precision|recall|\bauc\b|\bf1\b|mape|rmse|false (positive|negative)|how good|any good|genau", re.IGNORECASE
)
COMPARED = re.compile(r"compar|better|improve|champion|challenger|\bvs\b|versus|differ", re.IGNORECASE)
VOLUME = re.compile(r"how many|volume|model usage", re.IGNORECASE)
VERSIONS = re.compile(r"\bversions?\b|\bv\d+\b|champion|challenger", re.IGNORECASE)


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named model, or all in production, in the last 7 days against the 7 before; drift against 28 days."""
    opened = await opening(question, sources)
    if not (opened.scope.named and len(opened.scope.endpoints) == 1):
        return await fleet(question, sources, opened)
    endpoint = opened.scope.endpoints[0]
    await sources.progress(f"Reading traffic, drift and trainings of {endpoint.name}")
    used, tests, runs, behind = await asyncio.gather(
        use(sources, opened),
        drifted(question, sources, opened),
        trained(sources, opened, (endpoint.model,)),
        fed(sources, opened, (endpoint.model,)),
    )
    needed(used.traffic, tests.tests)
    asked = replace(question, period=opened.asked)
    read = (opened.served, opened.age, *used.read, *tests.read, runs.table, behind.edges, behind.fresh)
    one = used.signals(opened.scope)[0]
    if one.now.requests == 0 and not one.is_silent and used.traffic.table is not None:
        return empty(asked, opened.scope, opened.age, receipts(*read))
    case = _Case(one, used, tests, training(endpoint, runs.runs, question.text), runs, behind)
    answer = _report(asked, opened, case)
    return noted(
        replace(
            answer,
            evidence=receipts(*read),
            as_of=last_time(opened.age),
            baseline=f"{opened.baseline}; drift: {tests.baseline}",
            partial=(
                *missing(*read),
                *filter(None, (reach(opened.asked, opened.age), tests.gap, words.unrecorded(one, used.latency))),
            ),
        ),
        opened.scope,
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything that was read of one endpoint."""

    signals: Signals
    used: Use
    tests: Drifted
    training: Training
    runs: Trained
    behind: Fed

    @property
    def endpoint(self) -> Endpoint:
        return self.signals.endpoint


def _report(question: Question, opened: Opening, case: _Case) -> Answer:
    one, endpoint, found = case.signals, case.endpoint, case.tests.found
    ids = case.used.ids
    tables = tables_behind(endpoint.model, case.behind) if endpoint.is_own else ()
    return Answer(
        question=question,
        agents=("mlops",),
        headline=_headline(question.text, case, name(opened.asked, question)),
        summary=" ".join(
            filter(None, (words.usage(one) if case.used.traffic.table is not None else "", _untested(case), NO_LABELS))
        ),
        findings=tuple(_findings(opened, case, tables)),
        recommendations=tuple(_advice(case, tables)),
        tables=tuple(
            grid
            for grid in (
                drifts.grid(found, case.tests.tests.ids),
                versions.grid(case.training, case.runs.table.ids),
                replace(words.overview([one], ids), detail=True),
            )
            if grid.rows
        ),
        charts=(drifts.chart(found, case.tests.days) or words.latency_chart(one, case.used.days))[:1],
        links=(*links([endpoint]), *experiment_links(case.training.newest)),
        followups=(
            f"Should we retrain {endpoint.name}?",
            f"Is the endpoint {endpoint.name} slow?",
            f"What did the endpoint {endpoint.name} cost last week?",
            f"Who called the endpoint {endpoint.name} in the last 7 days?",
        ),
    )


def _headline(text: str, case: _Case, when: str) -> str:
    title, troubles = case.endpoint.title, _troubles(case)
    state = (
        f"needs attention: {'; '.join(troubles)}"
        if troubles
        else f"looks healthy in {when}, as far as is recorded: {_lowered(words.fine(case.signals))}"
    )
    if VERSIONS.search(text):
        lines = versions.compared(case.training, ())[:2] if COMPARED.search(text) else []
        return " ".join((f"{case.endpoint.name}: {versions.told(case.training)}", *(line.text for line in lines)))
    if VOLUME.search(text) and case.used.traffic.table is not None:
        now, before = case.signals.now, case.signals.before
        against = f" ({shift(now.requests, before.requests)})" if before.requests else ""
        return f"{title} answered {many(now.requests, 'request')} in {when}{against}; it {state}."
    if ACCURACY.search(text):
        live = case.training.live
        offline = f"offline its version reached {versions.figure(live, case.training.metric)}, and it " if live else "it "
        return f"How accurate {title} is in production is not recorded; {offline}{state}."
    return f"{title} {state}."


def _lowered(sentence: str) -> str:
    return f"{sentence[:1].lower()}{sentence[1:]}".rstrip(".")


def _troubles(case: _Case) -> list[str]:
    """What is wrong, in the fewest words, the worst first."""
    one, major = case.signals, case.tests.found.major
    said = []
    if major:
        predictions = [field.short for field in major if field.is_prediction]
        has_inputs = len(predictions) < len(major)
        said.append(f"{'inputs' if has_inputs else 'predictions'} drift: {drifts.shorts(case.tests.found)}")
        if has_inputs and predictions:
            said[-1] += f", and {predictions[0]} with them"
    if one.latency and one.latency.severity != "good":
        said.append(f"latency at {words.slow(one.latency)}")
    if one.errors != "good":
        said.append(words.errors(one))
    if one.is_silent:
        said.append("no request at all")
    if one.consumption != "good":
        said.append("token use at least doubled")
    return said


def _untested(case: _Case) -> str:
    why = case.tests.found.why_untested
    return f"Drift cannot be tested: {why}." if why and case.tests.tests.table is not None else ""


def _findings(opened: Opening, case: _Case, tables: Sequence[Source]) -> list[Finding]:
    one, tests = case.signals, case.tests
    found = drifts.findings(tests.found, (*tests.tests.ids, *tests.days.ids))
    found += words.troubles(one, case.used.ids, case.used.latency)
    if found:
        found += [Finding("info", line, "mlops", opened.served.ids) for line in drifting.new_versions(opened, (one.endpoint,))]
    if tests.found.tested and not tests.found.moved:
        calm = f"No drift: none of {len(tests.found.tested)} fields moved more than chance gives."
        found.append(Finding("good", calm, "mlops", tests.tests.ids))
    fine = words.fine(one)
    found += [Finding("good", fine, "mlops", case.used.ids)] if fine else []
    if case.endpoint.is_own and case.runs.table.table is not None:
        found.append(Finding("info", versions.told(case.training), "mlops", case.runs.table.ids))
        found += versions.compared(case.training, case.runs.table.ids)
    ids = (*case.behind.edges.ids, *case.behind.fresh.ids)
    stale = [table for table in tables if table.is_stale]
    found += [Finding("medium", f"Stale: {table.table} ({table.role}) {table.changed}.", "mlops", ids) for table in stale[:2]]
    fresh = [table for table in tables if table.role == "features" and not table.is_stale]
    found += [Finding("good", f"Features are fresh: {table.table} {table.changed}.", "mlops", ids) for table in fresh[:1]]
    return found


def _advice(case: _Case, tables: Sequence[Source]) -> list[str]:
    one, endpoint = case.signals, case.endpoint
    lines = drifting.advice(endpoint, case.tests.found) if case.tests.found.major else []
    newest = case.training.newest
    if case.tests.found.major and newest and case.training.is_newer:
        lines.append(
            f"Before retraining, test version {newest.version or newest.name} (trained "
            f"{newest.start:%a %-d %b}) on requests from after the drift began."
        )
    if one.latency and one.latency.severity != "good":
        lines.append(
            f"Ask {whom(endpoint)} to look at the concurrency and compute size of {endpoint.name}: "
            f"requests are {shift(one.now.requests, one.before.requests)}, so load "
            f"{'is not' if _is_load_usual(one) else 'may be'} the reason."
        )
    if one.errors != "good":
        lines.append(f"See which callers fail: ask “Which errors does the endpoint {endpoint.name} have?”")
    if one.latency is None and case.used.latency.table is not None:
        lines.append(f"Enable the inference table of {endpoint.name}: without it neither latency nor drift can be told.")
    lines += [advice(table, endpoint) for table in tables if table.is_stale][:1]
    return lines


def _is_load_usual(one: Signals) -> bool:
    return bool(one.before.requests) and one.now.requests < 1.3 * one.before.requests
