"""The reliability specialist: which job runs fail, why, what that breaks, and what to do about it."""

from agents.reliability import drift, failures, incidents, patterns, retries, risk, runbook, sla
from agents.specialist import Specialist

SPECIALIST = Specialist(
    name="reliability",
    title="Reliability",
    investigations={
        "sla": sla.investigate,
        "failures": failures.investigate,
        "patterns": patterns.investigate,
        "incidents": incidents.investigate,
        "retries": retries.investigate,
        "drift": drift.investigate,
        "risk": risk.investigate,
        "runbook": runbook.investigate,
    },
    default=failures.investigate,
    brief="failures",
)
