"""All models in production at once: which need attention, what each serves."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from agents.answer import Answer, Finding
from agents.attempt import Attempt, last_time, needed, receipts
from agents.counts import many, shift
from agents.figures import percent
from agents.mlops import drifts, words
from agents.mlops.drifts import Drift
from agents.mlops.page import NO_LABELS, empty, links, missing, noted, reach, whom
from agents.mlops.reading import Opening, drifted, use
from agents.mlops.signals import Signals
from agents.question import Question
from agents.spans import name
from agents.specialist import Sources

KINDS = {
    "CUSTOM_MODEL": "own model",
    "FOUNDATION_MODEL": "foundation model",
    "EXTERNAL_MODEL": "external model",
    "FEATURE_SPEC": "feature endpoint",
}


async def report(question: Question, sources: Sources, opened: Opening) -> Answer:
    """The endpoints in question, or all."""
    await sources.progress("Reading traffic and drift of all endpoints")
    used, tests = await asyncio.gather(use(sources, opened), drifted(question, sources, opened))
    needed(used.traffic, tests.tests)
    asked = replace(question, period=opened.asked)
    read = (opened.served, opened.age, *used.read, *tests.read)
    found = used.signals(opened.scope)
    if not any(one.now.requests or one.is_silent for one in found) and used.traffic.table is not None:
        return empty(asked, opened.scope, opened.age, receipts(*read))
    bad = [one for one in found if one.has_trouble or tests.found.of(one.endpoint).major]
    bad.sort(key=lambda one: (-len(tests.found.of(one.endpoint).major), one.weight))
    return noted(
        Answer(
            question=asked,
            agents=("mlops",),
            headline=_headline(found, bad, tests.found, name(opened.asked, question)),
            summary=_summary(found),
            findings=tuple(_findings(bad, found, tests.found, used.ids, used.latency, tests.tests.ids)),
            recommendations=tuple(_advice(one, tests.found.of(one.endpoint)) for one in bad[:3]),
            tables=(words.overview([*bad, *(one for one in found if one not in bad)], used.ids),)
            + ((replace(drifts.grid(tests.found, tests.tests.ids), detail=True),) if tests.found.fields else ()),
            links=links([one.endpoint for one in bad]),
            followups=_followups(bad or found),
            evidence=receipts(*read),
            as_of=last_time(opened.age),
            baseline=f"{opened.baseline}; drift: {tests.baseline}",
            partial=(*missing(*read), *filter(None, (reach(opened.asked, opened.age), tests.gap))),
        ),
        opened.scope,
    )


def _headline(found: Sequence[Signals], bad: Sequence[Signals], drift: Drift, when: str) -> str:
    if not bad and len(found) == 1:
        return f"The one endpoint, {found[0].endpoint.title}, looks healthy in {when}, as far as is recorded."
    if not bad:
        return f"All {many(len(found), 'endpoint')} look healthy in {when}, as far as is recorded."
    told = "; ".join(f"{one.endpoint.name} ({_trouble(one, drift.of(one.endpoint))})" for one in bad[:3])
    more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
    return (
        f"{len(bad)} of {many(len(found), 'endpoint')} {'needs' if len(bad) == 1 else 'need'} attention in {when}: {told}{more}."
    )


def _trouble(one: Signals, drift: Drift) -> str:
    said = []
    if drift.major:
        said.append(f"{', '.join(field.name for field in drift.major[:3])} {'drifts' if len(drift.major) == 1 else 'drift'}")
    if one.latency and one.latency.severity != "good" and one.latency.p95_before:
        said.append(f"p95 {shift(one.latency.p95, one.latency.p95_before)}")
    if one.errors != "good":
        said.append(f"{percent(one.now.error_rate)} of requests failed")
    if one.consumption != "good":
        said.append(f"{words.growth(one.now.tokens, one.before.tokens)} the tokens")
    if one.is_silent:
        said.append("no requests")
    return ", ".join(said)


def _summary(found: Sequence[Signals]) -> str:
    kinds: dict[str, int] = {}
    for one in found:
        kinds[one.endpoint.kind] = kinds.get(one.endpoint.kind, 0) + 1
    parts = ", ".join(
        many(count, KINDS.get(kind, "model of another kind")) for kind, count in sorted(kinds.items(), key=lambda of: -of[1])
    )
    silent = [one.endpoint.name for one in found if one.latency is None]
    unknown = f" Latency and drift are not recorded for {len(silent)} of them: no payloads are logged." if silent else ""
    return f"In production: {parts}.{unknown} {NO_LABELS}"


def _findings(
    bad: Sequence[Signals],
    found: Sequence[Signals],
    drift: Drift,
    ids: tuple[str, ...],
    latency: Attempt,
    drift_ids: tuple[str, ...],
) -> list[Finding]:
    told = [finding for one in bad[:4] for finding in words.troubles(one, ids, latency)]
    told += drifts.findings(drift.of(*(one.endpoint for one in bad[:4])), drift_ids, several=True)
    calm = [one.endpoint.name for one in found if one not in bad]
    if calm:
        told.append(Finding("good", f"Nothing unusual: {', '.join(calm)}.", "mlops", ids))
    return told


def _advice(one: Signals, drift: Drift) -> str:
    slow = one.latency is not None and one.latency.severity != "good"
    what = "drift" if drift.major else "errors" if one.errors != "good" else "latency" if slow else "traffic"
    name = one.endpoint.name
    return f"Ask {whom(one.endpoint)} about the {what} of {name} (details: “How is the model {name} doing?”)."


def _followups(found: Sequence[Signals]) -> tuple[str, ...]:
    first = found[0].endpoint.name
    return (
        f"How is the model {first} doing?",
        "Which models need retraining?",
        "Which endpoints cost most last week?",
        f"Who called the endpoint {first} in the last 7 days?",
    )
