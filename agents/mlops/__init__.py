"""The ML Ops specialist: models in production, their endpoints, drift, retraining, experiments and features."""

from agents.mlops import drift, endpoints, experiments, features, health, retraining
from agents.specialist import Specialist
from tools.mlops import get_best_runs, get_experiment_metric_trend, get_experiment_summary, get_run_metric_history
from tools.monitors import get_inference_drift
from tools.serving import (
    get_endpoint_costs,
    get_endpoint_errors,
    get_endpoint_latency,
    get_endpoint_summary,
    get_endpoint_usage_trend,
    get_served_model_changes,
    get_token_usage,
)

SPECIALIST = Specialist(
    name="mlops",
    title="ML Ops",
    investigations={
        "health": health.investigate,
        "endpoints": endpoints.investigate,
        "drift": drift.investigate,
        "retraining": retraining.investigate,
        "experiments": experiments.investigate,
        "features": features.investigate,
    },
    default=health.investigate,
    brief="health",
    dashboard="ML Operations",
    tools=(
        get_experiment_summary,
        get_best_runs,
        get_experiment_metric_trend,
        get_run_metric_history,
        get_endpoint_summary,
        get_endpoint_usage_trend,
        get_token_usage,
        get_endpoint_errors,
        get_endpoint_latency,
        get_endpoint_costs,
        get_served_model_changes,
        get_inference_drift,
    ),
)
