-- What jobs and their failures cost, in USD at the price of usage_cost. Usage names the run where it is job or serverless compute.

CREATE OR REPLACE FUNCTION job_run_costs(
  start_date DATE COMMENT 'first UTC day of the usage',
  end_date DATE COMMENT 'last UTC day of the usage, included'
)
RETURNS TABLE (
  workspace_id STRING,
  job_id STRING,
  run_id STRING COMMENT 'null where the usage names no run',
  run_as STRING,
  cost_usd DECIMAL(24, 6)
)
COMMENT 'Purpose: cost of each job run within days. Best for: building other functions. Not for: work on all-purpose clusters or warehouses, whose usage names no job.'
RETURN
  SELECT u.workspace_id, u.resource_id, u.job_run_id, MAX(u.run_as), CAST(SUM(u.cost) AS DECIMAL(24, 6))
  FROM usage_cost AS u
  WHERE u.resource_kind = 'job' AND u.usage_date >= start_date AND u.usage_date <= end_date
  GROUP BY u.workspace_id, u.resource_id, u.job_run_id;

CREATE OR REPLACE FUNCTION get_most_expensive_jobs(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  top_n INT DEFAULT 25 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = highest cost',
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  run_as STRING,
  runs BIGINT COMMENT 'distinct runs with usage in the period',
  total_cost_usd DECIMAL(18, 2),
  avg_cost_per_run_usd DOUBLE COMMENT 'cost that names a run, divided by the runs',
  max_run_cost_usd DECIMAL(18, 2) COMMENT 'the most expensive run',
  pct_of_job_cost DOUBLE COMMENT 'percent of the cost of all jobs'
)
COMMENT 'Purpose: jobs by cost. Best for: which job costs most. Not for: jobs on all-purpose clusters, whose usage names no job.'
RETURN
  SELECT
    s.rank, s.workspace_id, COALESCE(w.workspace_name, s.workspace_id), s.job_id, COALESCE(j.name, s.job_id), s.run_as,
    s.runs, CAST(s.cost AS DECIMAL(18, 2)), try_divide(CAST(s.run_cost AS DOUBLE), CAST(s.runs AS DOUBLE)),
    CAST(s.max_run_cost AS DECIMAL(18, 2)), 100 * try_divide(CAST(s.cost AS DOUBLE), CAST(s.all_cost AS DOUBLE))
  FROM (
    SELECT
      a.*, SUM(a.cost) OVER () AS all_cost,
      CAST(ROW_NUMBER() OVER (ORDER BY a.cost DESC, a.workspace_id, a.job_id) AS INT) AS rank
    FROM (
      SELECT
        c.workspace_id, c.job_id, MAX(c.run_as) AS run_as, COUNT(c.run_id) AS runs, SUM(c.cost_usd) AS cost,
        SUM(CASE WHEN c.run_id IS NOT NULL THEN c.cost_usd END) AS run_cost,
        MAX(CASE WHEN c.run_id IS NOT NULL THEN c.cost_usd END) AS max_run_cost
      FROM job_run_costs(start_date, end_date) AS c
      GROUP BY c.workspace_id, c.job_id
    ) AS a
  ) AS s
  LEFT JOIN dim_job AS j ON s.workspace_id = j.workspace_id AND s.job_id = j.job_id
  LEFT JOIN dim_workspace AS w ON s.workspace_id = w.workspace_id
  WHERE s.rank <= top_n;

