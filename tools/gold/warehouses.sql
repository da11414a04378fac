-- SQL warehouses: load, waiting, running time. Dates are UTC days, both ends included.

CREATE OR REPLACE FUNCTION get_warehouse_utilization(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  warehouse_id STRING,
  warehouse_name STRING,
  warehouse_size STRING COMMENT 'as it is now',
  warehouse_type STRING,
  max_clusters INT COMMENT 'scale-out limit, as it is now',
  auto_stop_minutes INT,
  query_count BIGINT,
  failed_pct DOUBLE,
  unique_users INT,
  avg_duration_seconds DOUBLE COMMENT 'finished, not from the result cache',
  p95_duration_seconds DOUBLE,
  avg_queue_seconds DOUBLE COMMENT 'waiting because the warehouse was full',
  p95_queue_seconds DOUBLE,
  queued_pct DOUBLE COMMENT 'percent of statements that waited over one second because it was full',
  peak_concurrency INT COMMENT 'most statements in flight at once, waiting ones included',
  avg_concurrency DOUBLE COMMENT 'statements in flight while there were any',
  busy_hours DOUBLE COMMENT 'time with at least one statement in flight',
  running_hours DOUBLE COMMENT 'from warehouse events of these days and the 30 before; null without any',
  cluster_hours DOUBLE COMMENT 'running time times clusters',
  idle_pct DOUBLE COMMENT 'percent of running time without a statement',
  spilled_gb DOUBLE,
  advice STRING COMMENT 'ADD_CLUSTERS: over 10 % queued; LARGER_SIZE: over 10 GB spilled; SHORTEN_AUTO_STOP: over half idle and auto stop over 10 minutes; KEEP otherwise'
)
COMMENT 'Purpose: load, waiting and idle time of each SQL warehouse. Best for: too small, too large, badly stopped. Not for: cost in money.'
RETURN
  WITH statements AS (
    SELECT
      q.workspace_id, q.compute_warehouse_id AS warehouse_id, q.start_time,
      COALESCE(q.end_time, q.start_time) AS end_time, q.executed_by, q.execution_status, q.is_timed, q.is_from_cache,
      q.duration_seconds, q.queue_seconds, q.spilled_gb
    FROM fact_query_history AS q
    WHERE q.start_time >= start_date AND q.start_time < date_add(end_date, 1) AND q.compute_warehouse_id IS NOT NULL
  ),
  load AS (
    SELECT
      workspace_id, warehouse_id, COUNT(*) AS n, COUNT_IF(execution_status = 'FAILED') AS failed,
      COUNT(DISTINCT executed_by) AS users,
      AVG(CASE WHEN is_timed THEN duration_seconds END) AS avg_duration,
      percentile(CASE WHEN is_timed THEN duration_seconds END, 0.95) AS p95,
      AVG(CASE WHEN is_timed THEN queue_seconds END) AS avg_queue,
      percentile(CASE WHEN is_timed THEN queue_seconds END, 0.95) AS p95_queue,
      COUNT_IF(queue_seconds > 1) AS queued,
      SUM(spilled_gb) AS spilled
    FROM statements
    GROUP BY workspace_id, warehouse_id
  ),
  in_flight AS (
    SELECT
      workspace_id, warehouse_id,
      SUM(step) OVER (
        PARTITION BY workspace_id, warehouse_id ORDER BY at, step ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS n,
      try_divide(CAST(timestampdiff(MILLISECOND, at, LEAD(at) OVER (PARTITION BY workspace_id, warehouse_id ORDER BY at, step))
        AS DOUBLE), 3600000.0) AS hours
    FROM (
      SELECT s.workspace_id, s.warehouse_id, p.at, p.step
      FROM statements AS s
      LATERAL VIEW explode(array(
        named_struct('at', s.start_time, 'step', 1), named_struct('at', s.end_time, 'step', -1)
      )) AS p
      WHERE NOT s.is_from_cache
    ) AS points
  ),
  busy AS (
    SELECT
      workspace_id, warehouse_id, MAX(n) AS peak,
      SUM(CASE WHEN n > 0 THEN hours ELSE 0 END) AS busy_hours,
      try_divide(SUM(n * hours), SUM(CASE WHEN n > 0 THEN hours ELSE 0 END)) AS avg_n
    FROM in_flight
    GROUP BY workspace_id, warehouse_id
  ),
  running AS (
    SELECT
      workspace_id, warehouse_id,
      SUM(CASE WHEN clusters > 0 THEN hours ELSE 0 END) AS running_hours,
      SUM(clusters * hours) AS cluster_hours
    FROM (
      SELECT
        i.workspace_id, i.warehouse_id, i.clusters,
        greatest(0.0, try_divide(CAST(timestampdiff(SECOND, greatest(i.since, i.opened), least(i.until, i.closed)) AS DOUBLE),
          3600.0)) AS hours
      FROM (
        SELECT
          e.workspace_id, e.warehouse_id, e.event_time AS since,
          CASE WHEN e.event_type IN ('RUNNING', 'SCALED_UP', 'SCALED_DOWN') THEN COALESCE(e.cluster_count, 1) ELSE 0 END
            AS clusters,
          CAST(start_date AS TIMESTAMP) AS opened,
          least(CAST(date_add(end_date, 1) AS TIMESTAMP), CAST(current_timestamp() AS TIMESTAMP)) AS closed,
          COALESCE(
            LEAD(e.event_time) OVER (PARTITION BY e.workspace_id, e.warehouse_id ORDER BY e.event_time),
            CAST(date_add(end_date, 1) AS TIMESTAMP)
          ) AS until
        FROM fact_warehouse_events AS e
        WHERE e.event_time >= date_sub(start_date, 30) AND e.event_time < date_add(end_date, 1)
      ) AS i
    ) AS h
    GROUP BY workspace_id, warehouse_id
  )
  SELECT
    u.workspace_id, COALESCE(w.workspace_name, u.workspace_id), u.warehouse_id, COALESCE(d.warehouse_name, u.warehouse_id),
    d.warehouse_size, d.warehouse_type, d.max_clusters, d.auto_stop_minutes,
    COALESCE(u.n, 0), 100 * try_divide(CAST(u.failed AS DOUBLE), CAST(u.n AS DOUBLE)), CAST(COALESCE(u.users, 0) AS INT),
    u.avg_duration, u.p95, u.avg_queue, u.p95_queue, 100 * try_divide(CAST(u.queued AS DOUBLE), CAST(u.n AS DOUBLE)),
    CAST(u.peak AS INT), u.avg_n, u.busy_hours, u.running_hours, u.cluster_hours,
    CASE WHEN u.running_hours > 0 THEN 100 * greatest(0.0, 1 - try_divide(COALESCE(u.busy_hours, 0), u.running_hours)) END,
    COALESCE(u.spilled, 0),
    CASE
      WHEN 10 * u.queued > u.n THEN 'ADD_CLUSTERS'
      WHEN u.spilled > 10 THEN 'LARGER_SIZE'
      WHEN 2 * COALESCE(u.busy_hours, 0) < u.running_hours AND d.auto_stop_minutes > 10 THEN 'SHORTEN_AUTO_STOP'
      ELSE 'KEEP'
    END
  FROM (
    SELECT
      COALESCE(l.workspace_id, r.workspace_id) AS workspace_id, COALESCE(l.warehouse_id, r.warehouse_id) AS warehouse_id,
      l.n, l.failed, l.users, l.avg_duration, l.p95, l.avg_queue, l.p95_queue, l.queued, l.spilled,
      b.peak, b.avg_n, b.busy_hours, r.running_hours, r.cluster_hours
    FROM load AS l
    LEFT JOIN busy AS b ON l.workspace_id = b.workspace_id AND l.warehouse_id = b.warehouse_id
    FULL OUTER JOIN running AS r ON l.workspace_id = r.workspace_id AND l.warehouse_id = r.warehouse_id
  ) AS u
  LEFT JOIN dim_workspace AS w ON u.workspace_id = w.workspace_id
  LEFT JOIN dim_warehouse AS d ON u.workspace_id = d.workspace_id AND u.warehouse_id = d.warehouse_id
  WHERE u.n > 0 OR u.running_hours > 0;

CREATE OR REPLACE FUNCTION get_query_efficiency_analysis(
  hours_back INT DEFAULT 24 COMMENT 'hours before as_of',
  warehouse_filter STRING DEFAULT 'ALL' COMMENT 'a warehouse id or its exact name, or ALL',
  as_of TIMESTAMP DEFAULT current_timestamp() COMMENT 'UTC'
)
RETURNS TABLE (
  workspace_name STRING,
  warehouse_id STRING,
  warehouse_name STRING,
  warehouse_size STRING,
  query_count BIGINT,
  efficient_pct DOUBLE COMMENT 'percent neither queued, spilling nor slow',
  high_spill_count BIGINT COMMENT 'spilled over 100 MB',
  high_queue_count BIGINT COMMENT 'over 10 % of the time in the queue, and no high spill',
  slow_count BIGINT COMMENT 'over 5 minutes, and neither of these',
  cache_hit_pct DOUBLE COMMENT 'percent from the result cache',
  avg_queue_seconds DOUBLE COMMENT 'not from the result cache',
  p95_duration_seconds DOUBLE,
  scaling_hint STRING COMMENT 'SCALE_OUT: over 10 % queued; SCALE_UP: over 5 % spilling; SCALE_DOWN: p95 under 5 s, nothing queued, no spill and 20 statements or more; else KEEP'
)
COMMENT 'Purpose: efficiency of each warehouse in the last hours. Best for: is it overloaded now. Not for: trends.'
RETURN
  SELECT
    g.workspace_name, g.warehouse_id, g.warehouse_name, g.warehouse_size, g.n,
    100 * try_divide(CAST(g.efficient AS DOUBLE), CAST(g.n AS DOUBLE)), g.spill, g.queue, g.slow,
    100 * try_divide(CAST(g.cached AS DOUBLE), CAST(g.n AS DOUBLE)), g.avg_queue, g.p95,
    CASE
      WHEN 10 * g.queue > g.n THEN 'SCALE_OUT'
      WHEN 20 * g.spill > g.n THEN 'SCALE_UP'
      WHEN g.p95 < 5 AND g.queue = 0 AND g.spill = 0 AND g.n >= 20 THEN 'SCALE_DOWN'
      ELSE 'KEEP'
    END
  FROM (
    SELECT
      q.workspace_name, q.compute_warehouse_id AS warehouse_id, q.warehouse_name, q.warehouse_size, COUNT(*) AS n,
      COUNT_IF(q.query_efficiency_status = 'EFFICIENT') AS efficient,
      COUNT_IF(q.query_efficiency_status = 'HIGH_SPILL') AS spill,
      COUNT_IF(q.query_efficiency_status = 'HIGH_QUEUE') AS queue,
      COUNT_IF(q.query_efficiency_status = 'SLOW') AS slow,
      COUNT_IF(q.is_from_cache) AS cached,
      AVG(CASE WHEN NOT q.is_from_cache THEN q.queue_seconds END) AS avg_queue,
      percentile(CASE WHEN q.is_timed THEN q.duration_seconds END, 0.95) AS p95
    FROM query_history_named AS q
    WHERE q.start_time > as_of - hours_back * INTERVAL '1' HOUR AND q.start_time <= as_of
      AND q.compute_warehouse_id IS NOT NULL
      AND (warehouse_filter = 'ALL' OR q.compute_warehouse_id = warehouse_filter OR q.warehouse_name = warehouse_filter)
    GROUP BY q.workspace_id, q.workspace_name, q.compute_warehouse_id, q.warehouse_name, q.warehouse_size
  ) AS g;
