"""The bot on the sample account with the real ChatDatabricks, whose endpoints are scripted on the loopback."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from agents.model import Limits, Model, databricks_chat
from bot.compose import orchestrator
from bot.message import Message
from bot.service import Service
from tests.account import write_account
from tests.conftest import NOW
from tests.loopback_databricks import Engine, LoopbackWorkspace


def reply(tool: str, **arguments: Any) -> Mapping[str, Any]:
    """A turn of the model that calls one tool."""
    return calls((tool, arguments))


def calls(*asked: tuple[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """A turn of the model that calls several tools at once."""
    told = [{"name": tool, "arguments": json.dumps(arguments)} for tool, arguments in asked]
    return {"tool_calls": [{"id": f"call_{at}", "type": "function", "function": each} for at, each in enumerate(told, 1)]}


@pytest.fixture(scope="session")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackWorkspace]:
    engine = Engine(write_account(tmp_path_factory.mktemp("model") / "account.duckdb", {}))
    with LoopbackWorkspace(engine) as workspace, pytest.MonkeyPatch.context() as environment:
        for name, value in workspace.environment.items():
            environment.setenv(name, value)
        yield workspace
    engine.close()


@pytest.fixture
def workspace(endpoints: LoopbackWorkspace) -> LoopbackWorkspace:
    serving = endpoints.serving
    serving.script, serving.requests, serving.always, serving.latency_seconds = [], [], None, 0.0
    return endpoints


@pytest.fixture
async def model(workspace: LoopbackWorkspace) -> Model:
    return await loaded(Limits())


async def loaded(limits: Limits, *names: str) -> Model:
    built = Model(lambda: databricks_chat(names or ("main",), seconds=limits.seconds, max_tokens=400), limits, clock=lambda: NOW)
    await built.warm_up()
    return built


@pytest.fixture
def talking(bot: Service) -> Callable[[Model], Service]:
    """The sample's service with a model."""

    def with_model(model: Model) -> Service:
        return Service(orchestrator(), bot._sources, bot._threads, bot._vocabulary, model=model, clock=lambda: NOW)

    return with_model


def message(text: str) -> Message:
    return Message("shell", "", text)