CREATE OR REPLACE FUNCTION get_job_failure_costs(
  start_date DATE COMMENT 'first UTC day on which a run starts',
  end_date DATE COMMENT 'last UTC day, included',
  top_n INT DEFAULT 50 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = highest cost of failed runs',
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  run_as STRING,
  total_runs BIGINT,
  failed_runs BIGINT COMMENT 'failed or timed out',
  failure_rate_pct DOUBLE COMMENT 'percent of the runs that succeeded, failed or timed out',
  failure_cost_usd DECIMAL(18, 2) COMMENT 'usage of the failed runs; null where none names its run',
  total_cost_usd DECIMAL(18, 2) COMMENT 'usage of all runs; null where none names its run',
  failure_cost_pct DOUBLE COMMENT 'percent of the total',
  last_termination_code STRING
)
COMMENT 'Purpose: money spent on runs that failed. Best for: which failures to fix first. Not for: retries inside runs that ended well.'
RETURN
  SELECT
    s.rank, s.workspace_id, s.workspace_name, s.job_id, s.job_name, s.run_as, s.runs, s.failed,
    100 * try_divide(CAST(s.failed AS DOUBLE), CAST(s.judged AS DOUBLE)),
    CAST(s.failure_cost AS DECIMAL(18, 2)), CAST(s.total_cost AS DECIMAL(18, 2)),
    100 * try_divide(CAST(s.failure_cost AS DOUBLE), CAST(s.total_cost AS DOUBLE)), s.last_code
  FROM (
    SELECT
      a.*,
      CAST(ROW_NUMBER() OVER (
        ORDER BY COALESCE(a.failure_cost, 0) DESC, a.failed DESC, a.workspace_id, a.job_id
      ) AS INT) AS rank
    FROM (
      SELECT
        r.workspace_id, r.workspace_name, r.job_id, r.job_name, MAX(COALESCE(c.run_as, r.run_as)) AS run_as,
        COUNT(*) AS runs,
        COUNT(CASE WHEN r.outcome IN ('FAILURE', 'TIMEOUT') THEN 1 END) AS failed,
        COUNT(CASE WHEN r.outcome IN ('SUCCESS', 'FAILURE', 'TIMEOUT') THEN 1 END) AS judged,
        SUM(CASE WHEN r.outcome IN ('FAILURE', 'TIMEOUT') THEN c.cost_usd END) AS failure_cost,
        SUM(c.cost_usd) AS total_cost,
        max_by(r.termination_code, r.end_time) FILTER (WHERE r.outcome IN ('FAILURE', 'TIMEOUT')) AS last_code
      FROM job_runs(start_date, end_date) AS r
      LEFT JOIN job_run_costs(start_date, date_add(end_date, 31)) AS c
        ON r.workspace_id = c.workspace_id AND r.job_id = c.job_id AND r.run_id = c.run_id
      GROUP BY r.workspace_id, r.workspace_name, r.job_id, r.job_name
    ) AS a
    WHERE a.failed > 0
  ) AS s
  WHERE s.rank <= top_n;

CREATE OR REPLACE FUNCTION get_job_repair_costs(
  start_date DATE COMMENT 'first UTC day on which a run starts',
  end_date DATE COMMENT 'last UTC day, included',
  top_n INT DEFAULT 20 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = highest cost of retries',
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  repaired_runs BIGINT COMMENT 'runs with attempts after a failed one',
  retry_attempts BIGINT,
  recovered_runs BIGINT COMMENT 'repaired runs that ended in success',
  retry_minutes DOUBLE,
  repaired_runs_cost_usd DECIMAL(18, 2) COMMENT 'all usage of the repaired runs; null where none names its run',
  retry_cost_usd DECIMAL(18, 2) COMMENT 'estimate: the part of that cost that retries have in the task time'
)
COMMENT 'Purpose: what retries and repairs cost. Best for: flaky jobs that end well but cost double. Not for: runs that failed without a retry.'
RETURN
  SELECT
    s.rank, s.workspace_id, s.workspace_name, s.job_id, s.job_name, s.repaired, s.retries, s.recovered, s.retry_minutes,
    CAST(s.run_cost AS DECIMAL(18, 2)), CAST(s.retry_cost AS DECIMAL(18, 2))
  FROM (
    SELECT
      b.*,
      CAST(ROW_NUMBER() OVER (
        ORDER BY COALESCE(b.retry_cost, 0) DESC, b.retry_minutes DESC, b.workspace_id, b.job_id
      ) AS INT) AS rank
    FROM (
      SELECT
        a.workspace_id, MAX(a.workspace_name) AS workspace_name, a.job_id, MAX(a.job_name) AS job_name,
        COUNT(*) AS repaired,
        CAST(SUM(a.retries) AS BIGINT) AS retries,
        COUNT(CASE WHEN a.job_outcome = 'SUCCESS' THEN 1 END) AS recovered,
        SUM(a.retry_minutes) AS retry_minutes,
        SUM(c.cost_usd) AS run_cost,
        SUM(CAST(c.cost_usd AS DOUBLE) * try_divide(a.retry_minutes, a.minutes)) AS retry_cost
      FROM (
        SELECT
          t.workspace_id, MAX(r.workspace_name) AS workspace_name, t.job_id, MAX(r.job_name) AS job_name, t.job_run_id,
          MAX(r.outcome) AS job_outcome, SUM(t.duration_minutes) AS minutes,
          COUNT(CASE WHEN t.is_retry THEN 1 END) AS retries,
          SUM(CASE WHEN t.is_retry THEN t.duration_minutes ELSE 0 END) AS retry_minutes
        FROM failed_run_tasks(start_date, end_date) AS t
        JOIN job_runs(start_date, end_date) AS r
          ON t.workspace_id = r.workspace_id AND t.job_id = r.job_id AND t.job_run_id = r.run_id
        GROUP BY t.workspace_id, t.job_id, t.job_run_id
      ) AS a
      LEFT JOIN job_run_costs(start_date, date_add(end_date, 31)) AS c
        ON a.workspace_id = c.workspace_id AND a.job_id = c.job_id AND a.job_run_id = c.run_id
      WHERE a.retries > 0
      GROUP BY a.workspace_id, a.job_id
    ) AS b
  ) AS s
  WHERE s.rank <= top_n;

