-- Clusters: how busy their nodes are. Dates are UTC days, both ends included. Percentages are weighted by time;
-- "workers" of a single-node cluster are its driver.

CREATE OR REPLACE FUNCTION get_cluster_utilization(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  min_hours INT DEFAULT 1 COMMENT 'fewest hours that the cluster was up'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  cluster_id STRING,
  cluster_name STRING,
  owned_by STRING,
  cluster_source STRING COMMENT 'UI or API (all-purpose), JOB, PIPELINE',
  driver_node_type STRING,
  worker_node_type STRING,
  up_hours DOUBLE COMMENT 'time of the driver',
  node_hours DOUBLE COMMENT 'driver and workers',
  avg_workers DOUBLE COMMENT 'worker time per driver time; 0 for a single node',
  worker_cpu_pct DOUBLE COMMENT 'user and system',
  driver_cpu_pct DOUBLE,
  p95_cpu_pct DOUBLE COMMENT 'of worker samples',
  cpu_wait_pct DOUBLE COMMENT 'workers waiting for input and output',
  worker_memory_pct DOUBLE,
  p95_memory_pct DOUBLE COMMENT 'of worker samples',
  driver_memory_pct DOUBLE,
  swap_pct DOUBLE COMMENT 'memory swapped, all nodes',
  list_cost_usd DECIMAL(18, 2) COMMENT 'Databricks usage billed to the cluster at list price, without the cloud provider; null if none',
  utilization_status STRING COMMENT 'UNDERPROVISIONED: p95 CPU over 90 or p95 memory over 85; OVERPROVISIONED: CPU under 20 and memory under 30; UNDERUTILIZED: both under 50; else OPTIMAL'
)
COMMENT 'Purpose: CPU, memory and cost of each cluster, workers apart from the driver. Best for: is it the right size, who owns it. Not for: SQL warehouses and serverless, which report no nodes.'
RETURN
  SELECT
    c.workspace_id, COALESCE(w.workspace_name, c.workspace_id), c.cluster_id, COALESCE(d.cluster_name, c.cluster_id),
    d.owned_by, d.cluster_source, COALESCE(d.driver_node_type, c.driver_type), COALESCE(d.worker_node_type, c.worker_type),
    c.up_hours, c.node_hours, c.avg_workers, c.cpu, c.driver_cpu, c.p95_cpu, c.cpu_wait, c.memory, c.p95_memory,
    c.driver_memory, c.swap, CAST(c.cost AS DECIMAL(18, 2)),
    CASE
      WHEN c.p95_cpu > 90 OR c.p95_memory > 85 THEN 'UNDERPROVISIONED'
      WHEN c.cpu < 20 AND c.memory < 30 THEN 'OVERPROVISIONED'
      WHEN c.cpu < 50 AND c.memory < 50 THEN 'UNDERUTILIZED'
      ELSE 'OPTIMAL'
    END
  FROM (
    SELECT
      s.workspace_id, s.cluster_id,
      try_divide(CASE WHEN s.driver_seconds > 0 THEN s.driver_seconds ELSE s.worker_seconds END, 3600.0) AS up_hours,
      try_divide(s.driver_seconds + s.worker_seconds, 3600.0) AS node_hours,
      COALESCE(try_divide(s.worker_seconds, s.driver_seconds), 0) AS avg_workers,
      s.driver_type, s.worker_type, s.driver_cpu, s.driver_memory,
      COALESCE(s.worker_cpu, s.driver_cpu) AS cpu,
      COALESCE(s.worker_wait, s.driver_wait) AS cpu_wait,
      COALESCE(s.worker_memory, s.driver_memory) AS memory,
      COALESCE(s.worker_p95_cpu, s.driver_p95_cpu) AS p95_cpu,
      COALESCE(s.worker_p95_memory, s.driver_p95_memory) AS p95_memory,
      try_divide(s.swap, s.driver_seconds + s.worker_seconds) AS swap,
      s.cost
    FROM (
      SELECT
        r.workspace_id, r.cluster_id,
        SUM(CASE WHEN r.driver THEN r.seconds ELSE 0 END) AS driver_seconds,
        SUM(CASE WHEN r.driver THEN 0 ELSE r.seconds END) AS worker_seconds,
        MAX(CASE WHEN r.driver THEN try_divide(r.cpu, r.seconds) END) AS driver_cpu,
        MAX(CASE WHEN NOT r.driver THEN try_divide(r.cpu, r.seconds) END) AS worker_cpu,
        MAX(CASE WHEN r.driver THEN try_divide(r.cpu_wait, r.seconds) END) AS driver_wait,
        MAX(CASE WHEN NOT r.driver THEN try_divide(r.cpu_wait, r.seconds) END) AS worker_wait,
        MAX(CASE WHEN r.driver THEN try_divide(r.memory, r.seconds) END) AS driver_memory,
        MAX(CASE WHEN NOT r.driver THEN try_divide(r.memory, r.seconds) END) AS worker_memory,
        MAX(CASE WHEN r.driver THEN r.p95_cpu END) AS driver_p95_cpu,
        MAX(CASE WHEN NOT r.driver THEN r.p95_cpu END) AS worker_p95_cpu,
        MAX(CASE WHEN r.driver THEN r.p95_memory END) AS driver_p95_memory,
        MAX(CASE WHEN NOT r.driver THEN r.p95_memory END) AS worker_p95_memory,
        MAX(CASE WHEN r.driver THEN r.node_type END) AS driver_type,
        MAX(CASE WHEN NOT r.driver THEN r.node_type END) AS worker_type,
        SUM(r.swap) AS swap,
        SUM(r.cost) AS cost
      FROM (
        SELECT
          n.workspace_id, n.cluster_id, n.driver, MAX(n.node_type) AS node_type, SUM(n.sample_seconds) AS seconds,
          SUM(n.cpu_percent * n.sample_seconds) AS cpu, SUM(n.cpu_wait_percent * n.sample_seconds) AS cpu_wait,
          SUM(n.mem_used_percent * n.sample_seconds) AS memory, SUM(n.mem_swap_percent * n.sample_seconds) AS swap,
          percentile(n.cpu_percent, 0.95) AS p95_cpu, percentile(n.mem_used_percent, 0.95) AS p95_memory,
          CAST(NULL AS DECIMAL(38, 12)) AS cost
        FROM fact_node_timeline AS n
        WHERE n.start_time >= start_date AND n.start_time < date_add(end_date, 1)
        GROUP BY n.workspace_id, n.cluster_id, n.driver
        UNION ALL
        SELECT
          u.workspace_id, u.usage_metadata_cluster_id, CAST(NULL AS BOOLEAN), CAST(NULL AS STRING), 0,
          CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE),
          CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(SUM(u.list_cost) AS DECIMAL(38, 12))
        FROM fact_usage AS u
        WHERE u.usage_date >= start_date AND u.usage_date <= end_date AND u.usage_metadata_cluster_id IS NOT NULL
        GROUP BY u.workspace_id, u.usage_metadata_cluster_id
      ) AS r
      GROUP BY r.workspace_id, r.cluster_id
      -- what was billed but has no node samples is not a cluster whose use is known
      HAVING COUNT(r.driver) > 0
    ) AS s
  ) AS c
  LEFT JOIN dim_workspace AS w ON c.workspace_id = w.workspace_id
  LEFT JOIN dim_cluster AS d ON c.workspace_id = d.workspace_id AND c.cluster_id = d.cluster_id
  WHERE c.up_hours >= min_hours;

