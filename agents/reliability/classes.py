"""What kind of failure a run had, by its result state and termination code; each kind has a runbook."""

import re
from collections.abc import Mapping
from typing import Any

TIMEOUT, LIMIT, CANCELLED, UPSTREAM, OTHER = "timeout", "limit", "cancelled", "upstream", "other"

# Databricks' termination codes, and the ones that only tasks have.
CODES: Mapping[str, str] = {
    "RUN_EXECUTION_ERROR": "task",
    "SUCCESS_WITH_FAILURES": "task",
    "DRIVER_ERROR": "driver",
    "CLUSTER_ERROR": "cluster",
    "INVALID_CLUSTER_REQUEST": "cluster",
    "CLUSTER_REQUEST_LIMIT_EXCEEDED": "cluster",
    "MAX_SPARK_CONTEXTS_EXCEEDED": "cluster",
    "CLOUD_FAILURE": "cloud",
    "LIBRARY_INSTALLATION_ERROR": "library",
    "STORAGE_ACCESS_ERROR": "storage",
    "UNAUTHORIZED_ERROR": "access",
    "RESOURCE_NOT_FOUND": "missing",
    "REPOSITORY_CHECKOUT_FAILED": "missing",
    "INVALID_RUN_CONFIGURATION": "configuration",
    "FEATURE_DISABLED": "configuration",
    "DISABLED": "configuration",
    "BREAKING_CHANGE": "configuration",
    "MAX_CONCURRENT_RUNS_EXCEEDED": LIMIT,
    "MAX_JOB_QUEUE_SIZE_EXCEEDED": LIMIT,
    "WORKSPACE_RUN_LIMIT_EXCEEDED": LIMIT,
    "BUDGET_POLICY_LIMIT_EXCEEDED": LIMIT,
    "SKIPPED": LIMIT,
    "TIMED_OUT": TIMEOUT,
    "TIMEDOUT": TIMEOUT,
    "RUN_TIMED_OUT": TIMEOUT,
    "UPSTREAM_FAILED": UPSTREAM,
    "UPSTREAM_CANCELED": UPSTREAM,
    "USER_CANCELED": CANCELLED,
    "CANCELED": CANCELLED,
    "CANCELLED": CANCELLED,
    "INTERNAL_ERROR": "internal",
}
# A code tells nothing of memory: that runbook is found by the words of a question alone.
WORDS: Mapping[str, str] = {
    "task": "error in the job's own code",
    "memory": "out of memory",
    "driver": "driver stopped",
    "cluster": "cluster did not start",
    "cloud": "cloud provider",
    "library": "library not installed",
    "storage": "storage not reachable",
    "access": "rights missing",
    "missing": "resource gone",
    "configuration": "settings refused",
    LIMIT: "run limit reached",
    TIMEOUT: "timed out",
    UPSTREAM: "upstream failed",
    CANCELLED: "cancelled",
    "internal": "Databricks internal",
    OTHER: "other",
}
_ASKED: tuple[tuple[str, str], ...] = (
    ("memory", r"\boom\b|out of memory|memory"),
    ("driver", r"\bdriver"),
    ("library", r"\blibrar|\bpackage|\bpip\b|dependenc"),
    ("cloud", r"\bcloud|\bspot\b|\bcapacity|\bquota|preempt"),
    ("cluster", r"\bcluster|launch|init script"),
    ("storage", r"\bstorage|\bs3\b|\badls\b|\bblob|\bbucket"),
    ("access", r"permission|unauthori[sz]ed|access denied|\brights?\b|\b403\b|privilege"),
    ("missing", r"not found|missing (table|notebook|resource)|checkout|\brepo"),
    ("configuration", r"\bconfig|\bsettings?\b|invalid"),
    (TIMEOUT, r"time[ds]?[- ]?out"),
    (LIMIT, r"concurren|\bskipped|\bblocked|\bqueue"),
    (UPSTREAM, r"upstream"),
    (CANCELLED, r"cancel"),
    ("internal", r"internal"),
    ("task", r"execution error|code error|notebook error"),
)


def of_code(state: str | None, code: str | None) -> str:
    """The class; a run that timed out is a time-out whatever its code says."""
    if (state or "").upper() in ("TIMED_OUT", "TIMEDOUT"):
        return TIMEOUT
    known = CODES.get((code or "").upper())
    return known or CODES.get((state or "").upper(), OTHER)


def of_run(run: Mapping[str, Any]) -> str:
    return of_code(run["result_state"], run["termination_code"])


def asked(text: str) -> str | None:
    """The class that a question names, if it names one."""
    return next((name for name, words in _ASKED if re.search(words, text, re.IGNORECASE)), None)
