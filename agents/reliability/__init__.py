"""The reliability specialist: which job runs fail, why, what that breaks, and what to do about it."""

from agents.reliability import drift, failures, incidents, patterns, retries, risk, runbook, sla
from agents.specialist import Specialist
from tools.durations import get_job_sla_compliance, get_pipeline_health
from tools.monitors import get_job_run_drift
from tools.reliability import (
    get_failed_jobs,
    get_failed_tasks,
    get_failure_reasons,
    get_job_failure_trends,
    get_job_incidents,
    get_job_mttr,
    get_job_retry_analysis,
    get_job_run_details,
    get_job_success_rate,
)

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
    tools=(
        get_failed_jobs,
        get_failure_reasons,
        get_job_success_rate,
        get_job_failure_trends,
        get_job_incidents,
        get_job_mttr,
        get_job_retry_analysis,
        get_failed_tasks,
        get_job_run_details,
        get_job_sla_compliance,
        get_pipeline_health,
        get_job_run_drift,
    ),
)
