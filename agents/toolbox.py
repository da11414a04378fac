"""A specialist's functions and investigations as typed tools that a language model may choose among."""

import inspect
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from agents.answer import Answer, Grid
from agents.question import Question
from agents.specialist import Investigation, Sources, Specialist
from agents.wording import prompt_data
from tools.errors import HealthMonitorError
from tools.period import Period
from tools.table import Table

MOST_ROWS = 20
MOST_CALLS = 10
LONGEST_CELL = 200
_GIVEN = frozenset(["warehouse", "as_of", "return"])  # by us, not by who chooses the tool


class Days(BaseModel):
    """The days that are asked about, both included; neither is the period that the question names."""

    model_config = ConfigDict(extra="forbid")
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool as a model sees it: `shape` is its arguments, `ask` runs it."""

    name: str
    description: str
    shape: type[BaseModel]
    ask: Callable[[BaseModel], Awaitable[Answer]]


@dataclass(slots=True)
class Gathered:
    """What was asked so far: an answer for each call, in the order of the calls, none twice."""

    answers: dict[str, Answer] = field(default_factory=dict)
    calls: int = 0

    async def call(self, offer: Offer, arguments: Mapping[str, Any]) -> str:
        """What the model is told: rows, or the sentence that says why there are none."""
        self.calls += 1
        if self.calls > MOST_CALLS:
            return "No more tools: answer with what you have."
        asked = offer.shape.model_validate(dict(arguments))
        key = f"{offer.name} {asked.model_dump_json()}"
        if key not in self.answers:
            try:
                found = await offer.ask(asked)
            except HealthMonitorError as error:
                return error.sentence()
            if found.error_id:
                return f"{found.headline} {found.summary}"
            self.answers.setdefault(key, found)
        return _told(self.answers[key])


def offers(specialist: Specialist, question: Question, sources: Sources) -> tuple[Offer, ...]:
    return (
        *(_investigating(topic, run, question, sources) for topic, run in specialist.investigations.items()),
        *(_asking(function, question, sources) for function in specialist.tools),
    )


def _investigating(topic: str, run: Investigation, question: Question, sources: Sources) -> Offer:
    async def ask(days: BaseModel) -> Answer:
        given = days.model_dump()
        first, last = given["first_day"] or given["last_day"], given["last_day"] or given["first_day"]
        if not first:
            return await run(question, sources)
        within = Period.of_days(min(first, last), max(first, last), question.asker.tz)
        return await run(replace(question, period=within, compare=None), sources)

    about = (inspect.getmodule(run) or run).__doc__ or topic
    return Offer(f"investigate_{topic}", f"A whole investigation: {about.strip()}", Days, ask)


def _asking(function: Callable[..., Awaitable[Table]], question: Question, sources: Sources) -> Offer:
    name, hints = function.__name__, get_type_hints(function)
    parameters = inspect.signature(function).parameters
    wanted: dict[str, Any] = {
        key: (hints[key], Field(... if each.default is each.empty else each.default))
        for key, each in parameters.items()
        if key not in _GIVEN
    }
    now: Any = question.now if datetime in getattr(hints.get("as_of"), "__args__", ()) else question.now.astimezone(UTC).date()
    given = {"as_of": now} if "as_of" in parameters else {}

    async def ask(arguments: BaseModel) -> Answer:
        asked = {key: getattr(arguments, key) for key in wanted}
        table = await function(sources.warehouse, **asked, **given)
        return _as_answer(name, table, question)

    shape = create_model(name, __config__=ConfigDict(extra="forbid"), **wanted)
    return Offer(name, inspect.getdoc(function) or name, shape, ask)


def _as_answer(name: str, table: Table, question: Question) -> Answer:
    title = name.removeprefix("get_").replace("_", " ")
    title = title[0].upper() + title[1:]
    rows = tuple(tuple(_cell(value) for value in row) for row in table.rows[:MOST_ROWS])
    kinds = tuple(_kind(column, [row[at] for row in rows]) for at, column in enumerate(table.columns))
    columns = tuple(column.replace("_", " ") for column in table.columns)
    count = f"{len(table)} row{'s' if len(table) != 1 else ''}" if len(table) else "nothing found"
    cut = (f"{title}: the first {MOST_ROWS} of {len(table)} rows are shown.",) if len(table) > MOST_ROWS else ()
    return Answer(
        question=question,
        headline=f"{title}: {count}.",
        tables=(Grid(title, columns, rows, kinds, (table.receipt.id,)),) if rows else (),
        evidence=(table.receipt,),
        as_of=table.receipt.as_of,
        partial=(*table.notes, *cut),
    )


def _told(answer: Answer) -> str:
    """The answer's facts as data; of a plain table, all rows that the answer shows."""
    if len(answer.tables) != 1 or answer.findings or answer.causes:
        return prompt_data(answer)
    grid = answer.tables[0]
    rows = [[str(cell)[:LONGEST_CELL] for cell in row] for row in grid.rows]
    facts = {"headline": answer.headline, "columns": grid.columns, "rows": rows, "notes": answer.partial}
    safe = json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e")
    return f"<data>{safe}</data>"


def _kind(column: str, cells: list[Any]) -> str:
    kinds = set(_kinds(cells))
    if kinds == {"number"} and column.endswith(("_usd", "_cost")):
        return "usd"
    return kinds.pop() if len(kinds) == 1 else "text"


def _kinds(cells: list[Any]) -> Iterator[str]:
    for cell in cells:
        if cell is not None and cell != "":
            yield "number" if isinstance(cell, int | float | Decimal) else "date" if isinstance(cell, date) else "text"


def _cell(value: Any) -> Any:
    """As a card shows it: no lists, no clock beyond minutes, no digits that nobody reads."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return round(value, 3)
    if value is None or isinstance(value, int | Decimal | date):
        return value
    return str(value)[:LONGEST_CELL]
