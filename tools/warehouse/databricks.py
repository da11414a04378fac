"""A Databricks SQL warehouse, asked through the Statement Execution API of databricks-sdk."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from copy import copy
from dataclasses import dataclass, replace
from typing import TypeVar

from databricks.sdk.service.sql import (
    Disposition,
    Format,
    QueryTag,
    ResultData,
    StatementExecutionAPI,
    StatementResponse,
    StatementState,
)

from tools.errors import HealthMonitorError, LaterError, new_id
from tools.gold import OPTIONAL_TABLES, standin, system_tables_read
from tools.table import Receipt, Table
from tools.warehouse import LARGEST_RESULT_BYTES, Statement, failures, wire
from tools.warehouse.clients import PRODUCT, Clients, outcome

FIRST_POLL_SECONDS, SLOWEST_POLL_SECONDS = 0.05, 1.0
RETRY_SECONDS = 20  # how long the SDK itself retries a lost connection, a 429 and a 503 (as Retry-After says)
CANCEL_TRIES = 3

_RUNNING = (StatementState.PENDING, StatementState.RUNNING)
_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Target:
    """Which SQL warehouse runs the statements, and the catalog and schema that hold the gold layer."""

    warehouse_id: str
    catalog: str
    schema: str


class DatabricksWarehouse:
    """Answers Databricks SQL as the app's service principal, or as a user with a token of their own.

    Credentials come from the environment as the SDK reads it (DATABRICKS_HOST, _CLIENT_ID, _CLIENT_SECRET …).
    """

    def __init__(self, target: Target, *, retry_seconds: int = RETRY_SECONDS) -> None:
        self._target = target
        self._token = ""
        self._clients = Clients(retry_seconds)
        self._absent: list[frozenset[str]] = []  # empty until asked; shared by every asker's view

    def on_behalf_of(self, token: str) -> "DatabricksWarehouse":
        """The same warehouse with the rights of the user whose token this is."""
        other = copy(self)
        other._token = token
        return other

    async def query(self, statement: Statement) -> Table:
        table = await self._asked(statement)
        through_gold = {name for name in system_tables_read(statement.sql) if name not in statement.sql}
        optional = through_gold & OPTIONAL_TABLES
        absent = sorted(optional & await self._stood_in()) if optional else []
        return replace(table, notes=tuple(f"{name} is not available" for name in absent))

    async def _stood_in(self) -> frozenset[str]:
        """The optional system tables that were absent when gold was installed."""
        if not self._absent:
            views = await self._asked(Statement("gold.standins", f"SHOW VIEWS LIKE '{standin.PREFIX}*'"))
            self._absent.append(frozenset(filter(None, map(standin.stood_for, views.column("viewName")))))
        return self._absent[0]

    async def _asked(self, statement: Statement) -> Table:
        started = time.perf_counter()
        submission: Future[StatementResponse] = self._clients.start(lambda: self._submit(statement))
        try:
            async with asyncio.timeout(statement.timeout_seconds) as limit:
                response = await self._finished(submission)
                return await self._read(response, statement, started)
        except asyncio.CancelledError:
            self._give_up(submission)
            raise
        except HealthMonitorError:
            raise
        except Exception as error:
            if not limit.expired():
                raise failures.logged(failures.of_request(error, statement), error) from error
            self._give_up(submission)
            raise LaterError(
                f"The query of {statement.tool} took longer than {statement.timeout_seconds:.0f} s and was stopped.",
                do="Ask for a shorter period, or try again later.",
            ) from error

    async def close(self) -> None:
        await asyncio.to_thread(self._clients.close)

    def _submit(self, statement: Statement) -> StatementResponse:
        return self._api().execute_statement(
            statement.sql,
            self._target.warehouse_id,
            parameters=wire.parameters(statement.bound),
            catalog=self._target.catalog or None,
            schema=self._target.schema or None,
            wait_timeout="0s",
            disposition=Disposition.INLINE,
            format=Format.JSON_ARRAY,
            row_limit=statement.max_rows,
            byte_limit=LARGEST_RESULT_BYTES,
            query_tags=[QueryTag("application", PRODUCT), QueryTag("tool", statement.tool)],
        )

    async def _finished(self, submission: Future[StatementResponse]) -> StatementResponse:
        response = await outcome(submission)
        statement_id = _id(response)
        pause = FIRST_POLL_SECONDS
        while response.status and response.status.state in _RUNNING:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, SLOWEST_POLL_SECONDS)
            response = await self._ask(lambda api: api.get_statement(statement_id))
        return response

    async def _read(self, response: StatementResponse, statement: Statement, started: float) -> Table:
        state = response.status.state if response.status else None
        if state is StatementState.FAILED:
            cause = response.status.error if response.status else None
            error = failures.of_statement(cause, statement)
            raise failures.logged(error, cause.message if cause else "no reason given")
        if state is not StatementState.SUCCEEDED or response.manifest is None:
            raise LaterError(f"The query of {statement.tool} was stopped on Databricks.", do="Ask again.")
        columns = (response.manifest.schema.columns if response.manifest.schema else None) or []
        rows = tuple(wire.rows_of(columns, await self._data(response)))
        receipt = Receipt(
            id=new_id(),
            tool=statement.tool,
            sql=statement.sql,
            params=statement.bound,
            rows=len(rows),
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
        names = tuple(column.name or "" for column in columns)
        return Table(names, rows, receipt, truncated=bool(response.manifest.truncated))

    async def _data(self, response: StatementResponse) -> list[list[str]]:
        """The rows of all chunks, in order."""
        chunk = response.result
        data: list[list[str]] = []
        while chunk is not None:
            data += chunk.data_array or []
            following = chunk.next_chunk_index
            chunk = None if following is None else await self._chunk(_id(response), following)
        return data

    async def _chunk(self, statement_id: str, index: int) -> ResultData:
        return await self._ask(lambda api: api.get_statement_result_chunk_n(statement_id, index))

    async def _ask(self, request: Callable[[StatementExecutionAPI], T]) -> T:
        return await outcome(self._clients.start(lambda: request(self._api())))

    def _api(self) -> StatementExecutionAPI:
        return self._clients.client(self._token).statement_execution

    def _give_up(self, submission: Future[StatementResponse]) -> None:
        """Nobody waits any more: forget the statement if it was not sent, else stop it on the warehouse."""
        if not submission.cancel():
            self._clients.start(lambda: self._stop(submission))

    def _stop(self, submission: Future[StatementResponse]) -> None:
        """A cancellation may silently not take, so the state is looked at afterwards."""
        try:
            statement_id = _id(submission.result())
            statements = self._api()
            for attempt in range(CANCEL_TRIES):
                statements.cancel_execution(statement_id)
                time.sleep(FIRST_POLL_SECONDS * 4**attempt)
                status = statements.get_statement(statement_id).status
                if status is None or status.state not in _RUNNING:
                    return
        except Exception as error:
            _log.warning("a statement that nobody waits for could not be stopped: %s", error)
        else:
            _log.warning("statement %s still runs after %d cancellations", statement_id, CANCEL_TRIES)


def _id(response: StatementResponse) -> str:
    return response.statement_id or ""