CREATE OR REPLACE FUNCTION get_cluster_resource_metrics(
  days_back INT DEFAULT 7 COMMENT 'UTC days, as_of included',
  top_n INT DEFAULT 50 COMMENT 'rows to return',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  rank INT COMMENT '1 = most node hours',
  workspace_name STRING,
  cluster_id STRING,
  cluster_name STRING,
  node_role STRING COMMENT 'DRIVER or WORKER',
  node_type STRING,
  node_count INT COMMENT 'different nodes; autoscaling and restarts make new ones',
  node_hours DOUBLE,
  avg_cpu_pct DOUBLE COMMENT 'user and system',
  peak_cpu_pct DOUBLE,
  avg_cpu_wait_pct DOUBLE,
  avg_memory_pct DOUBLE,
  peak_memory_pct DOUBLE,
  avg_swap_pct DOUBLE,
  network_sent_gb DOUBLE,
  network_received_gb DOUBLE
)
COMMENT 'Purpose: resources per cluster and node role. Best for: driver or worker, CPU or memory or network. Not for: advice.'
RETURN
  SELECT
    rank, workspace_name, cluster_id, cluster_name, node_role, node_type, CAST(nodes AS INT),
    try_divide(seconds, 3600.0), try_divide(cpu, seconds), peak_cpu, try_divide(cpu_wait, seconds),
    try_divide(memory, seconds), peak_memory, try_divide(swap, seconds), sent_gb, received_gb
  FROM (
    SELECT
      CAST(ROW_NUMBER() OVER (ORDER BY g.seconds DESC, g.workspace_name, g.cluster_id, g.node_role, g.node_type) AS INT) AS rank, g.*
    FROM (
      SELECT
        n.workspace_name, n.cluster_id, n.cluster_name, CASE WHEN n.driver THEN 'DRIVER' ELSE 'WORKER' END AS node_role,
        n.node_type, COUNT(DISTINCT n.instance_id) AS nodes, SUM(n.sample_seconds) AS seconds,
        SUM(n.cpu_percent * n.sample_seconds) AS cpu, MAX(n.cpu_percent) AS peak_cpu,
        SUM(n.cpu_wait_percent * n.sample_seconds) AS cpu_wait,
        SUM(n.mem_used_percent * n.sample_seconds) AS memory, MAX(n.mem_used_percent) AS peak_memory,
        SUM(n.mem_swap_percent * n.sample_seconds) AS swap,
        try_divide(CAST(SUM(n.network_sent_bytes) AS DOUBLE), 1000000000.0) AS sent_gb,
        try_divide(CAST(SUM(n.network_received_bytes) AS DOUBLE), 1000000000.0) AS received_gb
      FROM node_timeline_named AS n
      WHERE n.start_time >= date_sub(as_of, days_back - 1) AND n.start_time < date_add(as_of, 1)
      GROUP BY n.workspace_id, n.workspace_name, n.cluster_id, n.cluster_name, n.driver, n.node_type
    ) AS g
  ) AS ranked
  WHERE rank <= top_n;

