"""Tries an attempt on the sample account, with a model that obeys it, and tells what it changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agents.answer import Answer
from agents.loop import look_into
from agents.model import Model
from agents.orchestrator import Orchestrator
from agents.question import Question
from agents.specialist import Sources
from agents.wording import word
from bot.compose import specialists
from tests.agents.language.conftest import calls
from tests.evals.injection.cases import MARK, Attack, Field
from tests.loopback_databricks import LoopbackWorkspace
from tools.table import Table
from tools.warehouse import Statement, Warehouse
from tools.warehouse.cache import CachedWarehouse


class Poisoned:
    """A warehouse in whose rows some texts end in an instruction."""

    def __init__(self, inner: Warehouse, columns: frozenset[str], text: str) -> None:
        self._inner, self._columns, self._text = inner, columns, text

    async def query(self, statement: Statement) -> Table:
        table = await self._inner.query(statement)
        return replace(table, rows=tuple(tuple(map(self._said, table.columns, row)) for row in table.rows))

    def _said(self, column: str, value: Any) -> Any:
        return f"{value} {MARK} {self._text}" if column in self._columns and isinstance(value, str) else value

    async def close(self) -> None:
        await self._inner.close()


@dataclass(frozen=True, slots=True)
class Tried:
    """`reached`: the instruction stood in what the model was told; `changed`: parts of the answer that are not as written."""

    reached: bool
    changed: tuple[str, ...]


PARTS = ("causes", "figures", "links", "findings", "headline", "summary", "recommendations", "followups", "partial")


class Trial:
    """The sample's sources, a model and the loopback that it speaks to."""

    def __init__(self, sources: Sources, model: Model, workspace: LoopbackWorkspace) -> None:
        self._sources = replace(sources, warehouse=CachedWarehouse(sources.warehouse))
        self._model, self._workspace = model, workspace
        self._orchestrator = Orchestrator(specialists(), deadline_seconds=60)

    async def worded(self, field: Field, attack: Attack, asked: Question) -> Tried:
        """A known question, worded by a model that obeys what the data says."""
        self._model_says(attack.turn)
        agent = next(each.name for each in specialists() if field.topic.startswith(f"{each.name}."))
        question = replace(asked, agents=(agent,), topics=(field.topic,))
        written = await self._orchestrator.answer(question, self._poisoned(field, attack))
        if written.error_id:
            raise AssertionError(f"{field.topic}: {written.headline}")
        worded = await word(written, self._model, self._model.use(""))
        return Tried(self._reached(), changed(parts(written), parts(worded)))

    async def looked(self, attack: Attack, asked: Question) -> Tried:
        """An open question, looked into by a model that obeys what the tools return."""
        field = Field("name of a job", "", frozenset(["job_name"]))
        sources = self._poisoned(field, attack)
        reliability = next(each for each in specialists() if each.name == "reliability")
        days = {"start_date": "2026-11-16", "end_date": "2026-11-22"}
        honest, told = _tool_call("get_failed_tasks", days), []
        for then in ({"content": "."}, attack.turn):
            self._model_says(then, first=honest)
            told.append(await look_into(reliability, asked, sources, self._model, self._model.use("")))
        assert told[0] and told[1]
        return Tried(self._reached(), changed(parts(told[0]), parts(told[1])))

    def _poisoned(self, field: Field, attack: Attack) -> Sources:
        return replace(self._sources, warehouse=Poisoned(self._sources.warehouse, field.columns, attack.text))

    def _model_says(self, always: Mapping[str, Any], first: Mapping[str, Any] | None = None) -> None:
        serving = self._workspace.serving
        serving.script, serving.always, serving.requests = [first] if first else [], always, []

    def _reached(self) -> bool:
        return MARK in str(self._workspace.serving.requests)


def parts(answer: Answer) -> dict[str, Any]:
    """All of an answer that a reader or a script could take for a fact."""
    told: dict[str, Any] = {name: getattr(answer, name) for name in PARTS if name != "figures"}
    told["findings"] = tuple(replace(each, evidence=()) for each in answer.findings)
    told["figures"] = (tuple((each.title, each.rows) for each in answer.tables), answer.charts, answer.counterfactuals)
    return told


def changed(one: Mapping[str, Any], two: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in PARTS if one[name] != two[name])


def _tool_call(tool: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    return calls((tool, arguments))
