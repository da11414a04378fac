"""Are serving endpoints fast, up and used? Latency, errors, traffic, tokens, callers and idle ones, as the question asks."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

from agents.answer import Answer, Cause, Finding
from agents.attempt import Attempt, attempt, last_time, needed, receipts
from agents.counts import shift
from agents.figures import money, number
from agents.mlops import callers, focus, words
from agents.mlops.focus import View
from agents.mlops.page import empty, links, missing, noted, reach, whom
from agents.mlops.reading import Opening, Use, opening, use
from agents.mlops.signals import Signals
from agents.question import Question
from agents.spans import name
from agents.specialist import Sources
from tools.served import endpoint_callers_compared

WHY = re.compile(r"\b(why|warum|wieso|pourquoi|por ?qu[eé]|perch[eé]|cause|reason)\b", re.IGNORECASE)


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named endpoints, or all, in the last 7 days against as much time before."""
    opened = await opening(question, sources)
    await sources.progress("Reading requests, errors, latency and tokens of the endpoints")
    used, called = await asyncio.gather(
        use(sources, opened),
        attempt("Callers", endpoint_callers_compared(sources.warehouse, opened.asked, opened.usual, opened.scope.names)),
    )
    needed(used.traffic, used.latency)
    asked = replace(question, period=opened.asked)
    read = (opened.served, opened.age, *used.read, called)
    found = used.signals(opened.scope)
    idle = any(one.cost for one in found)
    if not idle and not any(one.now.requests or one.is_silent for one in found) and used.traffic.table is not None:
        return empty(asked, opened.scope, opened.age, receipts(*read))
    view = _view(question, opened, used, found, called)
    answer = _report(asked, opened, view, called, used.ids, used.latency)
    single = found[0] if opened.scope.named and len(found) == 1 else None
    return noted(
        replace(
            answer,
            agents=("mlops",),
            charts=words.latency_chart(single, used.days) if single else (),
            evidence=receipts(*read),
            as_of=last_time(opened.age),
            baseline=opened.baseline,
            partial=(
                *missing(*read),
                *filter(None, (reach(opened.asked, opened.age), words.unrecorded(single, used.latency) if single else "")),
            ),
        ),
        opened.scope,
    )


def _view(question: Question, opened: Opening, used: Use, found: tuple[Signals, ...], called: Attempt) -> View:
    """What was read, the callers narrowed to the endpoints and users in question."""
    keys = {(one.endpoint.workspace_id, one.endpoint.name) for one in found}
    users = {user.lower() for user in question.entities.users}
    return View(
        found,
        tuple(
            row
            for row in called
            if (row["workspace_id"], row["endpoint_name"]) in keys and (not users or (row["requester"] or "").lower() in users)
        ),
        name(opened.asked, question),
        opened.asked.tz,
        opened.scope.named,
        used.traffic.table is not None,
        question.entities.users,
    )


def _report(question: Question, opened: Opening, view: View, called: Attempt, ids: tuple[str, ...], latency: Attempt) -> Answer:
    topic = focus.of(question.text)
    shown = focus.ordered(view, topic)
    bad = [one for one in view.signals if one.has_trouble]
    top = question.entities.top_n or 20
    return Answer(
        question=question,
        headline=focus.headline(view, topic),
        summary=_summary(view, topic),
        causes=_causes(view, topic) if WHY.search(question.text) else (),
        findings=tuple(_findings(opened, view, bad, (*ids, *called.ids), latency)),
        recommendations=tuple(line for one in bad[:3] for line in _advice(one, view)),
        tables=tuple(
            grid
            for grid in (
                words.overview(shown[:top], ids),
                callers.grid(
                    view.callers, called.ids, top, by_tokens=topic == "tokens", detail=topic not in ("tokens", "callers")
                ),
                callers.failures(view.callers, called.ids, top),
            )
            if grid.rows
        ),
        links=links([one.endpoint for one in (shown[:1] if view.named else bad[:3])], models=False),
        followups=_followups((bad or shown)[0]),
    )


