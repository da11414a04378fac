-- Job runs and their tasks: one row per run, however many hourly slices it was cut into.

CREATE OR REPLACE VIEW dim_job_task AS
SELECT
  account_id, workspace_id, job_id, task_key, change_time, delete_time,
  to_json(depends_on_keys) AS depends_on_keys_json
FROM system.lakeflow.job_tasks
QUALIFY ROW_NUMBER() OVER (PARTITION BY workspace_id, job_id, task_key ORDER BY change_time DESC) = 1;

-- The state stands on the last slice only; a run without one is still running. A running run's end is the last seen.
CREATE OR REPLACE VIEW fact_job_run_timeline AS
SELECT
  r.*,
  CAST(r.period_start_time AS DATE) AS run_date,
  CAST(timestampdiff(SECOND, r.period_start_time, r.period_end_time) AS BIGINT) AS run_duration_seconds,
  CAST(timestampdiff(SECOND, r.period_start_time, r.period_end_time) AS DOUBLE) / 60 AS run_duration_minutes,
  COALESCE(r.result_state = 'SUCCEEDED', FALSE) AS is_success
FROM (
  SELECT
    MAX(account_id) AS account_id, workspace_id, job_id, run_id,
    MIN(period_start_time) AS period_start_time,
    MAX(period_end_time) AS period_end_time,
    MAX(trigger_type) AS trigger_type,
    max_by(result_state, period_end_time) FILTER (WHERE result_state IS NOT NULL) AS result_state,
    MAX(run_type) AS run_type,
    MAX(run_name) AS run_name,
    max_by(termination_code, period_end_time) FILTER (WHERE termination_code IS NOT NULL) AS termination_code,
    max_by(compute_ids, period_end_time) FILTER (WHERE compute_ids IS NOT NULL) AS compute_ids,
    max_by(to_json(job_parameters), period_end_time) FILTER (WHERE job_parameters IS NOT NULL) AS job_parameters
  FROM system.lakeflow.job_run_timeline
  GROUP BY workspace_id, job_id, run_id
) AS r;

CREATE OR REPLACE VIEW fact_job_task_run_timeline AS
SELECT
  MAX(account_id) AS account_id, workspace_id, job_id, run_id,
  MIN(period_start_time) AS period_start_time,
  MAX(period_end_time) AS period_end_time,
  task_key,
  max_by(result_state, period_end_time) FILTER (WHERE result_state IS NOT NULL) AS result_state,
  MAX(job_run_id) AS job_run_id,
  MAX(parent_run_id) AS parent_run_id,
  max_by(termination_code, period_end_time) FILTER (WHERE termination_code IS NOT NULL) AS termination_code,
  max_by(to_json(compute_ids), period_end_time) FILTER (WHERE compute_ids IS NOT NULL) AS compute_ids_json
FROM system.lakeflow.job_task_run_timeline
GROUP BY workspace_id, job_id, task_key, run_id;

CREATE OR REPLACE VIEW job_run_named AS
SELECT
  r.*,
  COALESCE(j.name, r.run_name, r.job_id) AS job_name,
  COALESCE(w.workspace_name, r.workspace_id) AS workspace_name
FROM fact_job_run_timeline AS r
LEFT JOIN dim_job AS j ON r.workspace_id = j.workspace_id AND r.job_id = j.job_id
LEFT JOIN dim_workspace AS w ON r.workspace_id = w.workspace_id;