CREATE OR REPLACE FUNCTION get_cluster_right_sizing_recommendations(
  days_back INT DEFAULT 14 COMMENT 'UTC days, as_of included',
  min_observation_hours INT DEFAULT 10 COMMENT 'fewest hours that the cluster was up',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  workspace_name STRING,
  cluster_id STRING,
  cluster_name STRING,
  owned_by STRING,
  cluster_source STRING,
  node_type STRING COMMENT 'of the workers, or of the single node',
  node_cores DOUBLE,
  node_memory_gb DOUBLE,
  up_hours DOUBLE,
  utilization_status STRING,
  p95_cpu_pct DOUBLE,
  p95_memory_pct DOUBLE,
  avg_workers DOUBLE,
  needed_pct DOUBLE COMMENT 'percent of the capacity that keeps the higher of p95 CPU and p95 memory at 80 percent',
  recommended_workers INT COMMENT 'average workers times needed_pct, rounded up; null for a single node',
  recommended_action STRING COMMENT 'ADD_WORKERS, MORE_MEMORY, FEWER_WORKERS, SMALLER_NODE (8 cores or more, half of them enough), STOP_WHEN_IDLE (CPU under 10) or KEEP',
  list_cost_usd DECIMAL(18, 2) COMMENT 'in these days',
  estimated_savings_usd DECIMAL(18, 2) COMMENT 'of that: the workers no longer needed, or half for a node of half the size, three quarters for a quarter (16 cores or more); 0 otherwise'
)
COMMENT 'Purpose: a better size for each cluster, from p95 use of its workers. Best for: saving or relieving. Not for: clusters seen only briefly.'
RETURN
  SELECT
    r.workspace_name, r.cluster_id, r.cluster_name, r.owned_by, r.cluster_source, r.node_type, t.core_count,
    try_divide(CAST(t.memory_mb AS DOUBLE), 1024.0), r.up_hours, r.utilization_status, r.p95_cpu_pct, r.p95_memory_pct,
    r.avg_workers, r.needed_pct,
    CASE WHEN r.avg_workers > 0 THEN r.workers END,
    CASE
      WHEN r.p95_memory_pct > 85 AND r.p95_cpu_pct <= 90 THEN 'MORE_MEMORY'
      WHEN r.utilization_status = 'UNDERPROVISIONED' THEN 'ADD_WORKERS'
      WHEN r.workers_fall THEN 'FEWER_WORKERS'
      WHEN r.nodes_shrink AND COALESCE(t.core_count, 8) >= 8 THEN 'SMALLER_NODE'
      WHEN r.worker_cpu_pct < 10 THEN 'STOP_WHEN_IDLE'
      ELSE 'KEEP'
    END,
    r.list_cost_usd,
    CAST(CASE
      WHEN r.workers_fall
        THEN CAST(r.list_cost_usd AS DOUBLE) * try_divide(r.avg_workers - r.workers, r.avg_workers + 1)
      WHEN r.nodes_shrink AND r.needed_pct <= 25 AND t.core_count >= 16 THEN 0.75 * CAST(r.list_cost_usd AS DOUBLE)
      WHEN r.nodes_shrink AND COALESCE(t.core_count, 8) >= 8 THEN 0.5 * CAST(r.list_cost_usd AS DOUBLE)
      ELSE 0
    END AS DECIMAL(18, 2))
  FROM (
    SELECT
      n.*,
      n.utilization_status <> 'UNDERPROVISIONED' AND n.avg_workers > 0 AND n.workers < n.avg_workers - 0.5
        AS workers_fall,
      n.utilization_status <> 'UNDERPROVISIONED' AND n.needed_pct <= 50 AS nodes_shrink
    FROM (
      SELECT
        u.*,
        CASE WHEN u.avg_workers > 0 THEN u.worker_node_type ELSE u.driver_node_type END AS node_type,
        try_divide(greatest(u.p95_cpu_pct, u.p95_memory_pct), 0.8) AS needed_pct,
        CAST(greatest(1, ceil(u.avg_workers * try_divide(greatest(u.p95_cpu_pct, u.p95_memory_pct), 80.0))) AS INT)
          AS workers
      FROM get_cluster_utilization(date_sub(as_of, days_back - 1), as_of, min_observation_hours) AS u
    ) AS n
  ) AS r
  LEFT JOIN (SELECT k.node_type, MAX(k.core_count) AS core_count, MAX(k.memory_mb) AS memory_mb
             FROM dim_node_type AS k GROUP BY k.node_type) AS t
    ON r.node_type = t.node_type;

