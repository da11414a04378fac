"""Where trained models are kept: MLflow, with Unity Catalog as its registry on Databricks."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from tools.ml.studies.study import Result

EXPERIMENT = "/Shared/health-monitor-models"
AGENT = "health-monitor-agent"  # the orchestrator, registered beside the models
ROOT = Path(__file__).resolve().parents[2]


class Registry(Protocol):
    def last(self, name: str) -> str | None:
        """The state of the last registered version, None where there is none."""
        ...

    def register(self, result: Result, example: Sequence[dict[str, Any]]) -> str:
        """Keep a candidate; gives its version."""
        ...


class MlflowRegistry:
    """`place` is catalog.schema in Unity Catalog (elsewhere names stand alone); `artifacts` is where files go if not there."""

    def __init__(self, tracking: str, registry: str = "", *, place: str = "", artifacts: str = "") -> None:
        import mlflow

        mlflow.set_tracking_uri(tracking)
        mlflow.set_registry_uri(registry or tracking)
        self._mlflow, self._place, self._artifacts = mlflow, place, artifacts

    def last(self, name: str) -> str | None:
        found = self._client.search_model_versions(f"name = '{self._full(name)}'")
        newest = max(found, key=lambda version: int(version.version), default=None)
        if newest is None:
            return None
        path = self._mlflow.artifacts.download_artifacts(f"models:/{newest.name}/{newest.version}")
        return (Path(path) / "artifacts" / "state.json").read_text()

    def register(self, result: Result, example: Sequence[dict[str, Any]]) -> str:
        import pandas
        from mlflow.models import infer_signature

        from tools.ml.served import Served, predict

        frame = pandas.DataFrame(list(example))
        if self._client.get_experiment_by_name(EXPERIMENT) is None:
            self._client.create_experiment(EXPERIMENT, artifact_location=self._artifacts or None)
        self._mlflow.set_experiment(EXPERIMENT)
        with self._mlflow.start_run(run_name=result.name):
            self._mlflow.log_metrics({"error": result.error, "n": float(result.measures[0].n)})
            self._mlflow.log_dict({"measures": [asdict(each) for each in result.measures], **result.figures}, "trial.json")
            self._mlflow.log_text(result.state, "state.json")
            logged = self._mlflow.pyfunc.log_model(
                name="model",
                python_model=Served(result.name),
                artifacts={"state": self._mlflow.get_artifact_uri("state.json")},
                signature=infer_signature(frame, predict(result.name, result.state, frame)),
                input_example=frame,
                code_paths=[str(ROOT / "tools")],
                pip_requirements=["numpy", "pandas", "mlflow"],
                registered_model_name=self._full(result.name),
                metadata={"trial": json.dumps([asdict(each) for each in result.measures])},
            )
        return str(logged.registered_model_version)

    @property
    def _client(self) -> Any:
        return self._mlflow.MlflowClient()

    def _full(self, name: str) -> str:
        return full_name(self._place, name)


def full_name(place: str, name: str) -> str:
    """Under which a model is registered: in Unity Catalog, where `place` is catalog.schema, hyphens are not allowed."""
    return f"{place}.{name.replace('-', '_')}" if place else name
