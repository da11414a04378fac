"""Traces of what a question takes, as OpenTelemetry or as MLflow keeps them; imported only where tracing is set."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from agents.trace import Kind, Span, Trace, untraced
from tools.table import Table
from tools.warehouse import Statement, Warehouse

_TYPES: dict[Kind, str] = {"orchestrator": "CHAIN", "specialist": "AGENT", "tool": "TOOL", "model": "CHAT_MODEL"}


def tracing(kept_by: str) -> Trace:
    """What keeps traces, by the name that the settings give it; "" keeps none."""
    if kept_by == "opentelemetry":
        return opentelemetry()
    return mlflow() if kept_by == "mlflow" else untraced


class _Noted:
    """A span of either library, whose method sets one attribute."""

    def __init__(self, put: Callable[[str, Any], object]) -> None:
        self._put = put

    def note(self, **told: str | int | float) -> None:
        for name, value in told.items():
            self._put(f"health_monitor.{name}", value)


def opentelemetry(provider: Any = None) -> Trace:
    """Spans for `provider`, or for the one that the process was started with, as opentelemetry-instrument sets it up."""
    from opentelemetry import trace

    tracer = trace.get_tracer("health_monitor", tracer_provider=provider)

    @contextmanager
    def span(kind: Kind, name: str) -> Iterator[Span]:
        with (
            tracer.start_as_current_span(
                f"{kind} {name}", record_exception=False, set_status_on_exception=False, attributes={"health_monitor.kind": kind}
            ) as kept,
            _measured(_Noted(kept.set_attribute)) as noted,
        ):
            yield noted

    return span


def mlflow() -> Trace:
    """Traces in the experiment that MLflow's own variables name."""
    import mlflow as library

    @contextmanager
    def span(kind: Kind, name: str) -> Iterator[Span]:
        failed: BaseException | None = None
        with library.start_span(f"{kind} {name}", span_type=_TYPES[kind]) as kept:
            try:
                with _measured(_Noted(kept.set_attribute)) as noted:
                    yield noted
            except BaseException as error:  # MLflow would keep its message, which may hold what a person typed
                failed = error
        if failed:
            raise failed

    return span


@contextmanager
def _measured(noted: _Noted) -> Iterator[_Noted]:
    """With its milliseconds, and the kind of the error that ended it."""
    started = time.perf_counter()
    try:
        yield noted
    except BaseException as error:
        noted.note(error=type(error).__name__)
        raise
    finally:
        noted.note(ms=round((time.perf_counter() - started) * 1000, 1))


class TracedWarehouse:
    """A warehouse, each of whose statements is the span of the tool that asks it."""

    def __init__(self, inner: Warehouse, trace: Trace) -> None:
        self._inner = inner
        self._trace = trace

    async def query(self, statement: Statement) -> Table:
        with self._trace("tool", statement.tool) as span:
            table = await self._inner.query(statement)
            span.note(rows=len(table), receipt=table.receipt.id, cached=int(table.receipt.cached_at is not None))
            return table

    async def close(self) -> None:
        await self._inner.close()
