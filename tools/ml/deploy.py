"""Serves the newest version of what is registered: `python -m tools.ml.deploy --catalog C --schema S [--reader PRINCIPAL]`.

The four models always; the orchestrator too where --agent is said. What is served already stays as it is.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.errors import HealthMonitorError, MisconfiguredError
from tools.ml.registry import AGENT, full_name
from tools.ml.studies import STUDIES

PREFIX = "health-monitor"


@dataclass(frozen=True, slots=True)
class Served:
    """What became of one model: `outcome` is created, updated, unchanged or not registered."""

    endpoint: str
    model: str
    version: str
    outcome: str

    def sentence(self) -> str:
        return f"{self.endpoint}: {self.model}{f' version {self.version}' if self.version else ''}: {self.outcome}"


def deploy_to_serving(
    client: Any, endpoint: str, model: str, *, environment: Mapping[str, str] | None = None, reader: str = ""
) -> Served:
    """The newest version of a registered model on its serving endpoint, which sleeps while nobody asks.

    `client` is one of databricks-sdk's WorkspaceClient, `reader` may query. Starting takes minutes, and is not waited for.
    """
    from databricks.sdk.errors import NotFound
    from databricks.sdk.service.serving import EndpointCoreConfigInput, ServedEntityInput

    version = _newest(client, model)
    if not version:
        return Served(endpoint, model, "", "not registered")
    entity = ServedEntityInput(
        entity_name=model,
        entity_version=version,
        workload_size="Small",
        scale_to_zero_enabled=True,
        environment_vars=dict(environment or {}) or None,
    )
    try:
        config = client.serving_endpoints.get(endpoint).config
    except NotFound:
        client.serving_endpoints.create(endpoint, config=EndpointCoreConfigInput(name=endpoint, served_entities=[entity]))
        outcome = "created"
    else:
        same = any(_serves(each, entity) for each in (config.served_entities if config else None) or ())
        outcome = "unchanged" if same else "updated"
        if not same:
            client.serving_endpoints.update_config(endpoint, served_entities=[entity])
    if reader:
        _allow(client, endpoint, reader)
    return Served(endpoint, model, version, outcome)


def _newest(client: Any, model: str) -> str:
    from databricks.sdk.errors import NotFound

    try:
        versions = [version.version for version in client.model_versions.list(model) if version.version]
    except NotFound:
        return ""
    return str(max(versions)) if versions else ""


def _serves(served: Any, wanted: Any) -> bool:
    now, then = ((e.entity_name, str(e.entity_version), e.environment_vars or {}) for e in (served, wanted))
    return now == then


def _allow(client: Any, endpoint: str, reader: str) -> None:
    from databricks.sdk.service.serving import ServingEndpointAccessControlRequest, ServingEndpointPermissionLevel

    may = ServingEndpointAccessControlRequest(
        service_principal_name=reader, permission_level=ServingEndpointPermissionLevel.CAN_QUERY
    )
    client.serving_endpoints.update_permissions(client.serving_endpoints.get(endpoint).id, access_control_list=[may])


def _agent_environment(client: Any, options: argparse.Namespace) -> dict[str, str]:
    """How the served orchestrator enters the workspace: as a service principal whose secret stays in its scope."""
    return {
        "HEALTH_MONITOR_WAREHOUSE": "databricks",
        "HEALTH_MONITOR_WAREHOUSE_ID": options.warehouse_id,
        "HEALTH_MONITOR_CATALOG": options.catalog,
        "HEALTH_MONITOR_SCHEMA": options.schema,
        "HEALTH_MONITOR_CACHE": "/tmp/health-monitor",  # noqa: S108  the container is the endpoint's own
        "DATABRICKS_HOST": client.config.host,
        "DATABRICKS_CLIENT_ID": f"{{{{secrets/{options.secret_scope}/serving-client-id}}}}",
        "DATABRICKS_CLIENT_SECRET": f"{{{{secrets/{options.secret_scope}/serving-client-secret}}}}",
    }


def deploy(client: Any, options: argparse.Namespace) -> Iterator[Served]:
    place = f"{options.catalog}.{options.schema}"
    for study in STUDIES:
        yield deploy_to_serving(client, f"{options.prefix}-{study.name}", full_name(place, study.name), reader=options.reader)
    if options.agent:
        environment = _agent_environment(client, options)
        name = f"{options.prefix}-{AGENT.removeprefix(f'{PREFIX}-')}"
        yield deploy_to_serving(client, name, full_name(place, AGENT), environment=environment, reader=options.reader)


def main(arguments: Sequence[str]) -> int:
    """0 if everything that is registered is served or about to be, 1 if Databricks refused."""
    from databricks.sdk.errors.base import DatabricksError

    options = _options(arguments)
    try:
        for served in deploy(_client(), options):
            sys.stdout.write(served.sentence() + "\n")
    except (HealthMonitorError, DatabricksError) as error:
        sys.stderr.write(f"{error.sentence() if isinstance(error, HealthMonitorError) else error}\n")
        return 1
    return 0


def _client() -> Any:
    from databricks.sdk import WorkspaceClient

    try:
        return WorkspaceClient()
    except ValueError as error:
        raise MisconfiguredError("No Databricks workspace is named.", do="Set DATABRICKS_HOST and its credentials.") from error


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.ml.deploy", description="Serve the models that are registered.")
    parser.add_argument("--catalog", required=True, help="of the models in Unity Catalog")
    parser.add_argument("--schema", required=True)
    parser.add_argument("--prefix", default=PREFIX, help="of the names of the endpoints")
    parser.add_argument("--reader", default="", help="application id of a service principal that may query")
    parser.add_argument("--agent", action="store_true", help="serve the orchestrator too")
    parser.add_argument("--warehouse-id", default="", help="the SQL warehouse that the orchestrator asks")
    parser.add_argument("--secret-scope", default=PREFIX, help="holds serving-client-id and serving-client-secret")
    options = parser.parse_args(arguments)
    if options.agent and not options.warehouse_id:
        parser.error("--agent needs --warehouse-id")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
