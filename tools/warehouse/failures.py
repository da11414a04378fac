"""What Databricks says when a statement or a request fails, told as an error of the house."""

import logging
import re

from databricks.sdk.errors import (
    DeadlineExceeded,
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    TemporarilyUnavailable,
    TooManyRequests,
    Unauthenticated,
)
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.sql import ServiceError, ServiceErrorCode
from requests import RequestException

from tools.errors import HealthMonitorError, LaterError, MisconfiguredError, MissingTableError, OperatorError
from tools.gold import assets, system_tables_read
from tools.warehouse import Statement
from tools.warehouse.metrics import metric_views

_CLASS = re.compile(r"\[([A-Z_]+)")
_NAME = r"((?:`[^`]+`|[\w$]+)(?:\.(?:`[^`]+`|[\w$]+))*)"
_ABSENT = re.compile(rf"(?:table or view|schema|routine|function) {_NAME}", re.IGNORECASE)
_DENIED = re.compile(r"on (?:Table|View|Schema|Catalog|Function) '([^']+)'", re.IGNORECASE)
_NOT_THERE = ("TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND", "NO_SUCH_CATALOG")
_DENIALS = ("INSUFFICIENT_PERMISSIONS", "PERMISSION_DENIED")
_TRANSIENT = {
    ServiceErrorCode.DEADLINE_EXCEEDED,
    ServiceErrorCode.RESOURCE_EXHAUSTED,
    ServiceErrorCode.SERVICE_UNDER_MAINTENANCE,
    ServiceErrorCode.TEMPORARILY_UNAVAILABLE,
    ServiceErrorCode.WORKSPACE_TEMPORARILY_UNAVAILABLE,
}
_LATER = "Try again in a minute."
_log = logging.getLogger(__name__)


def of_statement(error: ServiceError | None, statement: Statement) -> HealthMonitorError:
    """A statement that ran and failed."""
    message = (error.message if error else None) or ""
    found = _CLASS.search(message)
    kind = found[1] if found else ""
    if kind in _DENIALS or "SQLSTATE: 42501" in message:
        return MissingTableError(_table(_DENIED.search(message), statement), statement.window)
    if kind in _NOT_THERE:
        name = _table(_ABSENT.search(message), statement)
        return _gold_is_missing(name) if _is_gold(name) else MissingTableError(name, statement.window)
    if kind.startswith(("UNRESOLVED", "UNRESOLVABLE")):
        return _gold_is_missing(statement.tool)
    if error and error.error_code in _TRANSIENT:
        return LaterError(f"The SQL warehouse could not run the query of {statement.tool}.", do=_LATER)
    return OperatorError(f"The query of {statement.tool} failed.", do="The log has the details under this id.")


def of_setup() -> HealthMonitorError:
    """Settings from which no client can be made; the SDK says why, naming no secret."""
    return MisconfiguredError(
        "The connection to Databricks could not be set up.",
        do="Check DATABRICKS_HOST, DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, and that the host answers.",
    )


def of_request(error: Exception, statement: Statement) -> HealthMonitorError:
    """A request to the workspace that failed before or beside the statement."""
    if isinstance(error, Unauthenticated | PermissionDenied):
        return MisconfiguredError(
            "Databricks did not accept the credentials.",
            do="Check DATABRICKS_HOST, DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, "
            "and that the app may use the SQL warehouse (CAN USE).",
        )
    if isinstance(error, NotFound | InvalidParameterValue):
        return MisconfiguredError("The SQL warehouse does not exist or is not usable.", do="Check HEALTH_MONITOR_WAREHOUSE_ID.")
    if isinstance(error, TooManyRequests | TemporarilyUnavailable | DeadlineExceeded | TimeoutError):
        return LaterError("Databricks is busy.", do=_LATER)
    if isinstance(error, RequestException):
        return LaterError("Databricks cannot be reached.", do=f"{_LATER} If it stays so, check DATABRICKS_HOST.")
    if isinstance(error, DatabricksError):
        return OperatorError(f"Databricks refused the query of {statement.tool}.", do="The log has the details.")
    return OperatorError(f"The query of {statement.tool} failed.", do="The log has the details under this id.")


def _table(found: re.Match[str] | None, statement: Statement) -> str:
    """The table meant: a schema or a catalog stands for the first table in it that the statement reads."""
    name = found[1].replace("`", "").strip(".") if found else ""
    if name.count(".") >= 2:
        return name
    read = sorted(system_tables_read(statement.sql))
    return next((table for table in read if table.startswith(f"{name}.")), name or next(iter(read), statement.tool))


def _is_gold(name: str) -> bool:
    stem = name.rsplit(".", 1)[-1]
    return stem in metric_views() or any(asset.name == stem for asset in assets())


def _gold_is_missing(name: str) -> MisconfiguredError:
    return MisconfiguredError(
        f"The gold layer on Databricks lacks {name}, or is older than this bot.",
        do="Run `python -m tools.gold.apply`, and check HEALTH_MONITOR_CATALOG and HEALTH_MONITOR_SCHEMA.",
    )


def logged(error: HealthMonitorError, detail: object) -> HealthMonitorError:
    """The error, after what Databricks said has gone to the log under its id."""
    _log.warning("%s %s: %s", error.id, error.code, detail)
    return error
