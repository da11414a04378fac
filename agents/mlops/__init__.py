"""The ML Ops specialist: models in production, their endpoints, drift, retraining, experiments and features."""

from agents.mlops import drift, endpoints, experiments, features, health, retraining
from agents.specialist import Specialist

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
)
