"""A question's trace: orchestrator, specialist, tools and model, joined by the answer's id, with nothing of the asker in it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import mlflow
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agents.model import Endpoint, Model, Use
from agents.trace import Trace
from bot.compose import service
from bot.message import Message
from bot.service import Service
from bot.settings import Settings
from bot.tracing import TracedWarehouse, opentelemetry
from tests.conftest import NOW
from tools.errors import BadRequestError

QUESTION = "What did omar.costa@lakeshore.example do last week?"
PRIVATE = ("omar", "lakeshore", "asker@example.com", "SELECT", "What did")


def traced(bot: Service, trace: Trace) -> Service:
    """The sample's service whose every step is a span."""
    sources = replace(bot._sources, warehouse=TracedWarehouse(bot.warehouse, trace), trace=trace)
    return Service(bot._orchestrator, sources, bot._threads, bot._vocabulary, clock=lambda: NOW)


@pytest.fixture
def kept() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def trace(kept: InMemorySpanExporter) -> Trace:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    return opentelemetry(provider)


async def test_a_question_is_one_trace_without_personal_data(bot: Service, kept: InMemorySpanExporter, trace: Trace) -> None:
    answer = await traced(bot, trace).answer(Message("shell", "", QUESTION, email="asker@example.com"))
    spans = kept.get_finished_spans()
    kinds = {str((span.attributes or {})["health_monitor.kind"]) for span in spans}
    assert {"orchestrator", "specialist", "tool"} <= kinds
    assert len({span.context.trace_id for span in spans if span.context}) == 1
    root = next(span for span in spans if span.parent is None)
    assert (root.attributes or {})["health_monitor.id"] == answer.id
    assert all("health_monitor.ms" in (span.attributes or {}) for span in spans)
    told = "".join(span.to_json() for span in spans).lower()
    assert [word for word in PRIVATE if word.lower() in told] == []


async def test_a_model_call_tells_its_tokens_and_an_error_its_kind_alone(kept: InMemorySpanExporter, trace: Trace) -> None:
    async def call(_: object) -> tuple[str, int]:
        return "done", 18

    model = Model(lambda: [Endpoint("main", None)], trace=trace)
    await model.warm_up()
    assert await model.run(call, Use(), 0) == "done"
    with pytest.raises(BadRequestError), trace("tool", "get_failed_jobs"):
        raise BadRequestError("There is no job named “secret”.")
    called, failed = kept.get_finished_spans()
    assert (called.name, (called.attributes or {})["health_monitor.tokens"]) == ("model main", 18)
    assert (failed.attributes or {})["health_monitor.error"] == "BadRequestError" and "secret" not in failed.to_json()


async def test_mlflow_keeps_the_same_spans(tmp_path: Path, sample_file: Path) -> None:
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    experiment = mlflow.create_experiment("health", artifact_location=str(tmp_path / "artifacts"))
    mlflow.set_experiment(experiment_id=experiment)
    async with service(Settings(tracing="mlflow"), now=NOW) as bot:
        answer = await bot.answer(Message("shell", "", QUESTION, email="asker@example.com"))
    mlflow.flush_trace_async_logging()
    (found,) = [
        each
        for each in mlflow.search_traces(locations=[experiment], return_type="list")
        if each.data.spans[0].name.startswith("orchestrator")
    ]
    kinds = {str(span.span_type) for span in found.data.spans}
    assert {"CHAIN", "AGENT", "TOOL"} <= kinds
    assert found.data.spans[0].attributes["health_monitor.id"] == answer.id
    told = "".join(str(span.to_dict()) for span in found.data.spans).lower()
    assert [word for word in PRIVATE if word.lower() in told] == []


def test_nothing_of_it_is_imported_where_neither_model_nor_tracing_is_set() -> None:
    code = (
        "import sys, bot.compose, bot.service; "
        "print([m for m in ('databricks_langchain', 'langchain', 'mlflow', 'opentelemetry') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
