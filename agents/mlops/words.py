"""Signals of an endpoint in words: what its requests, errors, latency, tokens and costs say."""

from collections.abc import Sequence

from agents.answer import Chart, Finding, Grid
from agents.attempt import Attempt
from agents.counts import many, shift
from agents.figures import money, number, percent
from agents.mlops.page import UNLOGGED
from agents.mlops.signals import BAD_ERRORS, FEWEST, Latency, Signals


def milliseconds(value: float) -> str:
    return f"{value:,.0f} ms" if value < 10_000 else f"{value / 1000:,.1f} s"


def growth(now: int | None, before: int | None) -> str:
    """How many times as many."""
    ratio = (now or 0) / before if before else 0.0
    return f"{ratio:.0f} times" if ratio >= 3 else f"{ratio:.1f} times"


def slow(latency: Latency) -> str:
    """p95 116 ms instead of 74 ms (+57%) since Fri 20 Nov."""
    since = f" since {latency.since:%a %-d %b}" if latency.since and latency.severity != "good" else ""
    if latency.p95_before is None:
        return f"p95 {milliseconds(latency.p95)}"
    return (
        f"p95 {milliseconds(latency.p95)} instead of {milliseconds(latency.p95_before)} "
        f"({shift(latency.p95, latency.p95_before)}){since}"
    )


def usage(one: Signals) -> str:
    """Requests, callers, errors and costs in one sentence."""
    now, before = one.now, one.before
    against = f" ({shift(now.requests, before.requests)})" if before.requests else ""
    parts = [f"{many(now.requests, 'request')}{against} from {many(now.requesters, 'caller')}", errors(one)]
    if now.tokens is not None:
        parts.append(f"{number(now.tokens)} tokens")
    if one.cost is not None:
        each = f", {money(1000 * one.cost / now.requests)} per 1,000 requests" if now.requests else ""
        earlier = f" (before: {money(one.cost_before)})" if one.cost_before else ""
        parts.append(f"cost {money(one.cost)}{earlier}{each}")
    return f"{'; '.join(parts)}."


def errors(one: Signals) -> str:
    rate = f"{percent(one.now.error_rate)} failed"
    return f"{rate} (before: {percent(one.before.error_rate)})" if one.before.requests else rate


def troubles(one: Signals, ids: tuple[str, ...], latency: Attempt) -> list[Finding]:
    """What is wrong with the endpoint, and what is not recorded."""
    found, name = [], one.endpoint.name
    if one.is_silent:
        found.append(Finding("high", f"{name} had no request; {number(one.before.requests)} before.", "mlops", ids))
    if one.errors != "good":
        kinds = f"{number(one.now.throttled)} throttled (429), {number(one.now.server_errors)} server errors (5xx)"
        text = f"{name}: {number(one.now.failed)} of {many(one.now.requests, 'request')} failed, {errors(one)}; {kinds}."
        found.append(Finding(one.errors, text, "mlops", ids))
    if one.latency and one.latency.severity != "good":
        text = f"{name} is slower: {slow(one.latency)}; p50 {milliseconds(one.latency.p50)}"
        if one.latency.p50_before is not None:
            text += f" instead of {milliseconds(one.latency.p50_before)}"
        found.append(
            Finding(one.latency.severity, f"{text} ({many(one.latency.logged, 'logged request')}).", "mlops", latency.ids)
        )
    if one.consumption != "good":
        text = (
            f"{name} used {number(one.now.tokens or 0)} tokens instead of {number(one.before.tokens or 0)} "
            f"({growth(one.now.tokens, one.before.tokens)} as many): {one.now.tokens_each:,.0f} a request "
            f"instead of {one.before.tokens_each:,.0f}."
        )
        found.append(Finding(one.consumption, text, "mlops", ids))
    return found


def unrecorded(one: Signals, latency: Attempt) -> str:
    """Why there is no latency; '' where there is."""
    if one.latency is not None or latency.table is None:
        return ""
    return f"Latency of {one.endpoint.name} is not recorded: {UNLOGGED}."


def fine(one: Signals) -> str:
    """What was checked and is as usual."""
    said = []
    if 0 < one.now.requests < FEWEST:
        said.append(f"only {many(one.now.requests, 'request')}, too few to judge errors")
    elif one.now.requests and one.errors == "good":
        said.append(f"errors are usual, {errors(one)}")
    if one.latency and one.latency.severity == "good":
        said.append(f"latency is usual, {slow(one.latency)}")
    if one.now.tokens is not None and one.consumption == "good":
        said.append(f"tokens are usual, {number(one.now.tokens)}")
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def overview(found: Sequence[Signals], ids: tuple[str, ...]) -> Grid:
    """One row an endpoint, those in trouble first."""
    return Grid(
        "Endpoints",
        (
            "endpoint",
            "workspace",
            "model",
            "version",
            "live since",
            "requests",
            "requests before",
            "failed",
            "p95 ms",
            "p95 before",
            "tokens",
            "cost",
        ),
        tuple(
            (
                one.endpoint.name,
                one.endpoint.workspace,
                one.endpoint.model,
                one.endpoint.version,
                one.endpoint.since.date() if one.endpoint.since.year > 1 else None,
                one.now.requests,
                one.before.requests,
                one.now.error_rate,
                round(one.latency.p95) if one.latency else "not recorded",
                round(one.latency.p95_before) if one.latency and one.latency.p95_before else None,
                one.now.tokens,
                one.cost,
            )
            for one in found[:20]
        ),
        ("text", "text", "text", "text", "date", "number", "number", "percent", "number", "number", "number", "usd"),
        ids,
    )


def over(one: Signals) -> str:
    """Trouble of the period before that has ended; '' where there was none."""
    before = one.before
    if one.errors != "good" or one.now.requests < FEWEST or before.requests < FEWEST or before.error_rate < BAD_ERRORS:
        return ""
    return (
        f"It was worse before: {number(before.failed)} of {many(before.requests, 'request')} to {one.endpoint.name} failed "
        f"({number(before.throttled)} throttled) in the period before this one."
    )


def latency_chart(one: Signals, days: Attempt) -> tuple[Chart, ...]:
    """p50 and p95 per local day."""
    rows = [
        row
        for row in days
        if (row["workspace_id"], row["endpoint_name"]) == (one.endpoint.workspace_id, one.endpoint.name)
        and row["p95_ms"] is not None
    ]
    points = {
        f"{row['day']:%-d %b}": (float(row["p50_ms"]), float(row["p95_ms"])) for row in rows if row["logged_requests"] >= 10
    }
    if one.latency is None or len(points) < 2:
        return ()
    alt = f"p95 {milliseconds(one.latency.p95)}"
    alt += f", {milliseconds(one.latency.p95_before)} before." if one.latency.p95_before else "."
    series = {"p95": tuple(pair[1] for pair in points.values()), "p50": tuple(pair[0] for pair in points.values())}
    return (Chart(f"Latency of {one.endpoint.name} by day (ms)", "line", tuple(points), series, "ms", alt),)