-- The day before the period is read too: an earlier run that reaches into it shows a slice there and is dropped.
CREATE OR REPLACE FUNCTION job_run_states(
  start_date DATE COMMENT 'first UTC day on which a run starts',
  end_date DATE COMMENT 'last UTC day on which a run starts, included'
)
RETURNS TABLE (
  workspace_id STRING,
  job_id STRING,
  run_id STRING,
  start_time TIMESTAMP,
  end_time TIMESTAMP COMMENT 'last seen where the run still goes on',
  trigger_type STRING,
  run_type STRING,
  run_name STRING,
  result_state STRING COMMENT 'null = still running',
  termination_code STRING,
  outcome STRING COMMENT 'SUCCESS, FAILURE, TIMEOUT, CANCELLED, RUNNING or OTHER (skipped, blocked)'
)
COMMENT 'Purpose: runs that start in a period, one row each, without names. Best for: building other functions over many runs. Not for: showing.'
RETURN
  SELECT
    r.workspace_id, r.job_id, r.run_id, r.start_time, r.end_time, r.trigger_type, r.run_type, r.run_name,
    r.result_state, r.termination_code,
    CASE
      WHEN r.result_state = 'SUCCEEDED' THEN 'SUCCESS'
      WHEN r.result_state IN ('FAILED', 'ERROR') THEN 'FAILURE'
      WHEN r.result_state = 'TIMED_OUT' THEN 'TIMEOUT'
      WHEN r.result_state = 'CANCELLED' THEN 'CANCELLED'
      WHEN r.result_state IS NULL THEN 'RUNNING'
      ELSE 'OTHER'
    END
  FROM (
    SELECT
      workspace_id, job_id, run_id, MIN(period_start_time) AS start_time, MAX(period_end_time) AS end_time,
      MAX(trigger_type) AS trigger_type, MAX(run_type) AS run_type, MAX(run_name) AS run_name,
      max_by(result_state, period_end_time) FILTER (WHERE result_state IS NOT NULL) AS result_state,
      max_by(termination_code, period_end_time) FILTER (WHERE termination_code IS NOT NULL) AS termination_code
    FROM system.lakeflow.job_run_timeline
    WHERE period_start_time >= CAST(date_sub(start_date, 1) AS TIMESTAMP)
      AND period_start_time < CAST(date_add(end_date, 31) AS TIMESTAMP)
    GROUP BY workspace_id, job_id, run_id
  ) AS r
  WHERE r.start_time >= CAST(start_date AS TIMESTAMP) AND r.start_time < CAST(date_add(end_date, 1) AS TIMESTAMP);

CREATE OR REPLACE FUNCTION job_runs(
  start_date DATE COMMENT 'first UTC day on which a run starts',
  end_date DATE COMMENT 'last UTC day on which a run starts, included'
)
RETURNS TABLE (
  workspace_id STRING,
  job_id STRING,
  run_id STRING,
  run_date DATE,
  start_time TIMESTAMP,
  end_time TIMESTAMP COMMENT 'last seen where the run still goes on',
  duration_minutes DOUBLE,
  trigger_type STRING,
  run_type STRING,
  result_state STRING COMMENT 'null = still running',
  termination_code STRING,
  outcome STRING COMMENT 'SUCCESS, FAILURE, TIMEOUT, CANCELLED, RUNNING or OTHER (skipped, blocked)',
  job_name STRING,
  run_as STRING,
  workspace_name STRING
)
COMMENT 'Purpose: runs that start in a period, one row each, ended up to 30 days later. Best for: building other functions. Not for: cost.'
RETURN
  SELECT
    r.workspace_id, r.job_id, r.run_id, CAST(r.start_time AS DATE), r.start_time, r.end_time,
    CAST(timestampdiff(SECOND, r.start_time, r.end_time) AS DOUBLE) / 60,
    r.trigger_type, r.run_type, r.result_state, r.termination_code, r.outcome,
    COALESCE(j.name, r.run_name, r.job_id), j.run_as, COALESCE(w.workspace_name, r.workspace_id)
  FROM job_run_states(start_date, end_date) AS r
  LEFT JOIN dim_job AS j ON r.workspace_id = j.workspace_id AND r.job_id = j.job_id
  LEFT JOIN dim_workspace AS w ON r.workspace_id = w.workspace_id;