CREATE OR REPLACE FUNCTION get_job_spend_trend_analysis(
  days_back INT DEFAULT 30 COMMENT 'days of each of the two spans: up to and including as_of, and those before',
  top_n INT DEFAULT 50 COMMENT 'rows to return',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  rank INT COMMENT '1 = largest change in USD, up or down',
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  current_cost_usd DECIMAL(18, 2),
  previous_cost_usd DECIMAL(18, 2),
  change_usd DECIMAL(18, 2),
  change_pct DOUBLE COMMENT 'percent of the previous span; null for a new job',
  current_runs BIGINT COMMENT 'runs with usage',
  previous_runs BIGINT,
  current_cost_per_run_usd DOUBLE,
  previous_cost_per_run_usd DOUBLE
)
COMMENT 'Purpose: jobs whose spend changed, against the span before. Best for: which job grew, by more runs or dearer ones. Not for: a single day.'
RETURN
  SELECT
    s.rank, s.workspace_id, COALESCE(w.workspace_name, s.workspace_id), s.job_id, COALESCE(j.name, s.job_id),
    CAST(s.new_cost AS DECIMAL(18, 2)), CAST(s.old_cost AS DECIMAL(18, 2)),
    CAST(s.new_cost - s.old_cost AS DECIMAL(18, 2)),
    100 * try_divide(CAST(s.new_cost - s.old_cost AS DOUBLE), CAST(s.old_cost AS DOUBLE)),
    s.new_runs, s.old_runs,
    try_divide(CAST(s.new_run_cost AS DOUBLE), CAST(s.new_runs AS DOUBLE)),
    try_divide(CAST(s.old_run_cost AS DOUBLE), CAST(s.old_runs AS DOUBLE))
  FROM (
    SELECT
      a.*,
      CAST(ROW_NUMBER() OVER (ORDER BY ABS(a.new_cost - a.old_cost) DESC, a.workspace_id, a.job_id) AS INT) AS rank
    FROM (
      SELECT
        c.workspace_id, c.job_id,
        SUM(CASE WHEN c.is_new THEN c.cost ELSE 0 END) AS new_cost,
        SUM(CASE WHEN NOT c.is_new THEN c.cost ELSE 0 END) AS old_cost,
        SUM(CASE WHEN c.is_new AND c.run_id IS NOT NULL THEN c.cost END) AS new_run_cost,
        SUM(CASE WHEN NOT c.is_new AND c.run_id IS NOT NULL THEN c.cost END) AS old_run_cost,
        COUNT(CASE WHEN c.is_new THEN c.run_id END) AS new_runs,
        COUNT(CASE WHEN NOT c.is_new THEN c.run_id END) AS old_runs
      FROM (
        SELECT TRUE AS is_new, n.workspace_id, n.job_id, n.run_id, n.cost_usd AS cost
        FROM job_run_costs(date_sub(as_of, days_back - 1), as_of) AS n
        UNION ALL
        SELECT FALSE AS is_new, o.workspace_id, o.job_id, o.run_id, o.cost_usd AS cost
        FROM job_run_costs(date_sub(as_of, 2 * days_back - 1), date_sub(as_of, days_back)) AS o
      ) AS c
      GROUP BY c.workspace_id, c.job_id
    ) AS a
  ) AS s
  LEFT JOIN dim_job AS j ON s.workspace_id = j.workspace_id AND s.job_id = j.job_id
  LEFT JOIN dim_workspace AS w ON s.workspace_id = w.workspace_id
  WHERE s.rank <= top_n;
