"""Do the inputs or the predictions of models drift, which, how far, and since when?"""

from collections.abc import Sequence
from dataclasses import replace

from agents.answer import Answer, Finding
from agents.attempt import last_time, needed, receipts
from agents.counts import many
from agents.mlops import drifts
from agents.mlops.drifts import Drift, Field
from agents.mlops.page import empty, links, missing, noted, whom
from agents.mlops.reading import Drifted, Opening, drifted, opening
from agents.mlops.scope import Endpoint
from agents.question import Question
from agents.spans import name
from agents.specialist import Sources


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named model, or all, in the last 7 days against the 28 before."""
    opened = await opening(question, sources)
    await sources.progress("Testing inputs and predictions for drift")
    tests = await drifted(question, sources, opened)
    needed(tests.tests)
    asked = replace(question, period=opened.asked)
    read = (opened.served, opened.age, *tests.read)
    if not opened.scope.endpoints:
        return empty(asked, opened.scope, opened.age, receipts(*read))
    answer = _report(asked, opened, tests) if tests.found.tested else _untested(asked, opened, tests)
    return noted(
        replace(
            answer,
            agents=("mlops",),
            links=links([one for one in opened.scope.endpoints if opened.scope.named or tests.found.of(one).moved]),
            evidence=receipts(*read),
            as_of=last_time(opened.age),
            baseline=tests.baseline,
            partial=(*missing(*read), *filter(None, (tests.gap,))),
        ),
        opened.scope,
    )


def _report(question: Question, opened: Opening, tests: Drifted) -> Answer:
    found, endpoints = tests.found, opened.scope.endpoints
    tested = [one for one in endpoints if found.of(one).tested]
    drifting = [one for one in tested if found.of(one).moved]
    drifting.sort(key=lambda one: -max(field.row["population_stability_index"] for field in found.of(one).moved))
    ids = tests.tests.ids
    told = drifts.findings(found, (*ids, *tests.days.ids), several=len(endpoints) > 1)
    calm = sorted(one.name for one in tested if one not in drifting)
    if calm:
        told.append(Finding("good", f"No drift: {', '.join(calm)}.", "mlops", ids))
    told += [Finding("low", line, "mlops", ids) for line in _untested_endpoints(found, endpoints)]
    told += [Finding("info", line, "mlops", opened.served.ids) for line in new_versions(opened, drifting)]
    return Answer(
        question=question,
        headline=_headline(found, tested, drifting, name(opened.asked, question)),
        summary=drifts.RULE,
        findings=tuple(told),
        recommendations=tuple(line for one in drifting[:2] for line in advice(one, found.of(one))),
        tables=(drifts.grid(found, ids),),
        charts=drifts.chart(found, tests.days),
        followups=_followups((drifting or tested)[0]),
    )


def _headline(found: Drift, tested: Sequence[Endpoint], drifting: Sequence[Endpoint], when: str) -> str:
    if not drifting:
        what = f"{tested[0].title} does not drift" if len(tested) == 1 else f"None of {len(tested)} models drifts"
        return f"{what} in {when}: {many(len(found.tested), 'field')} tested, none moved more than chance gives."
    first = found.of(drifting[0])
    since = f" since {first.since:%a %-d %b} (UTC)" if first.since else ""
    more = (
        f"; {', '.join(one.name for one in drifting[1:])} {'drift' if len(drifting) > 2 else 'drifts'} too"
        if drifting[1:]
        else ""
    )
    return f"{drifting[0].title} drifts{since}: {moved_words(first.moved)}{more}."


def moved_words(fields: Sequence[Field]) -> str:
    """The strongest three, each with its means and its index."""
    return "; ".join(f"{field.words}, PSI {field.row['population_stability_index']:.2f}" for field in fields[:3])


def advice(endpoint: Endpoint, found: Drift) -> list[str]:
    """Whom to ask what, inputs first: a moved prediction with still inputs has another reason."""
    inputs = [field for field in found.moved if not field.is_prediction]
    since = f" on {found.since:%a %-d %b} (UTC)" if found.since else ""
    if not inputs:
        return [f"Ask {whom(endpoint)} what changed at {endpoint.name}{since}: predictions moved, the inputs did not."]
    names = " and ".join(field.name for field in inputs[:3])
    return [
        f"Ask {whom(endpoint)} and the callers of {endpoint.name} what changed in "
        f"{names}{since}: a unit, a source, or the people "
        "themselves. If it is a fault, mend it at the source; if it is real, retrain on data from after it."
    ]


def new_versions(opened: Opening, endpoints: Sequence[Endpoint]) -> list[str]:
    """Versions that went live in the asked period, or that none did: what a drift can or cannot come from."""
    return [
        f"Version {one.version} of {one.model} went live {one.since:%a %-d %b}: part of this can be its doing."
        if one.since >= opened.asked.start
        else f"Ruled out: a new version. {one.name} serves version {one.version} since {one.since:%a %-d %b %Y}."
        for one in endpoints
    ]


def _untested_endpoints(found: Drift, endpoints: Sequence[Endpoint]) -> list[str]:
    own = [one.name for one in endpoints if not found.of(one).tested]
    return [f"Cannot be tested (no payloads logged in an inference table, or too few): {', '.join(own)}."] if own else []


def _untested(question: Question, opened: Opening, tests: Drifted) -> Answer:
    """Nothing was logged: not the same as no drift."""
    one = opened.scope.endpoints[0]
    what = one.title if opened.scope.named else "The models"
    return Answer(
        question=question,
        headline=f"{what} cannot be tested for drift: {tests.found.why_untested}. That is not the same as no drift.",
        summary="Drift is tested on what inference tables log of requests and responses.",
        recommendations=(
            f"Ask {whom(one)} to enable the inference table of {one.name} (AI Gateway, or its endpoint settings)."
            if opened.scope.named
            else "Enable inference tables on the endpoints of your own models.",
        ),
        followups=_followups(one),
    )


def _followups(endpoint: Endpoint) -> tuple[str, ...]:
    return (
        f"Should we retrain {endpoint.name}?",
        f"How is the model {endpoint.name} doing?",
        f"Who called the endpoint {endpoint.name} in the last 7 days?",
    )