CREATE OR REPLACE FUNCTION get_underutilized_clusters(
  days_back INT DEFAULT 14 COMMENT 'UTC days, as_of included',
  cpu_threshold DOUBLE DEFAULT 30.0 COMMENT 'report clusters whose workers stay below it, percent',
  min_hours INT DEFAULT 10 COMMENT 'fewest hours that the cluster was up',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  workspace_name STRING,
  cluster_id STRING,
  cluster_name STRING,
  owned_by STRING,
  cluster_source STRING,
  up_hours DOUBLE,
  node_hours DOUBLE,
  worker_cpu_pct DOUBLE,
  p95_cpu_pct DOUBLE,
  worker_memory_pct DOUBLE,
  auto_termination_minutes BIGINT COMMENT 'null or 0 = never stops by itself',
  list_cost_usd DECIMAL(18, 2) COMMENT 'in these days',
  unused_cost_usd DECIMAL(18, 2) COMMENT 'list cost times the share of CPU or memory, whichever was busier, that stayed free'
)
COMMENT 'Purpose: clusters whose CPU is mostly idle, with what the idle share cost. Best for: quick savings. Not for: memory-bound work; see worker_memory_pct.'
RETURN
  SELECT
    u.workspace_name, u.cluster_id, u.cluster_name, u.owned_by, u.cluster_source, u.up_hours, u.node_hours,
    u.worker_cpu_pct, u.p95_cpu_pct, u.worker_memory_pct, d.auto_termination_minutes, u.list_cost_usd,
    CAST(CAST(u.list_cost_usd AS DOUBLE)
      * (1 - try_divide(greatest(u.worker_cpu_pct, u.worker_memory_pct), 100.0)) AS DECIMAL(18, 2))
  FROM get_cluster_utilization(date_sub(as_of, days_back - 1), as_of, min_hours) AS u
  LEFT JOIN dim_cluster AS d ON u.workspace_id = d.workspace_id AND u.cluster_id = d.cluster_id
  WHERE u.worker_cpu_pct < cpu_threshold;
