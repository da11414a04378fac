-- Parts of jobs and what they run on, and the pipelines beside them.

CREATE OR REPLACE VIEW fact_pipeline_update_timeline AS
SELECT
  workspace_id, pipeline_id, update_id,
  MAX(update_type) AS update_type,
  MAX(request_id) AS request_id,
  MAX(run_as_user_name) AS run_as_user_name,
  MAX(trigger_type) AS trigger_type,
  max_by(result_state, period_end_time) FILTER (WHERE result_state IS NOT NULL) AS result_state,
  MIN(period_start_time) AS period_start_time,
  MAX(period_end_time) AS period_end_time,
  MAX(account_id) AS account_id,
  MAX(trigger_details.job_task.job_id) AS trigger_details_job_task,
  MAX(compute.type) AS compute_type,
  MAX(compute.cluster_id) AS compute_cluster_id,
  MAX(to_json(refresh_selection)) AS refresh_selection_json,
  MAX(to_json(full_refresh_selection)) AS full_refresh_selection_json,
  MAX(to_json(reset_checkpoint_selection)) AS reset_checkpoint_selection_json
FROM system.lakeflow.pipeline_update_timeline
GROUP BY workspace_id, pipeline_id, update_id;

CREATE OR REPLACE FUNCTION get_failed_tasks(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  top_n INT DEFAULT 50 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = most failed attempts',
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  task_key STRING,
  attempts BIGINT,
  failed_attempts BIGINT COMMENT 'failed or timed out',
  failure_rate_pct DOUBLE COMMENT 'percent of finished attempts',
  last_termination_code STRING,
  last_failure_time TIMESTAMP
)
COMMENT 'Purpose: which task of a job fails. Best for: where inside the job to look. Not for: tasks that only waited for a failed one.'
RETURN
  SELECT
    s.rank, s.workspace_id, s.workspace_name, s.job_id, s.job_name, s.task_key, s.attempts, s.failed,
    100 * try_divide(CAST(s.failed AS DOUBLE), CAST(s.finished AS DOUBLE)), s.last_code, s.last_failure
  FROM (
    SELECT
      a.*, CAST(ROW_NUMBER() OVER (ORDER BY a.failed DESC, a.workspace_id, a.job_id, a.task_key) AS INT) AS rank
    FROM (
      SELECT
        t.workspace_id, t.workspace_name, t.job_id, t.job_name, t.task_key, COUNT(*) AS attempts,
        COUNT(CASE WHEN t.result_state IN ('SUCCEEDED', 'FAILED', 'ERROR', 'TIMED_OUT') THEN 1 END) AS finished,
        COUNT(CASE WHEN t.result_state IN ('FAILED', 'ERROR', 'TIMED_OUT') THEN 1 END) AS failed,
        max_by(t.termination_code, t.end_time)
          FILTER (WHERE t.result_state IN ('FAILED', 'ERROR', 'TIMED_OUT')) AS last_code,
        MAX(CASE WHEN t.result_state IN ('FAILED', 'ERROR', 'TIMED_OUT') THEN t.end_time END) AS last_failure
      FROM job_task_attempts(start_date, end_date) AS t
      GROUP BY t.workspace_id, t.workspace_name, t.job_id, t.job_name, t.task_key
    ) AS a
    WHERE a.failed > 0
  ) AS s
  WHERE s.rank <= top_n;

