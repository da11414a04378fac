"""Logs and registers the orchestrator as an MLflow agent: `python -m adapters.serving.package --catalog C --schema S`.

MLflow tries what it logs, so a warehouse is asked: --warehouse-id's, or the one that the environment names.
"""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.settings import ROOT
from tools.ml.registry import AGENT, EXPERIMENT, full_name

ENTRY = Path(__file__).parent / "entry.py"
LAYERS = ("adapters", "agents", "bot", "tools")
_PIN = re.compile(r"^([A-Za-z0-9_.\[\]-]+==\S+)( ; [^\\\n]+)?", re.MULTILINE)


def package_agents(tracking: str, registry: str = "", *, place: str = "", artifacts: str = "") -> tuple[str, str]:
    """Logs the code of all layers with its pinned requirements: where MLflow keeps it, and its registered version.

    `place` is catalog.schema in Unity Catalog; `artifacts` is where the files go if not where the tracking server says.
    """
    import mlflow

    mlflow.set_tracking_uri(tracking)
    mlflow.set_registry_uri(registry or tracking)
    client = mlflow.MlflowClient()
    if client.get_experiment_by_name(EXPERIMENT) is None:
        client.create_experiment(EXPERIMENT, artifact_location=artifacts or None)
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run(run_name=AGENT):
        logged = mlflow.pyfunc.log_model(
            name="agent",
            python_model=str(ENTRY),
            code_paths=[str(ROOT / layer) for layer in LAYERS],
            pip_requirements=requirements(),
            registered_model_name=full_name(place, AGENT),
        )
    return logged.model_uri, str(logged.registered_model_version)


def requirements() -> list[str]:
    """The pins of requirements.txt; the hashes stay there, since MLflow adds packages of its own choice."""
    return ["".join(match).rstrip() for match in _PIN.findall((ROOT / "requirements.txt").read_text())]


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    if options.warehouse_id:
        asked = {"": "databricks", "_ID": options.warehouse_id}
        os.environ |= {f"HEALTH_MONITOR_WAREHOUSE{end}": value for end, value in asked.items()}
        os.environ |= {"HEALTH_MONITOR_CATALOG": options.catalog, "HEALTH_MONITOR_SCHEMA": options.schema}
    place = ".".join(filter(None, (options.catalog, options.schema)))
    address, version = package_agents(options.track, options.registry, place=place, artifacts=options.artifacts)
    sys.stdout.write(f"{full_name(place, AGENT)} version {version}: {address}\n")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m adapters.serving.package", description="Register the agent in MLflow.")
    parser.add_argument("--catalog", default="", help="of the models in Unity Catalog")
    parser.add_argument("--schema", default="")
    parser.add_argument("--warehouse-id", default="", help="the SQL warehouse that the agent is tried on")
    parser.add_argument("--track", default="databricks", help="MLflow tracking URI")
    parser.add_argument("--registry", default="", help="MLflow registry URI, databricks-uc for Unity Catalog")
    parser.add_argument("--artifacts", default="", help="where the files go, if not where the tracking server says")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
