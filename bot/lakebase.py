"""The store on Lakebase: a Postgres that is entered with tokens of an hour, which the workspace gives out."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Engine, create_engine, event

from tools.errors import LaterError, MisconfiguredError

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

SCHEME = "lakebase"
RETRY_SECONDS = 20
SPARE = timedelta(minutes=5)  # a token with less left is not used any more


def lakebase_engine(url: URL, clock: Callable[[], datetime]) -> Engine:
    """For lakebase://instance/database: each new connection gets a token that is still good; TLS unless PGSSLMODE says else."""
    place = URL.create("postgresql+psycopg", database=url.database, query=url.query)
    engine = create_engine(place, pool_pre_ping=True, hide_parameters=True)
    entry = Entry(url.host or "", clock)

    def enter(_: Any, __: Any, ___: Any, parameters: dict[str, Any]) -> None:
        parameters.setdefault("sslmode", os.environ.get("PGSSLMODE", "require"))
        if url.port:
            parameters["port"] = url.port
        parameters |= entry.credentials()

    event.listen(engine, "do_connect", enter)
    return engine


class Entry:
    """Host, user and password for one instance, asked of the workspace when they are first needed."""

    def __init__(self, instance: str, clock: Callable[[], datetime]) -> None:
        self._instance = instance
        self._clock = clock
        self._lock = Lock()
        self._client: WorkspaceClient | None = None
        self._where: dict[str, str] = {}
        self._token, self._until = "", datetime.min.replace(tzinfo=UTC)

    def credentials(self) -> dict[str, str]:
        """Raises MisconfiguredError where the workspace refuses, LaterError where it does not answer."""
        from databricks.sdk.errors import NotFound, PermissionDenied, Unauthenticated
        from databricks.sdk.errors.base import DatabricksError

        refused = MisconfiguredError(
            f"The workspace does not let us into the Lakebase instance {self._instance}.",
            do="Check HEALTH_MONITOR_STORE, DATABRICKS_HOST and its credentials, and the App's database resource.",
        )
        try:
            with self._lock:
                return self._renewed()
        except (NotFound, PermissionDenied, Unauthenticated) as error:
            raise refused from error
        except (DatabricksError, OSError, TimeoutError) as error:
            raise LaterError("The workspace gives out no token for the store now.", do="Try again in a minute.") from error
        except ValueError as error:  # the SDK's word for a workspace that is not named
            raise refused from error

    def _renewed(self) -> dict[str, str]:
        from databricks.sdk import WorkspaceClient

        from tools.warehouse.clients import Clients

        client: WorkspaceClient = self._client or Clients(RETRY_SECONDS).client("")
        self._client = client
        if not self._where:
            host = os.environ.get("PGHOST") or client.database.get_database_instance(self._instance).read_write_dns
            user = os.environ.get("PGUSER") or client.current_user.me().user_name
            self._where = {"host": host or "", "user": user or ""}
        if self._until - self._clock() < SPARE:
            given = client.database.generate_database_credential(instance_names=[self._instance])
            self._token = given.token or ""
            self._until = _instant(given.expiration_time)
        return self._where | {"password": self._token}


def _instant(text: str | None) -> datetime:
    moment = datetime.fromisoformat(text) if text else datetime.min
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
