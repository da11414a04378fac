"""How models are trained: runs with their parameters and metrics, and what the training jobs read."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from tools.period import Period
from tools.table import Table
from tools.warehouse import Statement, Warehouse

# A run belongs to a model that one of its tags names, or whose name is the last part of its experiment's name.
_OF_MODEL = """
  AND (
    EXISTS (
      SELECT 1 FROM (SELECT explode(split(:models, '\\n')) AS name) AS n
      WHERE contains(to_json(r.tags), concat('"', n.name, '"'))
    )
    OR array_contains(
      split(:stems, '\\n'), regexp_replace(lower(element_at(split(COALESCE(e.name, ''), '/'), -1)), '[^a-z0-9]', '')
    )
  )"""
_OF_EXPERIMENT = " AND array_contains(split(:experiments, '\\n'), e.name)"
_RUNS = """
SELECT
  r.workspace_id, COALESCE(w.workspace_name, r.workspace_id) AS workspace_name, w.workspace_url, r.experiment_id,
  COALESCE(e.name, r.experiment_id) AS experiment_name, r.run_id, r.run_name,
  r.created_by, r.status, r.start_time, r.end_time, r.tags['mlflow.parentRunId'] AS parent_run_id,
  r.tags['model_name'] AS model_name, r.tags['model_version'] AS model_version,
  to_json(r.params) AS params_json, to_json(r.aggregated_metrics) AS metrics_json
FROM system.mlflow.runs_latest AS r
LEFT JOIN dim_experiment AS e ON r.workspace_id = e.workspace_id AND r.experiment_id = e.experiment_id
LEFT JOIN dim_workspace AS w ON r.workspace_id = w.workspace_id
WHERE r.delete_time IS NULL AND e.delete_time IS NULL AND r.start_time >= :start AND r.start_time < :end{which}
ORDER BY r.start_time DESC, r.run_id
"""


async def training_runs(
    warehouse: Warehouse, period: Period, *, models: Sequence[str] = (), experiments: Sequence[str] = ()
) -> Table:
    """MLflow runs that start in the period, newest first; of the named models or experiments, or all.

    Columns: workspace_id, workspace_name, workspace_url, experiment_id, experiment_name, run_id, run_name, created_by,
    status, start_time, end_time, parent_run_id, model_name and model_version (tags of that name), params_json, metrics_json
    (a list of metric_name, min_value, max_value, latest_value). Source: system.mlflow.runs_latest,
    system.mlflow.experiments_latest.
    """
    params: dict[str, Any] = {"start": period.start, "end": period.end}
    which = ""
    if experiments:
        which += _OF_EXPERIMENT
        params["experiments"] = "\n".join(experiments)
    elif models:
        which += _OF_MODEL
        params |= {"models": "\n".join(models), "stems": "\n".join(stem(model) for model in models)}
    return await warehouse.query(Statement("training_runs", _RUNS.format(which=which), params, max_rows=5_000))


_SPAN = """
SELECT MIN(start_time) AS first_time, MAX(start_time) AS last_time, COUNT(*) AS runs
FROM system.mlflow.runs_latest
WHERE delete_time IS NULL AND start_time <= :now
"""


async def runs_held(warehouse: Warehouse, now: datetime) -> Table:
    """The first and the last start of all runs, one row. Columns: first_time, last_time (null = none), runs."""
    return await warehouse.query(Statement("runs_held", _SPAN, {"now": now}))


def stem(model: str) -> str:
    """The own name of a model without what separates words: prod.ml.fraud_detection is frauddetection."""
    return "".join(letter for letter in model.rsplit(".", 1)[-1].lower() if letter.isalnum())


# Lineage knows no models: what has a word of the model's name stands for its training and its features.
_EDGES = """
SELECT
  lower(l.source_table_full_name) AS source_name, lower(l.target_table_full_name) AS target_name, j.name AS job_name,
  l.workspace_id, MAX(l.event_time) AS last_time, COUNT(DISTINCT l.entity_run_id) AS runs
FROM system.access.table_lineage AS l
JOIN dim_job AS j ON l.workspace_id = j.workspace_id AND l.entity_id = j.job_id
WHERE l.event_date >= :first_date AND l.event_date <= :last_date AND l.event_time < :end AND l.entity_type = 'JOB'
  AND EXISTS (
    SELECT 1 FROM (SELECT explode(split(:words, '\\n')) AS word) AS n
    WHERE contains(lower(j.name), n.word)
      OR contains(lower(element_at(split(COALESCE(l.target_table_full_name, ''), '[.]'), -1)), n.word)
  )
GROUP BY lower(l.source_table_full_name), lower(l.target_table_full_name), j.name, l.workspace_id
ORDER BY target_name, source_name, job_name
"""


async def tables_of_training(warehouse: Warehouse, first: date, end: datetime, words: Sequence[str]) -> Table:
    """What jobs with one of the words in their name, or in that of the table they write, read and wrote since `first`.

    Columns: source_name, target_name (null = a read only), job_name, workspace_id, last_time, runs.
    Source: system.access.table_lineage.
    """
    params = {"first_date": first, "last_date": end.date(), "end": end, "words": "\n".join(words)}
    return await warehouse.query(Statement("tables_of_training", _EDGES, params))


_INPUT_DAYS = """
SELECT
  v.workspace_id, v.endpoint_name, v.kind, v.field, v.request_date AS day, COUNT(v.number) AS numbers, AVG(v.number) AS mean,
  COUNT(*) AS records, COUNT(*) - COUNT(v.value) AS nulls
FROM inference_values(:first_date, :last_date) AS v
WHERE array_contains(split(:endpoints, '\\n'), v.endpoint_name)
GROUP BY v.workspace_id, v.endpoint_name, v.kind, v.field, v.request_date
ORDER BY v.workspace_id, v.endpoint_name, v.kind, v.field, day
"""


async def inference_days(warehouse: Warehouse, first: date, last: date, endpoints: Sequence[str]) -> Table:
    """Means of what models are asked and answer, per field and UTC day, oldest first; values are never returned.

    Columns: workspace_id, endpoint_name, kind, field, day, numbers, mean, records, nulls.
    Source: system.__internal_logging.payload_logs.
    """
    params = {"first_date": first, "last_date": last, "endpoints": "\n".join(endpoints)}
    return await warehouse.query(Statement("inference_days", _INPUT_DAYS, params))