CREATE OR REPLACE FUNCTION get_failed_jobs(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  workspace_id STRING DEFAULT 'ALL' COMMENT 'a workspace id, or ALL'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  run_id STRING,
  result_state STRING COMMENT 'FAILED, ERROR or TIMED_OUT',
  termination_code STRING,
  run_as STRING,
  trigger_type STRING,
  start_time TIMESTAMP,
  end_time TIMESTAMP,
  duration_minutes DOUBLE
)
COMMENT 'Purpose: runs that failed or timed out. Best for: what failed and why. Not for: runs that a person cancelled, or costs.'
RETURN
  SELECT
    r.workspace_id, r.workspace_name, r.job_id, r.job_name, r.run_id, r.result_state, r.termination_code, r.run_as,
    r.trigger_type, r.start_time, r.end_time, r.duration_minutes
  FROM job_runs(get_failed_jobs.start_date, get_failed_jobs.end_date) AS r
  WHERE r.outcome IN ('FAILURE', 'TIMEOUT')
    AND (get_failed_jobs.workspace_id = 'ALL' OR r.workspace_id = get_failed_jobs.workspace_id);

CREATE OR REPLACE FUNCTION get_failure_reasons(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  result_state STRING,
  termination_code STRING,
  failed_runs BIGINT,
  pct_of_failures DOUBLE COMMENT 'percent of all failed runs',
  failing_jobs BIGINT COMMENT 'distinct jobs',
  worst_job_name STRING COMMENT 'the job with the most of these',
  first_seen TIMESTAMP,
  last_seen TIMESTAMP
)
COMMENT 'Purpose: why runs failed, by reason. Best for: is it one cause or many. Not for: single runs.'
RETURN
  SELECT
    j.result_state, j.termination_code, CAST(SUM(j.runs) AS BIGINT),
    100 * try_divide(CAST(SUM(j.runs) AS DOUBLE), CAST(SUM(SUM(j.runs)) OVER () AS DOUBLE)),
    COUNT(*), max_by(j.job_name, named_struct('runs', j.runs, 'name', j.job_name)), MIN(j.first_seen), MAX(j.last_seen)
  FROM (
    SELECT
      r.workspace_id, r.job_id, r.job_name, r.result_state, COALESCE(r.termination_code, 'UNKNOWN') AS termination_code,
      COUNT(*) AS runs, MIN(r.end_time) AS first_seen, MAX(r.end_time) AS last_seen
    FROM job_runs(start_date, end_date) AS r
    WHERE r.outcome IN ('FAILURE', 'TIMEOUT')
    GROUP BY r.workspace_id, r.job_id, r.job_name, r.result_state, COALESCE(r.termination_code, 'UNKNOWN')
  ) AS j
  GROUP BY j.result_state, j.termination_code;

