"""What production shows of a model: traffic, errors, tokens and latency, each judged against the period before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import sqrt
from typing import Any

from agents.answer import Severity
from agents.mlops.scope import Endpoint

FEWEST = 30  # requests below which a rate or a percentile says little
SLOWER, MUCH_SLOWER = 1.3, 2.0
BAD_ERRORS = 0.05


@dataclass(frozen=True, slots=True)
class Traffic:
    requests: int = 0
    failed: int = 0
    throttled: int = 0
    server_errors: int = 0
    requesters: int = 0
    input_tokens: int | None = None  # None = the model counts none
    output_tokens: int | None = None
    last: datetime | None = None

    @property
    def error_rate(self) -> float:
        return self.failed / self.requests if self.requests else 0.0

    @property
    def tokens(self) -> int | None:
        if self.input_tokens is None and self.output_tokens is None:
            return None
        return (self.input_tokens or 0) + (self.output_tokens or 0)

    @property
    def tokens_each(self) -> float:
        return (self.tokens or 0) / self.requests if self.requests else 0.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of successful requests; `since` is the local day from which it stayed slow."""

    logged: int
    p50: float
    p95: float
    p99: float
    p50_before: float | None = None
    p95_before: float | None = None
    since: date | None = None

    @property
    def ratio(self) -> float | None:
        return self.p95 / self.p95_before if self.p95_before else None

    @property
    def severity(self) -> Severity:
        ratio = self.ratio
        if ratio is None or self.logged < FEWEST or ratio < SLOWER:
            return "good"
        return "high" if ratio >= MUCH_SLOWER else "medium"


@dataclass(frozen=True, slots=True)
class Signals:
    """An endpoint in the asked period and before; `latency` is None where no payload is logged."""

    endpoint: Endpoint
    now: Traffic
    before: Traffic
    latency: Latency | None = None
    cost: float | None = None
    cost_before: float | None = None

    @property
    def errors(self) -> Severity:
        """High where one in twenty requests or more fails, medium where clearly more fail than before."""
        if self.now.requests < FEWEST:
            return "good"
        if self.now.error_rate >= BAD_ERRORS:
            return "high"
        both = self.now.requests + self.before.requests
        pooled = (self.now.failed + self.before.failed) / both
        spread = sqrt(pooled * (1 - pooled) * (1 / self.now.requests + 1 / max(self.before.requests, 1)))
        risen = spread > 0 and (self.now.error_rate - self.before.error_rate) / spread > 3
        return "medium" if risen and self.before.requests >= FEWEST and self.now.failed >= 10 else "good"

    @property
    def consumption(self) -> Severity:
        """Medium where the tokens of the endpoint have at least doubled."""
        doubled = bool(self.now.tokens and self.before.tokens and self.now.tokens >= 2 * self.before.tokens)
        return "medium" if doubled and self.now.requests >= FEWEST else "good"

    @property
    def is_silent(self) -> bool:
        return self.now.requests == 0 and self.before.requests >= FEWEST

    @property
    def has_trouble(self) -> bool:
        slow = self.latency.severity if self.latency else "good"
        return self.is_silent or {"high", "medium"} & {self.errors, self.consumption, slow} != set()

    @property
    def weight(self) -> tuple[int, float]:
        """What to tell first: severity, then how many requests failed or how much slower it is."""
        slow = self.latency.severity if self.latency else "good"
        grades = [self.errors, self.consumption, slow, "high" if self.is_silent else "good"]
        ratio = (self.latency.ratio if self.latency else None) or 1
        return (-sum({"high": 10, "medium": 1}.get(grade, 0) for grade in grades), -max(self.now.error_rate, ratio - 1))


def signals(
    endpoints: Iterable[Endpoint],
    traffic: Iterable[Mapping[str, Any]],
    latency: Iterable[Mapping[str, Any]],
    days: Iterable[Mapping[str, Any]],
    spend: Iterable[Mapping[str, Any]],
) -> tuple[Signals, ...]:
    """Every endpoint, those in trouble first."""
    of_traffic, of_latency, of_days, of_cost = (_grouped(rows) for rows in (traffic, latency, days, spend))
    found = []
    for one in endpoints:
        key = (one.workspace_id, one.name)
        now, before = (_traffic(of_traffic.get(key, ()), flag) for flag in (True, False))
        cost = next(iter(of_cost.get(key, ())), None)
        found.append(
            Signals(
                one,
                now,
                before,
                _latency(of_latency.get(key, ()), of_days.get(key, ())),
                float(cost["cost_usd"]) if cost else None,
                float(cost["cost_before_usd"]) if cost else None,
            )
        )
    return tuple(sorted(found, key=lambda each: (each.weight, -each.now.requests, each.endpoint.name)))


def _grouped(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["workspace_id"], row["endpoint_name"]), []).append(row)
    return found


def _traffic(rows: Sequence[Mapping[str, Any]], asked: bool) -> Traffic:
    row = next((row for row in rows if row["is_asked"] is asked), None)
    if row is None:
        return Traffic()
    return Traffic(
        row["requests"],
        row["failed"],
        row["throttled"],
        row["server_errors"],
        row["requesters"],
        row["input_tokens"],
        row["output_tokens"],
        row["last_request_time"],
    )


def _latency(rows: Sequence[Mapping[str, Any]], days: Sequence[Mapping[str, Any]]) -> Latency | None:
    now, before = (next((row for row in rows if row["is_asked"] is flag), None) for flag in (True, False))
    if now is None or now["p95_ms"] is None:
        return None
    enough = before is not None and before["logged_requests"] >= FEWEST and before["p95_ms"] is not None
    p50, p95 = (before["p50_ms"], before["p95_ms"]) if before is not None and enough else (None, None)
    by_day = [(row["day"], row["p50_ms"]) for row in days if row["p50_ms"] is not None and row["logged_requests"] >= 10]
    return Latency(
        now["logged_requests"], now["p50_ms"], now["p95_ms"], now["p99_ms"], p50, p95, onset(by_day, p50 and p50 * SLOWER)
    )


def onset(days: Sequence[tuple[date, float]], above: float | None) -> date | None:
    """The first day of the last unbroken stretch, to the newest day, on which the figure lies above."""
    found = None
    for day, value in sorted(days, reverse=True):
        if above is None or value < above:
            break
        found = day
    return found