CREATE OR REPLACE FUNCTION get_jobs_on_legacy_dbr(
  days_back INT DEFAULT 30 COMMENT 'days up to and including as_of',
  oldest_supported INT DEFAULT 13 COMMENT 'major runtime versions below this are legacy',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  run_as STRING,
  dbr_version STRING COMMENT 'as the cluster names it, e.g. 12.2.x-scala2.12',
  dbr_major INT,
  runs BIGINT COMMENT 'distinct job runs on that runtime',
  last_run_time TIMESTAMP
)
COMMENT 'Purpose: jobs that ran on an old Databricks Runtime. Best for: migration lists. Not for: serverless jobs, which have no runtime version.'
RETURN
  SELECT
    v.workspace_id, COALESCE(w.workspace_name, v.workspace_id), v.job_id, COALESCE(j.name, v.job_id), j.run_as,
    v.dbr_version, v.dbr_major, v.runs, v.last_run
  FROM (
    SELECT
      t.workspace_id, t.job_id, c.dbr_version,
      MAX(try_cast(regexp_extract(c.dbr_version, '^([0-9]+)', 1) AS INT)) AS dbr_major,
      COUNT(DISTINCT t.job_run_id) AS runs, MAX(t.last_time) AS last_run
    FROM (
      SELECT s.workspace_id, s.job_id, s.job_run_id, x.compute_id, MAX(s.period_end_time) AS last_time
      FROM system.lakeflow.job_task_run_timeline AS s
      LATERAL VIEW explode(s.compute_ids) x AS compute_id
      WHERE s.period_start_time >= CAST(date_sub(as_of, days_back - 1) AS TIMESTAMP)
        AND s.period_start_time < CAST(date_add(as_of, 1) AS TIMESTAMP)
      GROUP BY s.workspace_id, s.job_id, s.job_run_id, x.compute_id
    ) AS t
    JOIN dim_cluster AS c ON t.workspace_id = c.workspace_id AND t.compute_id = c.cluster_id
    GROUP BY t.workspace_id, t.job_id, c.dbr_version
  ) AS v
  LEFT JOIN dim_job AS j ON v.workspace_id = j.workspace_id AND v.job_id = j.job_id
  LEFT JOIN dim_workspace AS w ON v.workspace_id = w.workspace_id
  WHERE v.dbr_major < oldest_supported;

CREATE OR REPLACE FUNCTION get_jobs_without_autoscaling(
  days_back INT DEFAULT 30 COMMENT 'days up to and including as_of',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  run_as STRING,
  max_workers BIGINT COMMENT 'fixed number of workers of its largest cluster',
  runs BIGINT COMMENT 'distinct job runs on fixed-size clusters',
  total_task_hours DOUBLE COMMENT 'task time on them',
  duration_cv DOUBLE COMMENT 'standard deviation of the task durations divided by their mean: high = a fixed size fits badly'
)
COMMENT 'Purpose: jobs on clusters of a fixed size. Best for: where autoscaling may save. Not for: single-node or serverless jobs.'
RETURN
  SELECT
    t.workspace_id, COALESCE(w.workspace_name, t.workspace_id), t.job_id, COALESCE(j.name, t.job_id), j.run_as,
    t.workers, t.runs, t.hours, t.cv
  FROM (
    SELECT
      s.workspace_id, s.job_id, MAX(c.worker_count) AS workers, COUNT(DISTINCT s.job_run_id) AS runs,
      SUM(s.minutes) / 60 AS hours, try_divide(stddev_samp(s.minutes), AVG(s.minutes)) AS cv
    FROM (
      SELECT
        r.workspace_id, r.job_id, r.job_run_id, r.run_id, x.compute_id,
        CAST(timestampdiff(SECOND, MIN(r.period_start_time), MAX(r.period_end_time)) AS DOUBLE) / 60 AS minutes
      FROM system.lakeflow.job_task_run_timeline AS r
      LATERAL VIEW explode(r.compute_ids) x AS compute_id
      WHERE r.period_start_time >= CAST(date_sub(as_of, days_back - 1) AS TIMESTAMP)
        AND r.period_start_time < CAST(date_add(as_of, 1) AS TIMESTAMP)
      GROUP BY r.workspace_id, r.job_id, r.job_run_id, r.run_id, x.compute_id
    ) AS s
    JOIN dim_cluster AS c ON s.workspace_id = c.workspace_id AND s.compute_id = c.cluster_id
    WHERE c.max_autoscale_workers IS NULL AND c.worker_count > 0
    GROUP BY s.workspace_id, s.job_id
  ) AS t
  LEFT JOIN dim_job AS j ON t.workspace_id = j.workspace_id AND t.job_id = j.job_id
  LEFT JOIN dim_workspace AS w ON t.workspace_id = w.workspace_id;

