-- MLflow experiments, runs and their metrics. A run has many steps per metric: its last value is not its best one.

CREATE OR REPLACE VIEW dim_experiment AS
SELECT account_id, update_time, delete_time, workspace_id, experiment_id, name, create_time
FROM system.mlflow.experiments_latest;

CREATE OR REPLACE VIEW fact_mlflow_runs AS
SELECT
  account_id, update_time, delete_time, workspace_id, run_id, experiment_id, created_by, start_time, end_time, run_name,
  status, to_json(params) AS params_json, to_json(tags) AS tags_json, aggregated_metrics
FROM system.mlflow.runs_latest;

CREATE OR REPLACE VIEW fact_mlflow_run_metrics_history AS
SELECT
  account_id, insert_time, record_id, workspace_id, experiment_id, run_id, metric_name, metric_time, metric_step,
  metric_value
FROM system.mlflow.run_metrics_history;

-- One row per live run; its parent stands in a tag.
CREATE OR REPLACE VIEW mlflow_run_named AS
SELECT
  r.workspace_id, COALESCE(w.workspace_name, r.workspace_id) AS workspace_name, r.experiment_id,
  COALESCE(e.name, r.experiment_id) AS experiment_name, r.run_id, r.run_name, r.created_by, r.status,
  CAST(r.start_time AS DATE) AS run_date, r.start_time, r.end_time,
  CAST(timestampdiff(SECOND, r.start_time, r.end_time) AS DOUBLE) / 60 AS duration_minutes,
  r.tags['mlflow.parentRunId'] AS parent_run_id,
  r.aggregated_metrics
FROM system.mlflow.runs_latest AS r
LEFT JOIN dim_experiment AS e ON r.workspace_id = e.workspace_id AND r.experiment_id = e.experiment_id
LEFT JOIN dim_workspace AS w ON r.workspace_id = w.workspace_id
WHERE r.delete_time IS NULL AND e.delete_time IS NULL;

-- One row per run and metric, and one for a run without metrics. A value that is not a number counts as none.
CREATE OR REPLACE VIEW mlflow_run_metric AS
SELECT
  r.workspace_id, r.workspace_name, r.experiment_id, r.experiment_name, r.run_id, r.run_name, r.created_by, r.status,
  r.run_date, r.start_time, r.duration_minutes, r.parent_run_id,
  m.metric.metric_name AS metric_name,
  CASE WHEN isnan(m.metric.latest_value) THEN NULL ELSE m.metric.latest_value END AS latest_value,
  CASE WHEN isnan(m.metric.min_value) THEN NULL ELSE m.metric.min_value END AS min_value,
  CASE WHEN isnan(m.metric.max_value) THEN NULL ELSE m.metric.max_value END AS max_value,
  COALESCE(isnan(m.metric.latest_value), FALSE) AS is_nan
FROM mlflow_run_named AS r
LATERAL VIEW OUTER explode(r.aggregated_metrics) m AS metric;

CREATE OR REPLACE FUNCTION get_experiment_summary(
  start_date DATE COMMENT 'first UTC day on which a run starts',
  end_date DATE COMMENT 'last UTC day, included',
  experiment_name STRING DEFAULT 'ALL' COMMENT 'part of the name, upper and lower case alike, or ALL'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  experiment_id STRING,
  experiment_name STRING,
  run_count BIGINT COMMENT 'nested runs too',
  nested_runs BIGINT COMMENT 'runs with a parent',
  finished_runs BIGINT,
  failed_runs BIGINT COMMENT 'FAILED or KILLED',
  running_runs BIGINT,
  success_rate_pct DOUBLE COMMENT 'percent of the finished and failed runs',
  avg_duration_minutes DOUBLE COMMENT 'of finished runs',
  max_duration_minutes DOUBLE,
  users BIGINT COMMENT 'distinct creators',
  last_run_time TIMESTAMP,
  last_user STRING
)
COMMENT 'Purpose: runs per experiment. Best for: who trains what, and does it work. Not for: metric values.'
RETURN
  SELECT
    r.workspace_id, r.workspace_name, r.experiment_id, r.experiment_name, COUNT(*), COUNT(r.parent_run_id),
    COUNT(CASE WHEN r.status = 'FINISHED' THEN 1 END),
    COUNT(CASE WHEN r.status IN ('FAILED', 'KILLED') THEN 1 END),
    COUNT(CASE WHEN r.status IN ('RUNNING', 'SCHEDULED') THEN 1 END),
    100 * try_divide(
      CAST(COUNT(CASE WHEN r.status = 'FINISHED' THEN 1 END) AS DOUBLE),
      CAST(COUNT(CASE WHEN r.status IN ('FINISHED', 'FAILED', 'KILLED') THEN 1 END) AS DOUBLE)
    ),
    AVG(CASE WHEN r.status = 'FINISHED' THEN r.duration_minutes END), MAX(r.duration_minutes),
    COUNT(DISTINCT r.created_by), MAX(r.start_time), max_by(r.created_by, r.start_time) FILTER (WHERE r.created_by IS NOT NULL)
  FROM mlflow_run_named AS r
  WHERE r.start_time >= CAST(get_experiment_summary.start_date AS TIMESTAMP)
    AND r.start_time < CAST(date_add(get_experiment_summary.end_date, 1) AS TIMESTAMP)
    AND (
      get_experiment_summary.experiment_name = 'ALL'
      OR contains(lower(r.experiment_name), lower(get_experiment_summary.experiment_name))
    )
  GROUP BY r.workspace_id, r.workspace_name, r.experiment_id, r.experiment_name;

