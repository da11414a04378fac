-- Statements in numbers: latency, volume, people, change. Dates are UTC days of the start, both ends included.
-- Durations are of finished statements that were not answered from the result cache.

CREATE OR REPLACE FUNCTION get_query_latency_percentiles(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  workspace_name STRING,
  warehouse_id STRING COMMENT 'null for serverless compute of notebooks and jobs',
  warehouse_name STRING,
  query_count BIGINT COMMENT 'all statements',
  timed_count BIGINT COMMENT 'finished and not from the result cache: what the durations are of',
  p50_seconds DOUBLE,
  p75_seconds DOUBLE,
  p90_seconds DOUBLE,
  p95_seconds DOUBLE,
  p99_seconds DOUBLE,
  max_seconds DOUBLE,
  p95_queue_seconds DOUBLE,
  p95_execution_seconds DOUBLE
)
COMMENT 'Purpose: how long statements take on each warehouse. Best for: is it slow for everybody. Not for: single statements.'
RETURN
  SELECT
    q.workspace_name, q.compute_warehouse_id, q.warehouse_name, COUNT(*), COUNT_IF(q.is_timed),
    percentile(CASE WHEN q.is_timed THEN q.duration_seconds END, 0.5),
    percentile(CASE WHEN q.is_timed THEN q.duration_seconds END, 0.75),
    percentile(CASE WHEN q.is_timed THEN q.duration_seconds END, 0.9),
    percentile(CASE WHEN q.is_timed THEN q.duration_seconds END, 0.95),
    percentile(CASE WHEN q.is_timed THEN q.duration_seconds END, 0.99),
    MAX(CASE WHEN q.is_timed THEN q.duration_seconds END),
    percentile(CASE WHEN q.is_timed THEN q.queue_seconds END, 0.95),
    percentile(CASE WHEN q.is_timed THEN q.execution_seconds END, 0.95)
  FROM query_history_named AS q
  WHERE q.start_time >= start_date AND q.start_time < date_add(end_date, 1)
  GROUP BY q.workspace_id, q.workspace_name, q.compute_warehouse_id, q.warehouse_name;

CREATE OR REPLACE FUNCTION get_query_volume_trends(
  days_back INT DEFAULT 14 COMMENT 'UTC days, as_of included',
  granularity STRING DEFAULT 'DAY' COMMENT 'HOUR, DAY or WEEK (from Monday)',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  period_start TIMESTAMP COMMENT 'UTC',
  query_count BIGINT,
  failed_count BIGINT,
  cached_count BIGINT COMMENT 'answered from the result cache',
  unique_users INT,
  avg_duration_seconds DOUBLE,
  p95_duration_seconds DOUBLE,
  avg_queue_seconds DOUBLE,
  total_read_gb DOUBLE,
  query_change_pct DOUBLE COMMENT 'percent against the period before that has statements; the first and last week can be partial'
)
COMMENT 'Purpose: statements over time. Best for: growth, busy hours, when it became slow. Not for: which warehouse or person.'
RETURN
  SELECT
    bucket, n, failed, cached, CAST(users AS INT), avg_duration, p95, avg_queue, read_gb,
    100 * (try_divide(CAST(n AS DOUBLE), CAST(LAG(n) OVER (ORDER BY bucket) AS DOUBLE)) - 1)
  FROM (
    SELECT
      b.bucket, COUNT(*) AS n, COUNT_IF(b.execution_status = 'FAILED') AS failed, COUNT_IF(b.is_from_cache) AS cached,
      COUNT(DISTINCT b.executed_by) AS users,
      AVG(CASE WHEN b.is_timed THEN b.duration_seconds END) AS avg_duration,
      percentile(CASE WHEN b.is_timed THEN b.duration_seconds END, 0.95) AS p95,
      AVG(CASE WHEN b.is_timed THEN b.queue_seconds END) AS avg_queue,
      SUM(b.read_gb) AS read_gb
    FROM (
      SELECT
        q.executed_by, q.execution_status, q.is_from_cache, q.is_timed, q.duration_seconds, q.queue_seconds, q.read_gb,
        CASE upper(granularity)
          WHEN 'HOUR' THEN date_trunc('HOUR', q.start_time)
          WHEN 'WEEK' THEN date_trunc('WEEK', q.start_time)
          ELSE date_trunc('DAY', q.start_time)
        END AS bucket
      FROM fact_query_history AS q
      WHERE q.start_time >= date_sub(as_of, days_back - 1) AND q.start_time < date_add(as_of, 1)
    ) AS b
    GROUP BY b.bucket
  ) AS trend;