CREATE OR REPLACE FUNCTION get_pipeline_health(
  start_date DATE COMMENT 'first UTC day on which an update starts',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  pipeline_id STRING,
  pipeline_name STRING,
  run_as STRING,
  updates BIGINT COMMENT 'one per update, however many hourly slices',
  completed_updates BIGINT,
  failed_updates BIGINT,
  cancelled_updates BIGINT,
  running_updates BIGINT,
  success_rate_pct DOUBLE COMMENT 'percent of the updates that completed or failed',
  retried_requests BIGINT COMMENT 'requests that took more than one update',
  avg_duration_minutes DOUBLE COMMENT 'of completed updates',
  last_result_state STRING COMMENT 'of the newest finished update',
  last_failure_time TIMESTAMP
)
COMMENT 'Purpose: updates per pipeline. Best for: which pipeline fails or retries. Not for: the tables inside it.'
RETURN
  SELECT
    s.workspace_id, COALESCE(w.workspace_name, s.workspace_id), s.pipeline_id, COALESCE(p.name, s.pipeline_id),
    COALESCE(p.run_as, s.run_as), s.updates, s.completed, s.failed, s.cancelled, s.running,
    100 * try_divide(CAST(s.completed AS DOUBLE), CAST(s.completed + s.failed AS DOUBLE)),
    s.retried, s.avg_minutes, s.last_state, s.last_failure
  FROM (
    SELECT
      q.workspace_id, q.pipeline_id, MAX(q.run_as) AS run_as, CAST(SUM(q.updates) AS BIGINT) AS updates,
      CAST(SUM(q.completed) AS BIGINT) AS completed, CAST(SUM(q.failed) AS BIGINT) AS failed,
      CAST(SUM(q.cancelled) AS BIGINT) AS cancelled, CAST(SUM(q.running) AS BIGINT) AS running,
      COUNT(CASE WHEN q.request_id IS NOT NULL AND q.updates > 1 THEN 1 END) AS retried,
      try_divide(SUM(q.completed_minutes), CAST(SUM(q.completed) AS DOUBLE)) AS avg_minutes,
      max_by(q.last_state, q.last_time) FILTER (WHERE q.last_state IS NOT NULL) AS last_state,
      MAX(q.last_failure) AS last_failure
    FROM (
      SELECT
        u.workspace_id, u.pipeline_id, u.request_id, MAX(u.run_as) AS run_as, COUNT(*) AS updates,
        COUNT(CASE WHEN u.state = 'COMPLETED' THEN 1 END) AS completed,
        COUNT(CASE WHEN u.state = 'FAILED' THEN 1 END) AS failed,
        COUNT(CASE WHEN u.state IN ('CANCELED', 'CANCELLED') THEN 1 END) AS cancelled,
        COUNT(CASE WHEN u.state IS NULL THEN 1 END) AS running,
        SUM(CASE WHEN u.state = 'COMPLETED'
          THEN CAST(timestampdiff(SECOND, u.start_time, u.end_time) AS DOUBLE) / 60 END) AS completed_minutes,
        max_by(u.state, u.end_time) FILTER (WHERE u.state IS NOT NULL) AS last_state,
        MAX(CASE WHEN u.state IS NOT NULL THEN u.end_time END) AS last_time,
        MAX(CASE WHEN u.state = 'FAILED' THEN u.end_time END) AS last_failure
      FROM (
        SELECT
          workspace_id, pipeline_id, update_id, MAX(request_id) AS request_id, MAX(run_as_user_name) AS run_as,
          MIN(period_start_time) AS start_time, MAX(period_end_time) AS end_time,
          max_by(result_state, period_end_time) FILTER (WHERE result_state IS NOT NULL) AS state
        FROM system.lakeflow.pipeline_update_timeline
        WHERE period_start_time >= CAST(date_sub(start_date, 1) AS TIMESTAMP)
          AND period_start_time < CAST(date_add(end_date, 31) AS TIMESTAMP)
        GROUP BY workspace_id, pipeline_id, update_id
      ) AS u
      WHERE u.start_time >= CAST(start_date AS TIMESTAMP) AND u.start_time < CAST(date_add(end_date, 1) AS TIMESTAMP)
      GROUP BY u.workspace_id, u.pipeline_id, u.request_id
    ) AS q
    GROUP BY q.workspace_id, q.pipeline_id
  ) AS s
  LEFT JOIN dim_pipeline AS p ON s.workspace_id = p.workspace_id AND s.pipeline_id = p.pipeline_id
  LEFT JOIN dim_workspace AS w ON s.workspace_id = w.workspace_id;
