-- How jobs get out of failure: incidents and their length, attempts at a task, runs in detail.

CREATE OR REPLACE FUNCTION get_job_incidents(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  as_of TIMESTAMP DEFAULT current_timestamp() COMMENT 'the age of an open incident is counted up to here'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  run_as STRING,
  first_failure_time TIMESTAMP COMMENT 'end of the first failed run',
  recovered_time TIMESTAMP COMMENT 'end of the next successful run of the same job; null = still failing',
  failed_runs BIGINT,
  is_open BOOLEAN,
  duration_minutes DOUBLE COMMENT 'from first failure to recovery, or to as_of where open',
  last_termination_code STRING,
  last_failed_run_id STRING
)
COMMENT 'Purpose: streaks of failed runs per job that touch the period. Best for: what is broken now, how long it took to recover (MTTR). Not for: jobs that a person cancelled.'
RETURN
  -- Only failures and the successes that end a streak decide anything, and they are few: the rest is left out first.
  WITH turns AS (
    SELECT r.workspace_id, r.job_id, r.run_id, r.end_time, r.outcome, r.termination_code, r.run_name
    FROM (
      SELECT
        a.*, LAG(a.outcome) OVER (PARTITION BY a.workspace_id, a.job_id ORDER BY a.end_time, a.run_id) AS outcome_before
      FROM job_run_states(date_sub(start_date, 30), end_date) AS a
      WHERE a.outcome IN ('SUCCESS', 'FAILURE', 'TIMEOUT')
    ) AS r
    WHERE r.outcome <> 'SUCCESS' OR r.outcome_before <> 'SUCCESS'
  ),
  streaks AS (
    SELECT
      b.workspace_id, b.job_id, MAX(b.run_name) AS run_name,
      MIN(CASE WHEN b.outcome <> 'SUCCESS' THEN b.end_time END) AS first_failure,
      MAX(CASE WHEN b.outcome <> 'SUCCESS' THEN b.end_time END) AS last_failure,
      MIN(CASE WHEN b.outcome = 'SUCCESS' THEN b.end_time END) AS recovered,
      COUNT(CASE WHEN b.outcome <> 'SUCCESS' THEN 1 END) AS failed_runs,
      max_by(b.termination_code, b.end_time) FILTER (WHERE b.outcome <> 'SUCCESS') AS last_code,
      max_by(b.run_id, b.end_time) FILTER (WHERE b.outcome <> 'SUCCESS') AS last_run
    FROM (
      SELECT
        t.*,
        COALESCE(SUM(CASE WHEN t.outcome = 'SUCCESS' THEN 1 ELSE 0 END) OVER (
          PARTITION BY t.workspace_id, t.job_id ORDER BY t.end_time, t.run_id
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS successes_before
      FROM turns AS t
    ) AS b
    GROUP BY b.workspace_id, b.job_id, b.successes_before
  )
  SELECT
    i.workspace_id, COALESCE(w.workspace_name, i.workspace_id), i.job_id, COALESCE(j.name, i.run_name, i.job_id), j.run_as,
    i.first_failure, i.recovered, i.failed_runs, i.recovered IS NULL,
    CAST(timestampdiff(SECOND, i.first_failure, COALESCE(i.recovered, CAST(as_of AS TIMESTAMP))) AS DOUBLE) / 60,
    i.last_code, i.last_run
  FROM streaks AS i
  LEFT JOIN dim_job AS j ON i.workspace_id = j.workspace_id AND i.job_id = j.job_id
  LEFT JOIN dim_workspace AS w ON i.workspace_id = w.workspace_id
  WHERE i.failed_runs > 0 AND i.last_failure >= CAST(start_date AS TIMESTAMP);

CREATE OR REPLACE FUNCTION get_job_mttr(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  as_of TIMESTAMP DEFAULT current_timestamp() COMMENT 'the age of an open incident is counted up to here'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  incidents BIGINT COMMENT 'streaks of failed runs, open ones too',
  failed_runs BIGINT,
  mttr_minutes DOUBLE COMMENT 'mean time to recovery over the incidents that ended; null where none did',
  longest_minutes DOUBLE COMMENT 'longest incident, open ones up to as_of',
  is_open BOOLEAN COMMENT 'the job still fails',
  open_minutes DOUBLE COMMENT 'age of the open incident'
)
COMMENT 'Purpose: mean time to recovery per job. Best for: which jobs take long to come back. Not for: single incidents.'
RETURN
  SELECT
    i.workspace_id, i.workspace_name, i.job_id, i.job_name, COUNT(*), CAST(SUM(i.failed_runs) AS BIGINT),
    AVG(CASE WHEN NOT i.is_open THEN i.duration_minutes END), MAX(i.duration_minutes), MAX(i.is_open),
    MAX(CASE WHEN i.is_open THEN i.duration_minutes END)
  FROM get_job_incidents(get_job_mttr.start_date, get_job_mttr.end_date, get_job_mttr.as_of) AS i
  GROUP BY i.workspace_id, i.workspace_name, i.job_id, i.job_name;

CREATE OR REPLACE FUNCTION get_job_retry_analysis(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  runs BIGINT COMMENT 'runs with tasks',
  retried_runs BIGINT COMMENT 'runs in which a task was tried again after it had failed',
  retry_attempts BIGINT COMMENT 'attempts after the first',
  recovered_runs BIGINT COMMENT 'retried runs that ended in success',
  eventual_success_pct DOUBLE COMMENT 'percent of retried runs that ended in success',
  retry_minutes DOUBLE COMMENT 'time spent in attempts after the first',
  retry_time_pct DOUBLE COMMENT 'the same, percent of all task time of the job',
  most_retried_task STRING
)
COMMENT 'Purpose: retries and repairs per job, and whether they helped. Best for: flaky jobs. Not for: their cost, see get_job_repair_costs.'
RETURN
  WITH tasks AS (
    SELECT
      f.workspace_id, f.job_id, f.job_run_id, f.task_key, MAX(r.outcome) AS job_outcome, COUNT(*) AS retries,
      SUM(f.duration_minutes) AS retry_minutes
    FROM failed_run_tasks(get_job_retry_analysis.start_date, get_job_retry_analysis.end_date) AS f
    JOIN job_run_states(get_job_retry_analysis.start_date, get_job_retry_analysis.end_date) AS r
      ON f.workspace_id = r.workspace_id AND f.job_id = r.job_id AND f.job_run_id = r.run_id
    WHERE f.is_retry
    GROUP BY f.workspace_id, f.job_id, f.job_run_id, f.task_key
  ),
  retried AS (
    SELECT
      q.workspace_id, q.job_id, COUNT(*) AS retried_runs, CAST(SUM(q.retries) AS BIGINT) AS retries,
      COUNT(CASE WHEN q.job_outcome = 'SUCCESS' THEN 1 END) AS recovered, SUM(q.retry_minutes) AS retry_minutes,
      max_by(q.most_retried, named_struct('retries', q.retries, 'task', q.most_retried)) AS most_retried
    FROM (
      SELECT
        s.workspace_id, s.job_id, s.job_run_id, MAX(s.job_outcome) AS job_outcome, SUM(s.retries) AS retries,
        SUM(s.retry_minutes) AS retry_minutes,
        max_by(s.task_key, named_struct('retries', s.retries, 'task', s.task_key)) AS most_retried
      FROM tasks AS s
      GROUP BY s.workspace_id, s.job_id, s.job_run_id
    ) AS q
    GROUP BY q.workspace_id, q.job_id
  ),
  everything AS (
    SELECT
      t.workspace_id, MAX(r.workspace_name) AS workspace_name, t.job_id, MAX(r.job_name) AS job_name,
      COUNT(DISTINCT t.job_run_id) AS runs, SUM(CAST(timestampdiff(SECOND, t.start_time, t.end_time) AS DOUBLE) / 60) AS minutes
    FROM (
      SELECT
        s.workspace_id, MAX(s.job_id) AS job_id, MAX(s.job_run_id) AS job_run_id, s.run_id,
        MIN(s.period_start_time) AS start_time, MAX(s.period_end_time) AS end_time
      FROM system.lakeflow.job_task_run_timeline AS s
      JOIN retried AS q ON s.workspace_id = q.workspace_id AND s.job_id = q.job_id
      WHERE s.period_start_time >= CAST(get_job_retry_analysis.start_date AS TIMESTAMP)
        AND s.period_start_time < CAST(date_add(get_job_retry_analysis.end_date, 31) AS TIMESTAMP)
      GROUP BY s.workspace_id, s.run_id
    ) AS t
    JOIN job_runs(get_job_retry_analysis.start_date, get_job_retry_analysis.end_date) AS r
      ON t.workspace_id = r.workspace_id AND t.job_id = r.job_id AND t.job_run_id = r.run_id
    GROUP BY t.workspace_id, t.job_id
  )
  SELECT
    e.workspace_id, e.workspace_name, e.job_id, e.job_name, e.runs, q.retried_runs, q.retries, q.recovered,
    100 * try_divide(CAST(q.recovered AS DOUBLE), CAST(q.retried_runs AS DOUBLE)),
    q.retry_minutes, 100 * try_divide(q.retry_minutes, e.minutes), q.most_retried
  FROM everything AS e
  JOIN retried AS q ON e.workspace_id = q.workspace_id AND e.job_id = q.job_id;

CREATE OR REPLACE FUNCTION get_job_run_details(
  job_id_filter STRING COMMENT 'a job id',
  days_back INT DEFAULT 7 COMMENT 'days up to and including as_of',
  workspace_id STRING DEFAULT 'ALL' COMMENT 'a workspace id, or ALL: a job id holds only within a workspace',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  run_id STRING,
  trigger_type STRING,
  run_type STRING,
  outcome STRING,
  result_state STRING COMMENT 'null = still running',
  termination_code STRING,
  start_time TIMESTAMP,
  end_time TIMESTAMP COMMENT 'last seen where still running',
  duration_minutes DOUBLE,
  tasks BIGINT COMMENT 'distinct tasks that started',
  failed_attempts BIGINT COMMENT 'attempts at tasks that failed or timed out',
  retry_attempts BIGINT,
  first_failed_task STRING
)
COMMENT 'Purpose: run history of one job. Best for: what happened to this job. Not for: comparing jobs.'
RETURN
  SELECT
    r.workspace_id, r.workspace_name, r.job_id, r.job_name, r.run_id, r.trigger_type, r.run_type, r.outcome,
    r.result_state, r.termination_code, r.start_time, r.end_time, r.duration_minutes,
    COALESCE(t.tasks, 0), COALESCE(t.failed, 0), COALESCE(f.retries, 0), t.first_failed
  FROM job_runs(
    date_sub(get_job_run_details.as_of, get_job_run_details.days_back - 1), get_job_run_details.as_of
  ) AS r
  LEFT JOIN (
    SELECT
      a.workspace_id, a.job_id, a.job_run_id, COUNT(DISTINCT a.task_key) AS tasks,
      COUNT(CASE WHEN a.result_state IN ('FAILED', 'ERROR', 'TIMED_OUT') THEN 1 END) AS failed,
      min_by(a.task_key, a.end_time) FILTER (WHERE a.result_state IN ('FAILED', 'ERROR', 'TIMED_OUT')) AS first_failed
    FROM job_task_attempts(
      date_sub(get_job_run_details.as_of, get_job_run_details.days_back - 1), get_job_run_details.as_of
    ) AS a
    WHERE a.job_id = get_job_run_details.job_id_filter
    GROUP BY a.workspace_id, a.job_id, a.job_run_id
  ) AS t ON r.workspace_id = t.workspace_id AND r.job_id = t.job_id AND r.run_id = t.job_run_id
  LEFT JOIN (
    SELECT a.workspace_id, a.job_id, a.job_run_id, COUNT(*) AS retries
    FROM failed_run_tasks(
      date_sub(get_job_run_details.as_of, get_job_run_details.days_back - 1), get_job_run_details.as_of
    ) AS a
    WHERE a.job_id = get_job_run_details.job_id_filter AND a.is_retry
    GROUP BY a.workspace_id, a.job_id, a.job_run_id
  ) AS f ON r.workspace_id = f.workspace_id AND r.job_id = f.job_id AND r.run_id = f.job_run_id
  WHERE r.job_id = get_job_run_details.job_id_filter
    AND (get_job_run_details.workspace_id = 'ALL' OR r.workspace_id = get_job_run_details.workspace_id);
