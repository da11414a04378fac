-- Attempts at the tasks of job runs, and which of them are retries.

-- A retry is an attempt that starts after an earlier attempt at the same task of the same run has failed; so the
-- parallel iterations of a for-each task are none. Where nothing failed nothing was tried again, and that is nearly
-- everywhere: what asks for retries alone looks at the other runs only.
CREATE OR REPLACE FUNCTION failed_run_tasks(
  start_date DATE COMMENT 'first UTC day of an attempt',
  end_date DATE COMMENT 'last UTC day on which a job run starts, included; its tasks may last 30 days longer'
)
RETURNS TABLE (
  workspace_id STRING,
  job_id STRING,
  job_run_id STRING,
  task_key STRING,
  run_id STRING COMMENT 'of the task',
  start_time TIMESTAMP,
  end_time TIMESTAMP,
  duration_minutes DOUBLE,
  result_state STRING COMMENT 'null = still running',
  termination_code STRING,
  is_retry BOOLEAN
)
COMMENT 'Purpose: attempts at tasks of the runs in which an attempt failed, one row each. Best for: building other functions. Not for: runs without a failure.'
RETURN
  SELECT
    t.workspace_id, t.job_id, t.job_run_id, t.task_key, t.run_id, t.start_time, t.end_time,
    CAST(timestampdiff(SECOND, t.start_time, t.end_time) AS DOUBLE) / 60,
    t.result_state, t.termination_code,
    COALESCE(
      LAG(t.result_state) OVER (
        PARTITION BY t.workspace_id, t.job_run_id, t.task_key ORDER BY t.start_time, t.run_id
      ) IN ('FAILED', 'ERROR', 'TIMED_OUT')
      AND LAG(t.end_time) OVER (
        PARTITION BY t.workspace_id, t.job_run_id, t.task_key ORDER BY t.start_time, t.run_id
      ) <= t.start_time,
      FALSE
    )
  FROM (
    SELECT
      s.workspace_id, MAX(s.job_id) AS job_id, MAX(s.job_run_id) AS job_run_id, MAX(s.task_key) AS task_key, s.run_id,
      MIN(s.period_start_time) AS start_time, MAX(s.period_end_time) AS end_time,
      max_by(s.result_state, s.period_end_time) FILTER (WHERE s.result_state IS NOT NULL) AS result_state,
      max_by(s.termination_code, s.period_end_time) FILTER (WHERE s.termination_code IS NOT NULL) AS termination_code
    FROM system.lakeflow.job_task_run_timeline AS s
    JOIN (
      SELECT DISTINCT workspace_id, job_run_id
      FROM system.lakeflow.job_task_run_timeline
      WHERE period_start_time >= CAST(start_date AS TIMESTAMP)
        AND period_start_time < CAST(date_add(end_date, 31) AS TIMESTAMP)
        AND result_state IN ('FAILED', 'ERROR', 'TIMED_OUT')
    ) AS f ON s.workspace_id = f.workspace_id AND s.job_run_id = f.job_run_id
    WHERE s.period_start_time >= CAST(start_date AS TIMESTAMP)
      AND s.period_start_time < CAST(date_add(end_date, 31) AS TIMESTAMP)
    GROUP BY s.workspace_id, s.run_id
  ) AS t;

CREATE OR REPLACE FUNCTION job_task_attempts(
  start_date DATE COMMENT 'first UTC day on which the job run starts',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  workspace_id STRING,
  job_id STRING,
  job_run_id STRING,
  task_key STRING,
  run_id STRING COMMENT 'of the task',
  start_time TIMESTAMP,
  end_time TIMESTAMP,
  duration_minutes DOUBLE,
  result_state STRING COMMENT 'null = still running',
  termination_code STRING,
  job_name STRING,
  workspace_name STRING,
  job_outcome STRING COMMENT 'of the whole run'
)
COMMENT 'Purpose: attempts at tasks of the runs that start in a period, one row each. Best for: building other functions. Not for: cost.'
RETURN
  SELECT
    t.workspace_id, t.job_id, t.job_run_id, t.task_key, t.run_id, t.start_time, t.end_time,
    CAST(timestampdiff(SECOND, t.start_time, t.end_time) AS DOUBLE) / 60,
    t.result_state, t.termination_code, r.job_name, r.workspace_name, r.outcome
  FROM (
    SELECT
      workspace_id, MAX(job_id) AS job_id, MAX(job_run_id) AS job_run_id, MAX(task_key) AS task_key, run_id,
      MIN(period_start_time) AS start_time, MAX(period_end_time) AS end_time,
      max_by(result_state, period_end_time) FILTER (WHERE result_state IS NOT NULL) AS result_state,
      max_by(termination_code, period_end_time) FILTER (WHERE termination_code IS NOT NULL) AS termination_code
    FROM system.lakeflow.job_task_run_timeline
    WHERE period_start_time >= CAST(start_date AS TIMESTAMP)
      AND period_start_time < CAST(date_add(end_date, 31) AS TIMESTAMP)
    GROUP BY workspace_id, run_id
  ) AS t
  JOIN job_runs(job_task_attempts.start_date, job_task_attempts.end_date) AS r
    ON t.workspace_id = r.workspace_id AND t.job_id = r.job_id AND t.job_run_id = r.run_id;
