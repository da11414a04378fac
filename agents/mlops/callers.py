"""Who calls an endpoint, whose requests fail, and when."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from agents.answer import Cause, Grid
from agents.figures import number
from agents.mlops.signals import Signals

Rows = Sequence[Mapping[str, Any]]
UNKNOWN = "unknown caller"


def own(rows: Iterable[Mapping[str, Any]], one: Signals) -> list[Mapping[str, Any]]:
    key = (one.endpoint.workspace_id, one.endpoint.name)
    return [row for row in rows if (row["workspace_id"], row["endpoint_name"]) == key]


def culprit(rows: Rows, one: Signals) -> str | None:
    """The caller of at least half of the failed requests."""
    failed = by_caller([row for row in own(rows, one) if row["status_code"] >= 400], "requests")
    who, most = next(iter(failed.items()), (None, 0))
    return who if who and most >= 0.5 * one.now.failed > 0 else None


def by_caller(rows: Iterable[Mapping[str, Any]], column: str) -> dict[str, int]:
    """Sums per caller, the largest first."""
    sums: dict[str, int] = {}
    for row in rows:
        who = row["requester"] or UNKNOWN
        sums[who] = sums.get(who, 0) + (row[column] or 0)
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def burst(rows: Rows, one: Signals, tz: str) -> str:
    """One caller behind most failures: what they did and when; '' where there is none."""
    who = culprit(rows, one)
    if who is None or one.errors == "good":
        return ""
    mine = [row for row in own(rows, one) if (row["requester"] or UNKNOWN) == who]
    failed = max((row for row in mine if row["status_code"] >= 400), key=lambda row: row["requests"])
    requests, before = (sum(row[key] for row in mine) for key in ("requests", "requests_before"))
    tokens = sum(row["tokens"] for row in mine)
    first, last = (failed[key].astimezone(ZoneInfo(tz)) for key in ("first_time", "last_time"))
    until = f"{last:%H:%M}" if last.date() == first.date() else f"{last:%a %-d %b %H:%M}"
    return (
        f"{who} made {number(requests)} requests to {one.endpoint.name} (before: {number(before)}) with {number(tokens)} tokens; "
        f"{number(failed['requests'])} failed with {failed['status_code']} between {first:%a %-d %b %H:%M} and {until} {tz}."
    )


def causes(rows: Rows, one: Signals) -> tuple[Cause, ...]:
    """The change of failed requests by caller and status; with the rest they add up to it."""
    change = one.now.failed - one.before.failed
    if change <= 0:
        return ()
    parts = [
        row for row in own(rows, one) if row["status_code"] >= 400 and row["requests"] - row["requests_before"] >= 0.1 * change
    ]
    parts.sort(key=lambda row: row["requests_before"] - row["requests"])
    found = [
        Cause(
            {"user": row["requester"] or UNKNOWN, "status": str(row["status_code"])},
            Decimal(row["requests"] - row["requests_before"]),
            (row["requests"] - row["requests_before"]) / change,
            f"{row['requester'] or UNKNOWN} got {row['status_code']} "
            f"{number(row['requests'])} times, before {number(row['requests_before'])}.",
            Decimal(row["requests"]),
            Decimal(row["requests_before"]),
            unit="failed requests",
        )
        for row in parts[:4]
    ]
    rest = Decimal(change) - sum((cause.delta for cause in found), Decimal(0))
    if found:
        found.append(Cause({}, rest, float(rest) / change, "Everything else", unit="failed requests"))
    return tuple(found)


def grid(rows: Rows, ids: tuple[str, ...], top: int, *, by_tokens: bool, detail: bool) -> Grid:
    """Callers per endpoint, by requests or by tokens."""
    sums: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        cell = sums.setdefault((row["endpoint_name"], row["requester"] or UNKNOWN), [0, 0, 0, 0])
        failed = row["requests"] if row["status_code"] >= 400 else 0
        for at, value in enumerate((row["requests"], failed, row["tokens"], row["tokens_before"])):
            cell[at] += value
    order = sorted(sums.items(), key=lambda item: (-item[1][2 if by_tokens else 0], item[0]))
    return Grid(
        "Callers by tokens" if by_tokens else "Callers by requests",
        ("endpoint", "caller", "requests", "failed", "tokens", "tokens before"),
        tuple((*key, *values) for key, values in order[: min(top, 10)] if values[0]),
        ("text", "text", "number", "number", "number", "number"),
        ids,
        detail,
    )


def failures(rows: Rows, ids: tuple[str, ...], top: int) -> Grid:
    """Failed requests by endpoint, caller and status, in the asked period."""
    failed = [row for row in rows if row["status_code"] >= 400 and row["requests"]]
    failed.sort(key=lambda row: -row["requests"])
    return Grid(
        "Failed requests",
        ("endpoint", "caller", "status", "requests", "before", "first", "last"),
        tuple(
            (
                row["endpoint_name"],
                row["requester"] or UNKNOWN,
                row["status_code"],
                row["requests"],
                row["requests_before"],
                row["first_time"],
                row["last_time"],
            )
            for row in failed[: min(top, 10)]
        ),
        ("text", "text", "text", "number", "number", "text", "text"),
        ids,
        detail=True,
    )