CREATE OR REPLACE FUNCTION get_job_success_rate(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  min_runs INT DEFAULT 5 COMMENT 'jobs with fewer finished runs are left out'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  total_runs BIGINT COMMENT 'all runs that started, running and cancelled ones too',
  successful_runs BIGINT,
  failed_runs BIGINT COMMENT 'failed or timed out',
  cancelled_runs BIGINT,
  running_runs BIGINT,
  success_rate_pct DOUBLE COMMENT 'percent of the runs that succeeded, failed or timed out',
  avg_duration_minutes DOUBLE COMMENT 'of successful runs',
  p95_duration_minutes DOUBLE COMMENT 'of successful runs',
  last_failure_time TIMESTAMP
)
COMMENT 'Purpose: success rate per job. Best for: which jobs are unreliable. Not for: a single run. Cancelled and running runs count neither way.'
RETURN
  SELECT
    s.workspace_id, s.workspace_name, s.job_id, s.job_name, s.total_runs, s.successful_runs, s.failed_runs,
    s.cancelled_runs, s.running_runs,
    100 * try_divide(CAST(s.successful_runs AS DOUBLE), CAST(s.successful_runs + s.failed_runs AS DOUBLE)),
    s.avg_minutes, s.p95_minutes, s.last_failure_time
  FROM (
    SELECT
      r.workspace_id, r.workspace_name, r.job_id, r.job_name,
      COUNT(*) AS total_runs,
      COUNT(*) FILTER (WHERE r.outcome = 'SUCCESS') AS successful_runs,
      COUNT(*) FILTER (WHERE r.outcome IN ('FAILURE', 'TIMEOUT')) AS failed_runs,
      COUNT(*) FILTER (WHERE r.outcome = 'CANCELLED') AS cancelled_runs,
      COUNT(*) FILTER (WHERE r.outcome = 'RUNNING') AS running_runs,
      AVG(r.duration_minutes) FILTER (WHERE r.outcome = 'SUCCESS') AS avg_minutes,
      percentile(CASE WHEN r.outcome = 'SUCCESS' THEN r.duration_minutes END, 0.95) AS p95_minutes,
      MAX(CASE WHEN r.outcome IN ('FAILURE', 'TIMEOUT') THEN r.end_time END) AS last_failure_time
    FROM job_runs(start_date, end_date) AS r
    GROUP BY r.workspace_id, r.workspace_name, r.job_id, r.job_name
  ) AS s
  WHERE s.successful_runs + s.failed_runs >= min_runs;

CREATE OR REPLACE FUNCTION get_job_failure_trends(
  days_back INT DEFAULT 30 COMMENT 'days up to and including as_of',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  run_date DATE,
  total_runs BIGINT,
  successful_runs BIGINT,
  failed_runs BIGINT COMMENT 'failed or timed out',
  cancelled_runs BIGINT,
  failure_rate_pct DOUBLE COMMENT 'percent of the runs that succeeded, failed or timed out',
  failing_jobs BIGINT COMMENT 'distinct jobs',
  failure_rate_7d_pct DOUBLE COMMENT 'the same over this day and the six before, runs pooled'
)
COMMENT 'Purpose: failure rate per day. Best for: is it getting worse. Not for: which job. A day without runs has no row.'
RETURN
  SELECT
    d.run_date, d.total_runs, d.successful_runs, d.failed_runs, d.cancelled_runs,
    100 * try_divide(CAST(d.failed_runs AS DOUBLE), CAST(d.successful_runs + d.failed_runs AS DOUBLE)),
    d.failing_jobs,
    100 * try_divide(CAST(d.failed_7d AS DOUBLE), CAST(d.judged_7d AS DOUBLE))
  FROM (
    SELECT
      c.*,
      SUM(c.failed_runs) OVER (ORDER BY c.run_date RANGE BETWEEN INTERVAL 6 DAYS PRECEDING AND CURRENT ROW) AS failed_7d,
      SUM(c.successful_runs + c.failed_runs)
        OVER (ORDER BY c.run_date RANGE BETWEEN INTERVAL 6 DAYS PRECEDING AND CURRENT ROW) AS judged_7d
    FROM (
      SELECT
        r.run_date,
        COUNT(*) AS total_runs,
        COUNT(*) FILTER (WHERE r.outcome = 'SUCCESS') AS successful_runs,
        COUNT(*) FILTER (WHERE r.outcome IN ('FAILURE', 'TIMEOUT')) AS failed_runs,
        COUNT(*) FILTER (WHERE r.outcome = 'CANCELLED') AS cancelled_runs,
        COUNT(DISTINCT CASE WHEN r.outcome IN ('FAILURE', 'TIMEOUT') THEN CONCAT(r.workspace_id, '/', r.job_id) END)
          AS failing_jobs
      FROM job_runs(date_sub(as_of, days_back + 5), as_of) AS r
      GROUP BY r.run_date
    ) AS c
  ) AS d
  WHERE d.run_date > date_sub(as_of, days_back);
