"""What MLflow runs to load the agent from its code: the one file here that does something when it is imported."""

from mlflow.models import set_model

from adapters.serving.agent import HealthMonitorAgent

set_model(HealthMonitorAgent())