def _summary(view: View, topic: str) -> str:
    silent = [one.endpoint.name for one in view.signals if one.latency is None]
    if view.single:
        return words.usage(view.single) if view.has_traffic else ""
    if topic == "latency" and silent:
        return f"Latency is not recorded for {', '.join(silent)}: their payloads are not logged, and usage has no latency."
    return f"Latency is recorded for {len(view.signals) - len(silent)} of {len(view.signals)} endpoints, those that log payloads."


def _findings(opened: Opening, view: View, bad: Sequence[Signals], ids: tuple[str, ...], latency: Attempt) -> list[Finding]:
    found = []
    for one in bad[:4]:
        found += words.troubles(one, ids, latency)
        burst = callers.burst(view.callers, one, view.tz)
        found += [Finding("high" if one.errors == "high" else "medium", burst, "mlops", ids)] if burst else []
        if one.latency and one.latency.severity != "good":
            found += [Finding("info", line, "mlops", ids) for line in _ruled_out(opened, one)]
    calm = [one for one in view.signals if one not in bad]
    found += [Finding("info", line, "mlops", ids) for one in view.signals if (line := words.over(one))][:3]
    if view.single and calm:
        text = words.fine(view.single)
        found += [Finding("good", text, "mlops", ids)] if text else []
    elif calm:
        found.append(Finding("good", f"Nothing unusual: {', '.join(one.endpoint.name for one in calm)}.", "mlops", ids))
    unused = [one for one in view.signals if not one.now.requests and one.cost]
    found += [
        Finding("low", f"{one.endpoint.name} cost {money(one.cost or 0)} without a request.", "mlops", ids) for one in unused[:3]
    ]
    return found


def _ruled_out(opened: Opening, one: Signals) -> list[str]:
    """What usually makes an endpoint slower, and did not here, or may have."""
    name = one.endpoint.name
    load = shift(one.now.requests, one.before.requests)
    lines = []
    if one.before.requests and one.now.requests < 1.3 * one.before.requests:
        lines.append(f"Ruled out for {name}: more load ({load} requests).")
    else:
        lines.append(f"{name} has more load too ({load} requests): it may be the reason.")
    if one.endpoint.since < opened.asked.start:
        lines.append(
            f"Ruled out for {name}: a new version (version {one.endpoint.version} "
            f"serves since {one.endpoint.since:%a %-d %b %Y})."
        )
    else:
        lines.append(
            f"Version {one.endpoint.version} of {name} went live {one.endpoint.since:%a %-d %b %Y}: it may be the reason."
        )
    return lines


def _causes(view: View, topic: str) -> tuple[Cause, ...]:
    """Who and which status the change of failed requests comes from; latency has no parts that add up."""
    if topic == "latency" or not view.signals:
        return ()
    one = view.single or max(view.signals, key=lambda each: each.now.failed - each.before.failed)
    return callers.causes(view.callers, one)


def _advice(one: Signals, view: View) -> list[str]:
    lines, name = [], one.endpoint.name
    who = callers.culprit(view.callers, one)
    if who and one.now.throttled:
        lines.append(
            f"Ask {who} to retry with back-off and to spread the load, or raise the rate limit of {name}: "
            f"{number(one.now.throttled)} requests were refused with 429."
        )
    elif one.errors != "good":
        lines.append(
            f"Ask {whom(one.endpoint)} to look at the failed requests of {name}{f', most of them by {who}' if who else ''}."
        )
    if one.latency and one.latency.severity != "good":
        lines.append(
            f"Ask {whom(one.endpoint)} what changed at {name}"
            f"{f' on {one.latency.since:%a %-d %b}' if one.latency.since else ''}: "
            "payload size, a lookup, or too little concurrency."
        )
    if one.consumption != "good" and who is None:
        lines.append(f"Ask the callers of {name} why they use {words.growth(one.now.tokens, one.before.tokens)} as many tokens.")
    if one.is_silent:
        lines.append(f"Ask {whom(one.endpoint)} whether {name} is still needed.")
    return lines


def _followups(one: Signals) -> tuple[str, ...]:
    return (
        f"How is the model {one.endpoint.name} doing?",
        f"Is the endpoint {one.endpoint.name} drifting?",
        f"What did the endpoint {one.endpoint.name} cost last week?",
        f"Who called the endpoint {one.endpoint.name} in the last 7 days?",
    )