CREATE OR REPLACE FUNCTION get_user_query_summary(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  top_n INT DEFAULT 50 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = most compute time',
  executed_by STRING,
  query_count BIGINT,
  failed_count BIGINT,
  failed_pct DOUBLE,
  cached_pct DOUBLE COMMENT 'percent answered from the result cache',
  total_duration_hours DOUBLE COMMENT 'whole time of all statements, waiting included',
  task_hours DOUBLE COMMENT 'compute time over all cores',
  share_of_task_pct DOUBLE COMMENT 'percent of the compute time of everybody',
  avg_duration_seconds DOUBLE,
  p95_duration_seconds DOUBLE,
  total_read_gb DOUBLE,
  total_spilled_gb DOUBLE,
  unique_warehouses INT
)
COMMENT 'Purpose: query use per person. Best for: who loads the warehouses. Not for: cost in money.'
RETURN
  SELECT
    rank, who, n, failed, 100 * try_divide(CAST(failed AS DOUBLE), CAST(n AS DOUBLE)),
    100 * try_divide(CAST(cached AS DOUBLE), CAST(n AS DOUBLE)), hours, task_hours,
    100 * try_divide(task_hours, all_task_hours), avg_duration, p95, read_gb, spilled_gb, CAST(warehouses AS INT)
  FROM (
    SELECT
      CAST(ROW_NUMBER() OVER (ORDER BY g.task_hours DESC, g.hours DESC, g.who) AS INT) AS rank,
      SUM(g.task_hours) OVER () AS all_task_hours,
      g.*
    FROM (
      SELECT
        q.executed_by AS who, COUNT(*) AS n, COUNT_IF(q.execution_status = 'FAILED') AS failed,
        COUNT_IF(q.is_from_cache) AS cached,
        try_divide(SUM(q.duration_seconds), 3600.0) AS hours,
        try_divide(CAST(SUM(COALESCE(q.total_task_duration_ms, 0)) AS DOUBLE), 3600000.0) AS task_hours,
        AVG(CASE WHEN q.is_timed THEN q.duration_seconds END) AS avg_duration,
        percentile(CASE WHEN q.is_timed THEN q.duration_seconds END, 0.95) AS p95,
        SUM(q.read_gb) AS read_gb, SUM(q.spilled_gb) AS spilled_gb,
        COUNT(DISTINCT concat(q.workspace_id, '/', q.compute_warehouse_id)) AS warehouses
      FROM fact_query_history AS q
      WHERE q.start_time >= start_date AND q.start_time < date_add(end_date, 1)
      GROUP BY q.executed_by
    ) AS g
  ) AS ranked
  WHERE rank <= top_n;

CREATE OR REPLACE FUNCTION get_query_regressions(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  min_runs INT DEFAULT 5 COMMENT 'fewest timed runs of the text in both periods'
)
RETURNS TABLE (
  statement_hash STRING,
  statement_type STRING,
  workspace_name STRING,
  warehouse_name STRING,
  source_kind STRING,
  run_count BIGINT COMMENT 'timed runs in the period',
  prior_run_count BIGINT COMMENT 'in the equally long period just before',
  p50_seconds DOUBLE,
  prior_p50_seconds DOUBLE,
  change_pct DOUBLE COMMENT 'percent, of the median duration',
  extra_seconds DOUBLE COMMENT 'change of the median times runs in the period',
  avg_queue_seconds DOUBLE,
  prior_avg_queue_seconds DOUBLE,
  avg_read_gb DOUBLE,
  prior_avg_read_gb DOUBLE,
  avg_spilled_gb DOUBLE,
  prior_avg_spilled_gb DOUBLE,
  executed_by STRING COMMENT 'who ran it last',
  last_statement_id STRING,
  statement_shape STRING
)
COMMENT 'Purpose: the same statement text now against the period before, on the same warehouse. Best for: which query became slower or faster, and whether it queues, reads or spills more. Not for: texts that change every time.'
RETURN
  SELECT
    c.hash, c.kind, c.workspace_name, c.warehouse_name, c.source_kind, c.runs, c.prior_runs, c.p50, c.prior_p50,
    100 * (try_divide(c.p50, c.prior_p50) - 1), (c.p50 - c.prior_p50) * c.runs, c.queue, c.prior_queue,
    c.read_gb, c.prior_read_gb, c.spill, c.prior_spill, c.who, c.last_id, c.shape
  FROM (
    SELECT
      s.statement_hash AS hash, s.statement_type AS kind, s.workspace_name, s.warehouse_name,
      MAX(s.source_kind) AS source_kind,
      COUNT_IF(s.is_current) AS runs, COUNT_IF(NOT s.is_current) AS prior_runs,
      percentile(CASE WHEN s.is_current THEN s.duration_seconds END, 0.5) AS p50,
      percentile(CASE WHEN NOT s.is_current THEN s.duration_seconds END, 0.5) AS prior_p50,
      AVG(CASE WHEN s.is_current THEN s.queue_seconds END) AS queue,
      AVG(CASE WHEN NOT s.is_current THEN s.queue_seconds END) AS prior_queue,
      AVG(CASE WHEN s.is_current THEN s.read_gb END) AS read_gb,
      AVG(CASE WHEN NOT s.is_current THEN s.read_gb END) AS prior_read_gb,
      AVG(CASE WHEN s.is_current THEN s.spilled_gb END) AS spill,
      AVG(CASE WHEN NOT s.is_current THEN s.spilled_gb END) AS prior_spill,
      max_by(s.executed_by, s.start_time) AS who, max_by(s.statement_id, s.start_time) AS last_id,
      MAX(s.statement_shape) AS shape
    FROM (
      SELECT q.*, q.start_time >= start_date AS is_current
      FROM query_history_named AS q
      WHERE q.start_time >= date_sub(start_date, datediff(end_date, start_date) + 1)
        AND q.start_time < date_add(end_date, 1)
        AND q.is_timed AND q.statement_text <> ''
    ) AS s
    GROUP BY s.statement_hash, s.statement_type, s.workspace_id, s.workspace_name, s.compute_warehouse_id, s.warehouse_name
  ) AS c
  WHERE c.runs >= min_runs AND c.prior_runs >= min_runs;