CREATE OR REPLACE FUNCTION get_best_runs(
  metric_name STRING COMMENT 'exact name of the metric',
  start_date DATE COMMENT 'first UTC day on which a run starts',
  end_date DATE COMMENT 'last UTC day, included',
  experiment_name STRING DEFAULT 'ALL' COMMENT 'part of the name, upper and lower case alike, or ALL',
  higher_is_better BOOLEAN DEFAULT TRUE COMMENT 'false for losses and errors',
  top_n INT DEFAULT 20 COMMENT 'rows to return per experiment'
)
RETURNS TABLE (
  rank INT COMMENT '1 = best last value within its experiment',
  workspace_id STRING,
  experiment_id STRING,
  experiment_name STRING,
  run_id STRING,
  run_name STRING,
  created_by STRING,
  status STRING,
  start_time TIMESTAMP,
  latest_value DOUBLE COMMENT 'at the last step',
  best_value DOUBLE COMMENT 'at its best step',
  duration_minutes DOUBLE
)
COMMENT 'Purpose: runs by one metric. Best for: which run won, did training pass its best step. Not for: comparing experiments that measure differently.'
RETURN
  SELECT
    s.rank, s.workspace_id, s.experiment_id, s.experiment_name, s.run_id, s.run_name, s.created_by, s.status,
    s.start_time, s.latest_value, s.best_value, s.duration_minutes
  FROM (
    SELECT
      v.*, CAST(ROW_NUMBER() OVER (
        PARTITION BY v.workspace_id, v.experiment_id ORDER BY v.sign * v.latest_value DESC, v.run_id
      ) AS INT) AS rank
    FROM (
      SELECT
        m.*,
        CASE WHEN higher_is_better THEN m.max_value ELSE m.min_value END AS best_value,
        CASE WHEN higher_is_better THEN 1 ELSE -1 END AS sign
      FROM mlflow_run_metric AS m
      WHERE m.start_time >= CAST(get_best_runs.start_date AS TIMESTAMP)
        AND m.start_time < CAST(date_add(get_best_runs.end_date, 1) AS TIMESTAMP)
        AND m.metric_name = get_best_runs.metric_name AND m.latest_value IS NOT NULL
        AND (
          get_best_runs.experiment_name = 'ALL'
          OR contains(lower(m.experiment_name), lower(get_best_runs.experiment_name))
        )
    ) AS v
  ) AS s
  WHERE s.rank <= top_n;

