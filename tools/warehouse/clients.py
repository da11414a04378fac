"""The threads that wait for Databricks, and the clients that they wait with."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from requests import RequestException

from tools.warehouse import failures

PRODUCT, VERSION = "databricks-health-monitor", "0.1.0"
THREADS = 16  # one per request under way: the SDK blocks
HTTP_SECONDS = 60
USERS = 64  # clients kept for askers' own tokens
T = TypeVar("T")


class Clients:
    """The threads that wait for Databricks, and one client per set of credentials."""

    def __init__(self, retry_seconds: int) -> None:
        self._retry_seconds = retry_seconds
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="databricks")
        self._clients: OrderedDict[str, WorkspaceClient] = OrderedDict()
        self._lock = Lock()

    def start(self, work: Callable[[], T]) -> Future[T]:
        return self._pool.submit(_in_thread, work)

    def close(self) -> None:
        self._pool.shutdown()

    def client(self, token: str) -> WorkspaceClient:
        """Making a client asks the host who it is, so each is kept; a token is remembered by its hash only."""
        key = hashlib.sha256(token.encode()).hexdigest() if token else ""
        with self._lock:
            if key not in self._clients:
                self._clients[key] = _connected(token, self._retry_seconds)
                while len(self._clients) > USERS:
                    self._clients.popitem(last=False)
            self._clients.move_to_end(key)
            return self._clients[key]


def _connected(token: str, retry_seconds: int) -> WorkspaceClient:
    credentials: dict[str, Any] = {"token": token, "auth_type": "pat"} if token else {}
    config = Config(
        product=PRODUCT,
        product_version=VERSION,
        http_timeout_seconds=HTTP_SECONDS,
        retry_timeout_seconds=retry_seconds,
        **credentials,
    )
    return WorkspaceClient(config=config)


def _in_thread(work: Callable[[], T]) -> T:
    """The SDK tells of settings and secrets that are no use by a ValueError, now or when a token is renewed."""
    try:
        return work()
    except RequestException:
        raise
    except ValueError as error:
        raise failures.logged(failures.of_setup(), error) from error


async def outcome(work: Future[T]) -> T:
    """What a thread returns; giving up waiting leaves the thread to finish, and its result unread."""
    waiting = asyncio.wrap_future(work)
    try:
        return await asyncio.shield(waiting)
    except asyncio.CancelledError:
        waiting.add_done_callback(lambda done: done.cancelled() or done.exception())
        raise
