"""Which side of its endpoints a question asks for, and the sentence that answers it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.counts import many, shift
from agents.figures import money, number, percent
from agents.mlops import callers, words
from agents.mlops.signals import FEWEST, Signals

# In this order: what is asked for most specifically comes first.
WORDS = {
    "idle": r"\bidle\b|unused|without (traffic|requests)|no traffic|nobody (calls|uses)|not used",
    "tokens": r"token|llm usage|llm consumption|genai usage|foundation model",
    "callers": r"\bwho\b|which apps?\b|callers?\b|requesters?\b|which users?\b|which teams?\b",
    "latency": r"slow|latenc|p\d\d\b|response time|timing out|timeouts?|cold start|takes? too long|performance|fast",
    "errors": r"error|fail|[45]xx|throttl|rate limit|\b429\b|\b5\d\d\b|\bdown\b|\bup\b",
    "traffic": r"traffic|requests? per|\bqps\b|\brps\b|throughput|how many requests|volume|keeping up",
}


@dataclass(frozen=True, slots=True)
class View:
    """What was read, and how the period is called."""

    signals: tuple[Signals, ...]
    callers: tuple[Mapping[str, Any], ...]
    when: str
    tz: str
    named: bool
    has_traffic: bool = True
    users: tuple[str, ...] = ()  # whose requests the callers are narrowed to

    @property
    def single(self) -> Signals | None:
        return self.signals[0] if self.named and len(self.signals) == 1 else None


def of(text: str) -> str:
    """The side: idle, tokens, callers, latency, errors, traffic, or status for anything else."""
    return next((side for side, pattern in WORDS.items() if re.search(pattern, text, re.IGNORECASE)), "status")


def ordered(view: View, side: str) -> list[Signals]:
    """Endpoints in the order that the side asks for."""
    keys = {
        "idle": lambda one: (one.now.requests, -(one.cost or 0)),
        "tokens": lambda one: -(one.now.tokens or 0),
        "callers": lambda one: -one.now.requests,
        "latency": lambda one: (one.latency is None, -((one.latency and one.latency.ratio) or 1)),
        "errors": lambda one: -one.now.error_rate,
        "traffic": lambda one: -one.now.requests,
    }
    return sorted(view.signals, key=keys[side]) if side in keys else list(view.signals)


def headline(view: View, side: str) -> str:
    if view.users and view.has_traffic:
        return _of_users(view)
    if not view.has_traffic:
        return f"Requests and errors are not known. {_latency(view)}"
    if view.single:
        return _single(view, view.single, side)
    return {
        "idle": _idle,
        "tokens": _tokens,
        "callers": _callers,
        "latency": _latency,
        "errors": _errors,
        "traffic": _traffic,
    }.get(side, _status)(view)


def _single(view: View, one: Signals, side: str) -> str:
    title, when, now = one.endpoint.title, view.when, one.now
    if not now.requests:
        return f"{title} had no request in {when}; {number(one.before.requests)} before."
    if side == "tokens" and now.tokens is None:
        return f"{title} counts no tokens: it is not a language model. It answered {many(now.requests, 'request')} in {when}."
    if side == "tokens":
        return (
            f"{title} used {number(now.tokens or 0)} tokens in {when} ({number(now.input_tokens or 0)} in, "
            f"{number(now.output_tokens or 0)} out), before: {number(one.before.tokens or 0)}; {_error_words(one)}."
        )
    if side == "callers":
        who, most = next(iter(callers.by_caller(callers.own(view.callers, one), "requests").items()))
        return (
            f"{who} called {title} most in {when}: {number(most)} of "
            f"{many(now.requests, 'request')} by {many(now.requesters, 'caller')}."
        )
    if side == "latency" and one.latency is None:
        return f"The latency of {title} is not recorded: its payloads are not logged. {_error_words(one)} in {when}."
    if side == "latency" and one.latency is not None:
        verb = {"high": "is much slower than before", "medium": "is slower than before"}.get(
            one.latency.severity, "is not slower than before"
        )
        return f"{title} {verb}: {words.slow(one.latency)}; {_error_words(one)} in {when}."
    if side == "errors":
        return f"{title}: {_error_words(one)} in {when}."
    if side == "traffic":
        return (
            f"{title} had {many(now.requests, 'request')} in {when}, "
            f"{shift(now.requests, one.before.requests)}; {_error_words(one)}."
        )
    slow = one.latency is not None and one.latency.severity != "good"
    latency = f"; {words.slow(one.latency)}" if one.latency else "; latency is not recorded"
    state = "up but slow" if slow and one.errors == "good" else "in trouble" if one.has_trouble else "fine"
    return f"{title} is {state} in {when}: {_error_words(one)}{latency}."


def _error_words(one: Signals) -> str:
    return (
        f"{number(one.now.failed)} of {many(one.now.requests, 'request')} failed "
        f"({percent(one.now.error_rate)}, before: {percent(one.before.error_rate)})"
    )


def _of_users(view: View) -> str:
    """What the named callers did."""
    requests, before, tokens = (sum(row[key] for row in view.callers) for key in ("requests", "requests_before", "tokens"))
    failed = sum(row["requests"] for row in view.callers if row["status_code"] >= 400)
    places = len({row["endpoint_name"] for row in view.callers if row["requests"]})
    return (
        f"{', '.join(view.users)} made {many(requests, 'request')} to {many(places, 'endpoint')} in {view.when} "
        f"(before: {number(before)}); {number(failed)} failed, {number(tokens)} tokens."
    )


def _idle(view: View) -> str:
    unused = [one for one in view.signals if not one.now.requests]
    if unused:
        cost = sum(one.cost or 0 for one in unused)
        names = ", ".join(one.endpoint.name for one in unused[:5])
        return f"{many(len(unused), 'endpoint')} had no request in {view.when} and cost {money(cost)}: {names}."
    least = min(view.signals, key=lambda one: one.now.requests)
    cost_words = f" for {money(least.cost)}" if least.cost is not None else ""
    return (
        f"No endpoint is idle in {view.when}; the least used is {least.endpoint.name} "
        f"with {many(least.now.requests, 'request')}{cost_words}."
    )


def _tokens(view: View) -> str:
    counted = [one for one in ordered(view, "tokens") if one.now.tokens]
    if not counted:
        return f"No endpoint counted tokens in {view.when}."
    total, before = sum(one.now.tokens or 0 for one in counted), sum(one.before.tokens or 0 for one in counted)
    into = sum(one.now.input_tokens or 0 for one in counted)
    first = counted[0]
    return (
        f"{number(total)} tokens were used in {view.when} ({number(into)} in, "
        f"{number(total - into)} out), before: {number(before)}; "
        f"{first.endpoint.name} used {percent((first.now.tokens or 0) / total)} of them."
    )


def _callers(view: View) -> str:
    found = callers.by_caller(view.callers, "requests")
    if not found:
        return f"Nobody called an endpoint in {view.when}."
    who, most = next(iter(found.items()))
    return f"{who} calls endpoints most: {number(most)} of {number(sum(found.values()))} requests in {view.when}."


def _latency(view: View) -> str:
    slower = [one for one in ordered(view, "latency") if one.latency and one.latency.severity != "good"]
    known = [one for one in view.signals if one.latency]
    if not known:
        return f"Latency is not recorded for any of {many(len(view.signals), 'endpoint')}: no payloads are logged."
    if not slower:
        return f"No endpoint is slower than before in {view.when}, of the {len(known)} whose latency is recorded."
    told = "; ".join(f"{one.endpoint.name} {words.slow(one.latency)}" for one in slower[:3] if one.latency)
    return f"{len(slower)} of {many(len(known), 'endpoint')} whose latency is recorded got slower in {view.when}: {told}."


def _errors(view: View) -> str:
    bad = [one for one in ordered(view, "errors") if one.errors != "good"]
    failed, total = (sum(values) for values in zip(*((one.now.failed, one.now.requests) for one in view.signals), strict=True))
    if not bad:
        rate = percent(failed / total) if total else "0%"
        return f"No endpoint has unusual errors in {view.when}: {number(failed)} of {number(total)} requests failed ({rate})."
    told = "; ".join(f"{one.endpoint.name}: {_error_words(one)}" for one in bad[:3])
    return f"{many(len(bad), 'endpoint')} with unusual errors in {view.when}: {told}."


def _traffic(view: View) -> str:
    total, before = sum(one.now.requests for one in view.signals), sum(one.before.requests for one in view.signals)
    most = max(view.signals, key=lambda one: one.now.requests)
    jumps = [
        one for one in view.signals if one.before.requests >= FEWEST and not 0.5 < one.now.requests / one.before.requests < 1.5
    ]
    told = ", ".join(f"{one.endpoint.name} {shift(one.now.requests, one.before.requests)}" for one in jumps[:3])
    changed = f"; unusual: {told}" if told else ""
    return (
        f"{number(total)} requests in {view.when} ({shift(total, before)}), most to "
        f"{most.endpoint.name} ({number(most.now.requests)}){changed}."
    )


def _status(view: View) -> str:
    bad = [one for one in view.signals if one.has_trouble]
    if not bad:
        return (
            f"All {many(len(view.signals), 'endpoint')} are fine in {view.when}: "
            "errors, latency where recorded and tokens are as before."
        )
    told = "; ".join(f"{one.endpoint.name} ({_trouble(one)})" for one in bad[:3])
    return (
        f"{len(bad)} of {many(len(view.signals), 'endpoint')} "
        f"{'is' if len(bad) == 1 else 'are'} in trouble in {view.when}: {told}."
    )


def _trouble(one: Signals) -> str:
    said = []
    if one.is_silent:
        said.append("no requests")
    if one.errors != "good":
        said.append(f"{percent(one.now.error_rate)} failed")
    if one.latency and one.latency.severity != "good":
        said.append(words.slow(one.latency))
    if one.consumption != "good":
        said.append(f"{words.growth(one.now.tokens, one.before.tokens)} as many tokens")
    return ", ".join(said)