CREATE OR REPLACE FUNCTION get_experiment_metric_trend(
  metric_name STRING COMMENT 'exact name of the metric, or ALL',
  days_back INT DEFAULT 30 COMMENT 'days up to and including as_of',
  experiment_name STRING DEFAULT 'ALL' COMMENT 'part of the name, upper and lower case alike, or ALL',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  run_date DATE,
  workspace_id STRING,
  experiment_id STRING,
  experiment_name STRING,
  metric_name STRING,
  runs BIGINT COMMENT 'runs with that metric',
  nan_runs BIGINT COMMENT 'runs whose last value is not a number',
  avg_latest_value DOUBLE,
  min_latest_value DOUBLE,
  max_latest_value DOUBLE,
  baseline_value DOUBLE COMMENT 'mean of the daily averages of the seven calendar days before, where there are any',
  change_vs_baseline_pct DOUBLE COMMENT 'percent of the size of the baseline'
)
COMMENT 'Purpose: last values of a metric per day. Best for: is the model getting worse. Not for: steps within a run.'
RETURN
  SELECT
    d.run_date, d.workspace_id, d.experiment_id, d.experiment_name, d.metric_name, d.runs, d.nans, d.mean, d.low, d.high,
    d.baseline, 100 * try_divide(d.mean - d.baseline, ABS(d.baseline))
  FROM (
    SELECT
      c.*, AVG(c.mean) OVER (
        PARTITION BY c.workspace_id, c.experiment_id, c.metric_name ORDER BY c.run_date
        RANGE BETWEEN INTERVAL 7 DAYS PRECEDING AND INTERVAL 1 DAY PRECEDING
      ) AS baseline
    FROM (
      SELECT
        m.run_date, m.workspace_id, m.experiment_id, m.experiment_name, m.metric_name, COUNT(*) AS runs,
        COUNT(CASE WHEN m.is_nan THEN 1 END) AS nans, AVG(m.latest_value) AS mean, MIN(m.latest_value) AS low,
        MAX(m.latest_value) AS high
      FROM mlflow_run_metric AS m
      WHERE m.start_time >= CAST(
          date_sub(get_experiment_metric_trend.as_of, get_experiment_metric_trend.days_back + 6) AS TIMESTAMP)
        AND m.start_time < CAST(date_add(get_experiment_metric_trend.as_of, 1) AS TIMESTAMP)
        AND m.metric_name IS NOT NULL
        AND (get_experiment_metric_trend.metric_name = 'ALL' OR m.metric_name = get_experiment_metric_trend.metric_name)
        AND (
          get_experiment_metric_trend.experiment_name = 'ALL'
          OR contains(lower(m.experiment_name), lower(get_experiment_metric_trend.experiment_name))
        )
      GROUP BY m.run_date, m.workspace_id, m.experiment_id, m.experiment_name, m.metric_name
    ) AS c
  ) AS d
  WHERE d.run_date > date_sub(get_experiment_metric_trend.as_of, get_experiment_metric_trend.days_back);

CREATE OR REPLACE FUNCTION get_run_metric_history(
  run_id STRING COMMENT 'an MLflow run id',
  metric_name STRING DEFAULT 'ALL' COMMENT 'exact name of a metric, or ALL',
  days_back INT DEFAULT 90 COMMENT 'measured in these days up to as_of',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  metric_name STRING,
  metric_step BIGINT,
  metric_time TIMESTAMP,
  metric_value DOUBLE,
  is_last BOOLEAN COMMENT 'the last step of the metric',
  is_highest BOOLEAN COMMENT 'the highest value of the metric, the first where there are several',
  is_lowest BOOLEAN
)
COMMENT 'Purpose: every step of the metrics of one run. Best for: learning curves, overfitting. Not for: comparing runs.'
RETURN
  SELECT
    h.metric_name, h.metric_step, h.metric_time, h.metric_value,
    ROW_NUMBER() OVER (PARTITION BY h.metric_name ORDER BY h.metric_step DESC, h.metric_time DESC) = 1,
    ROW_NUMBER() OVER (PARTITION BY h.metric_name ORDER BY h.ranked DESC NULLS LAST, h.metric_step) = 1,
    ROW_NUMBER() OVER (PARTITION BY h.metric_name ORDER BY h.ranked ASC NULLS LAST, h.metric_step) = 1
  FROM (
    SELECT m.*, CASE WHEN isnan(m.metric_value) THEN NULL ELSE m.metric_value END AS ranked
    FROM fact_mlflow_run_metrics_history AS m
    WHERE m.run_id = get_run_metric_history.run_id
      AND m.metric_time >= CAST(
        date_sub(get_run_metric_history.as_of, get_run_metric_history.days_back - 1) AS TIMESTAMP)
      AND m.metric_time < CAST(date_add(get_run_metric_history.as_of, 1) AS TIMESTAMP)
      AND (get_run_metric_history.metric_name = 'ALL' OR m.metric_name = get_run_metric_history.metric_name)
  ) AS h;
