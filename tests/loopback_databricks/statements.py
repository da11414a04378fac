"""The Statement Execution API: submit, poll, chunks, cancel."""

import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import duckdb
from aiohttp import web

from tests.loopback_databricks.sql import Engine, Result, SqlError

USER = web.RequestKey("user", str)


@dataclass(slots=True)
class Execution:
    """One statement, from submission to its end."""

    id: str
    request: Mapping[str, Any]
    user: str
    cursor: duckdb.DuckDBPyConnection
    state: str = "PENDING"
    result: Result = field(default_factory=Result)
    message: str = ""
    cancelled: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)


class Statements:
    """Runs in threads of its own: the SDK that waits for it may hold every thread of the loop's."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.executions: dict[str, Execution] = {}
        self.arrival = threading.Semaphore(0)  # one count for each statement that came in
        self.chunk_rows = 1_000
        self.seconds = 0.0  # how long each statement takes
        self.ignored_cancels = 0
        self.warehouses = {"warehouse-1"}
        self._pool = ThreadPoolExecutor(32, thread_name_prefix="loopback-sql")

    def routes(self) -> list[web.RouteDef]:
        path = "/api/2.0/sql/statements"
        return [
            web.post(path, self._execute),
            web.get(f"{path}/{{id}}", self._get),
            web.get(f"{path}/{{id}}/result/chunks/{{index}}", self._get_chunk),
            web.post(f"{path}/{{id}}/cancel", self._cancel),
            web.get("/api/2.0/sql/warehouses", self._list_warehouses),
            web.get("/api/2.0/sql/warehouses/{id}", self._get_warehouse),
        ]

    def close(self) -> None:
        for execution in self.executions.values():
            execution.cancelled.set()
        self._pool.shutdown()

    async def _execute(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["warehouse_id"] not in self.warehouses:
            return failure(404, "RESOURCE_DOES_NOT_EXIST", f"SQL warehouse {body['warehouse_id']} does not exist.")
        if body.get("wait_timeout") != "0s":
            return failure(400, "INVALID_PARAMETER_VALUE", "this workspace answers wait_timeout 0s only")
        execution = Execution(str(uuid.uuid4()), body, request[USER], self.engine.cursor())
        self.executions[execution.id] = execution
        self.arrival.release()
        answer = web.json_response(_described(execution, self.chunk_rows))
        self._pool.submit(self._run, execution)
        return answer

    def _run(self, execution: Execution) -> None:
        execution.state = "RUNNING"
        try:
            if execution.cancelled.wait(self.seconds):
                raise duckdb.InterruptException("cancelled")
            execution.result = self.engine.run(execution.cursor, execution.request)
            execution.state = "CANCELED" if execution.cancelled.is_set() else "SUCCEEDED"
        except duckdb.InterruptException:
            execution.state = "CANCELED"
        except SqlError as error:
            execution.message, execution.state = str(error), "FAILED"
        except Exception as error:
            execution.message, execution.state = f"[INTERNAL_ERROR] {error!r}", "FAILED"
            raise
        finally:
            execution.done.set()

    async def _get(self, request: web.Request) -> web.Response:
        execution = self.executions.get(request.match_info["id"])
        if execution is None:
            return failure(404, "RESOURCE_DOES_NOT_EXIST", "The statement was not found.")
        return web.json_response(_described(execution, self.chunk_rows))

    async def _get_chunk(self, request: web.Request) -> web.Response:
        execution = self.executions[request.match_info["id"]]
        return web.json_response(_chunk(execution, int(request.match_info["index"]), self.chunk_rows))

    async def _cancel(self, request: web.Request) -> web.Response:
        if self.ignored_cancels:
            self.ignored_cancels -= 1
            return web.json_response({})
        execution = self.executions[request.match_info["id"]]
        execution.cancelled.set()
        execution.cursor.interrupt()
        return web.json_response({})

    async def _list_warehouses(self, _: web.Request) -> web.Response:
        return web.json_response({"warehouses": [_warehouse(name) for name in sorted(self.warehouses)]})

    async def _get_warehouse(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        if name not in self.warehouses:
            return failure(404, "RESOURCE_DOES_NOT_EXIST", f"SQL warehouse {name} does not exist.")
        return web.json_response(_warehouse(name))

    def wait_for_end(self, execution: Execution, seconds: float = 5.0) -> str:
        """The state in which the statement ended; for a test that watches it from outside."""
        execution.done.wait(seconds)
        return execution.state


def failure(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"error_code": code, "message": message}, status=status, headers=headers)


def _warehouse(name: str) -> dict[str, Any]:
    return {"id": name, "name": "loopback", "state": "RUNNING", "warehouse_type": "PRO"}


def _described(execution: Execution, chunk_rows: int) -> dict[str, Any]:
    answer: dict[str, Any] = {"statement_id": execution.id, "status": {"state": execution.state}}
    if execution.state == "FAILED":
        answer["status"] |= {"error": {"error_code": "BAD_REQUEST", "message": execution.message}}
    if execution.state == "SUCCEEDED":
        result = execution.result
        chunks = -(-len(result.rows) // chunk_rows)
        answer["manifest"] = {
            "format": "JSON_ARRAY",
            "schema": {"column_count": len(result.columns), "columns": list(result.columns)},
            "total_chunk_count": chunks,
            "total_row_count": len(result.rows),
            "truncated": result.truncated,
        }
        answer["result"] = _chunk(execution, 0, chunk_rows)
    return answer


def _chunk(execution: Execution, index: int, chunk_rows: int) -> dict[str, Any]:
    """Rows of one chunk; a result without rows is an empty object."""
    rows = execution.result.rows[index * chunk_rows : (index + 1) * chunk_rows]
    if not rows:
        return {}
    answer: dict[str, Any] = {
        "chunk_index": index,
        "row_offset": index * chunk_rows,
        "row_count": len(rows),
        "data_array": [list(row) for row in rows],
    }
    if (index + 1) * chunk_rows < len(execution.result.rows):
        answer["next_chunk_index"] = index + 1
        answer["next_chunk_internal_link"] = f"/api/2.0/sql/statements/{execution.id}/result/chunks/{index + 1}"
    return answer
