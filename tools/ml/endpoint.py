"""The same answers from a Databricks model serving endpoint, where one is configured."""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.errors import LaterError, MisconfiguredError, OperatorError

Records = list[dict[str, Any]]


class Endpoints:
    """`names` maps a model to its serving endpoint; the client is one of databricks-sdk's WorkspaceClient."""

    def __init__(self, client: Any, names: Mapping[str, str]) -> None:
        self._client = client
        self._names = names

    def serves(self, model: str) -> bool:
        return model in self._names

    def predict(self, model: str, rows: Sequence[Mapping[str, Any]]) -> Records:
        """Rows out for rows in, as the model's input example shows; blocks while the endpoint answers.

        Raises LaterError where the endpoint is busy, starting or unreachable, OperatorError where it refuses or errs.
        """
        from databricks.sdk.errors import DeadlineExceeded, TemporarilyUnavailable, TooManyRequests
        from databricks.sdk.errors.base import DatabricksError

        name = self._names[model]
        try:
            answer = self._client.serving_endpoints.query(name, dataframe_records=[dict(row) for row in rows])
        except (TooManyRequests, TemporarilyUnavailable, DeadlineExceeded, TimeoutError, ConnectionError) as error:
            raise LaterError(f"The serving endpoint {name} does not answer now.", do="Try again in a minute.") from error
        except DatabricksError as error:
            raise OperatorError(f"The serving endpoint {name} refused the question.") from error
        return [dict(row) for row in answer.predictions or []]


def open_endpoints(names: Mapping[str, str]) -> Endpoints:
    """Endpoints of the workspace that databricks-sdk finds by its own variables; raises MisconfiguredError without one."""
    from databricks.sdk import WorkspaceClient

    try:
        return Endpoints(WorkspaceClient(), names)
    except ValueError as error:
        raise MisconfiguredError(
            "Model endpoints are set, but no Databricks workspace is.", do="Set DATABRICKS_HOST and its credentials."
        ) from error
