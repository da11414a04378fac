-- Columns: which feeds which, and who uses a table.

CREATE OR REPLACE FUNCTION get_column_lineage(
  table_name STRING COMMENT 'catalog.schema.table, upper and lower case alike',
  column_name STRING DEFAULT 'ALL' COMMENT 'a column, or ALL',
  days_back INT DEFAULT 30 COMMENT 'lineage events of these days up to as_of',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  direction STRING COMMENT 'UPSTREAM = it is made from this, DOWNSTREAM = this is made from it',
  depth INT COMMENT 'fewest steps, at most 4',
  column_full_name STRING COMMENT 'catalog.schema.table.column in lower case',
  via STRING COMMENT 'the neighbouring column through which it is reached',
  events BIGINT COMMENT 'lineage events between the two',
  last_seen TIMESTAMP
)
COMMENT 'Purpose: columns that feed a column and columns fed by it. Best for: impact of a column change, spread of sensitive columns. Not for: columns only read.'
RETURN
  WITH edges AS (
    SELECT
      c.source_table, c.source_column, CONCAT(c.source_table, '.', c.source_column) AS source,
      c.target_table, c.target_column, CONCAT(c.target_table, '.', c.target_column) AS target,
      COUNT(*) AS events, MAX(c.event_time) AS last_seen
    FROM (
      SELECT
        COALESCE(lower(l.source_table_full_name), l.source_path) AS source_table,
        lower(l.source_column_name) AS source_column,
        COALESCE(lower(l.target_table_full_name), l.target_path) AS target_table,
        lower(l.target_column_name) AS target_column, l.event_time
      FROM system.access.column_lineage AS l
      WHERE l.event_date > date_sub(get_column_lineage.as_of, get_column_lineage.days_back)
        AND l.event_date <= get_column_lineage.as_of
        AND l.source_column_name IS NOT NULL AND l.target_column_name IS NOT NULL
    ) AS c
    WHERE c.source_table IS NOT NULL AND c.target_table IS NOT NULL
      AND NOT (c.source_table = c.target_table AND c.source_column = c.target_column)
    GROUP BY c.source_table, c.source_column, c.target_table, c.target_column
  ),
  up1 AS (
    SELECT e.source AS node, e.target AS via FROM edges AS e
    WHERE e.target_table = lower(get_column_lineage.table_name)
      AND (get_column_lineage.column_name = 'ALL' OR e.target_column = lower(get_column_lineage.column_name))
  ),
  up2 AS (
    SELECT e.source AS node, MIN(e.target) AS via FROM edges AS e
    JOIN (SELECT DISTINCT node FROM up1) AS h ON e.target = h.node GROUP BY e.source
  ),
  up3 AS (
    SELECT e.source AS node, MIN(e.target) AS via FROM edges AS e
    JOIN (SELECT DISTINCT node FROM up2) AS h ON e.target = h.node GROUP BY e.source
  ),
  up4 AS (
    SELECT e.source AS node, MIN(e.target) AS via FROM edges AS e
    JOIN (SELECT DISTINCT node FROM up3) AS h ON e.target = h.node GROUP BY e.source
  ),
  down1 AS (
    SELECT e.target AS node, e.source AS via FROM edges AS e
    WHERE e.source_table = lower(get_column_lineage.table_name)
      AND (get_column_lineage.column_name = 'ALL' OR e.source_column = lower(get_column_lineage.column_name))
  ),
  down2 AS (
    SELECT e.target AS node, MIN(e.source) AS via FROM edges AS e
    JOIN (SELECT DISTINCT node FROM down1) AS h ON e.source = h.node GROUP BY e.target
  ),
  down3 AS (
    SELECT e.target AS node, MIN(e.source) AS via FROM edges AS e
    JOIN (SELECT DISTINCT node FROM down2) AS h ON e.source = h.node GROUP BY e.target
  ),
  down4 AS (
    SELECT e.target AS node, MIN(e.source) AS via FROM edges AS e
    JOIN (SELECT DISTINCT node FROM down3) AS h ON e.source = h.node GROUP BY e.target
  ),
  reached AS (
    SELECT 'UPSTREAM' AS direction, node, via, 1 AS depth FROM up1
    UNION ALL SELECT 'UPSTREAM' AS direction, node, via, 2 AS depth FROM up2
    UNION ALL SELECT 'UPSTREAM' AS direction, node, via, 3 AS depth FROM up3
    UNION ALL SELECT 'UPSTREAM' AS direction, node, via, 4 AS depth FROM up4
    UNION ALL SELECT 'DOWNSTREAM' AS direction, node, via, 1 AS depth FROM down1
    UNION ALL SELECT 'DOWNSTREAM' AS direction, node, via, 2 AS depth FROM down2
    UNION ALL SELECT 'DOWNSTREAM' AS direction, node, via, 3 AS depth FROM down3
    UNION ALL SELECT 'DOWNSTREAM' AS direction, node, via, 4 AS depth FROM down4
  ),
  nearest AS (
    SELECT direction, node, MIN(depth) AS depth, min_by(via, depth) AS via FROM reached
    GROUP BY direction, node
  )
  SELECT n.direction, CAST(n.depth AS INT), n.node, n.via, e.events, e.last_seen
  FROM nearest AS n
  JOIN edges AS e
    ON e.source = CASE WHEN n.direction = 'UPSTREAM' THEN n.node ELSE n.via END
    AND e.target = CASE WHEN n.direction = 'UPSTREAM' THEN n.via ELSE n.node END
  WHERE n.node <> CONCAT(lower(get_column_lineage.table_name), '.', lower(get_column_lineage.column_name))
    AND NOT (
      get_column_lineage.column_name = 'ALL'
      AND startswith(n.node, CONCAT(lower(get_column_lineage.table_name), '.'))
    );

CREATE OR REPLACE FUNCTION get_table_consumers(
  table_name STRING COMMENT 'catalog.schema.table, upper and lower case alike',
  days_back INT DEFAULT 30 COMMENT 'lineage events of these days up to as_of',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  entity_type STRING COMMENT 'JOB, PIPELINE, NOTEBOOK, DASHBOARD_V3 … or QUERY',
  entity_id STRING,
  entity_name STRING COMMENT 'of jobs and pipelines; else the id',
  workspace_id STRING,
  user_name STRING COMMENT 'user or service principal behind the last read',
  read_events BIGINT,
  tables_written BIGINT COMMENT 'distinct tables that it wrote from this one; 0 = it only reads',
  first_seen TIMESTAMP,
  last_seen TIMESTAMP
)
COMMENT 'Purpose: jobs, dashboards, notebooks and queries that read a table, readers that write nothing too. Best for: whom to tell before a change. Not for: tables further down, see get_downstream_tables.'
RETURN
  SELECT
    r.entity_type, r.entity_id, COALESCE(j.name, p.name, r.entity_id), r.workspace_id, r.last_user, r.events, r.targets,
    r.first_seen, r.last_seen
  FROM (
    SELECT
      u.entity_type, u.entity_id, u.workspace_id, max_by(u.created_by, u.event_time) FILTER (WHERE u.created_by IS NOT NULL) AS last_user,
      COUNT(*) AS events, COUNT(DISTINCT u.target) AS targets, MIN(u.event_time) AS first_seen,
      MAX(u.event_time) AS last_seen
    FROM (
      SELECT
        COALESCE(l.entity_type, 'QUERY') AS entity_type,
        COALESCE(
          l.entity_metadata.job_info.job_id, l.entity_metadata.dlt_pipeline_info.dlt_pipeline_id, l.entity_id,
          l.created_by
        ) AS entity_id,
        l.workspace_id, l.created_by, l.event_time, lower(l.target_table_full_name) AS target
      FROM system.access.table_lineage AS l
      WHERE l.event_date > date_sub(get_table_consumers.as_of, get_table_consumers.days_back)
        AND l.event_date <= get_table_consumers.as_of
        AND lower(l.source_table_full_name) = lower(get_table_consumers.table_name)
    ) AS u
    GROUP BY u.entity_type, u.entity_id, u.workspace_id
  ) AS r
  LEFT JOIN dim_job AS j ON r.entity_type = 'JOB' AND r.workspace_id = j.workspace_id AND r.entity_id = j.job_id
  LEFT JOIN dim_pipeline AS p
    ON r.entity_type = 'PIPELINE' AND r.workspace_id = p.workspace_id AND r.entity_id = p.pipeline_id;

CREATE OR REPLACE FUNCTION get_pipeline_data_lineage(
  days_back INT DEFAULT 7 COMMENT 'lineage events of these days up to as_of',
  entity_filter STRING DEFAULT 'ALL' COMMENT 'id or exact name of a job, pipeline or notebook, or ALL',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  workspace_id STRING,
  entity_type STRING,
  entity_id STRING,
  entity_name STRING COMMENT 'of jobs and pipelines; else the id',
  source_tables BIGINT COMMENT 'distinct',
  target_tables BIGINT COMMENT 'distinct',
  source_table_list STRING COMMENT 'comma-separated, in order of name',
  target_table_list STRING,
  events BIGINT,
  last_seen TIMESTAMP
)
COMMENT 'Purpose: what each job, pipeline or notebook reads and writes. Best for: what does this job touch. Not for: users and dashboards.'
RETURN
  SELECT
    s.workspace_id, s.entity_type, s.entity_id, COALESCE(j.name, p.name, s.entity_id),
    s.source_count, s.target_count, COALESCE(array_join(s.sources, ', '), ''), COALESCE(array_join(s.targets, ', '), ''),
    s.events, s.last_seen
  FROM (
    SELECT
      e.workspace_id, e.entity_type, e.entity_id, COUNT(*) AS events, MAX(e.event_time) AS last_seen,
      COUNT(DISTINCT e.source) AS source_count, COUNT(DISTINCT e.target) AS target_count,
      sort_array(collect_set(e.source)) AS sources, sort_array(collect_set(e.target)) AS targets
    FROM (
      SELECT
        l.workspace_id, l.entity_type, l.event_time,
        COALESCE(
          l.entity_metadata.job_info.job_id, l.entity_metadata.dlt_pipeline_info.dlt_pipeline_id, l.entity_id
        ) AS entity_id,
        COALESCE(lower(l.source_table_full_name), l.source_path) AS source,
        COALESCE(lower(l.target_table_full_name), l.target_path) AS target
      FROM system.access.table_lineage AS l
      WHERE l.event_date > date_sub(as_of, days_back) AND l.event_date <= as_of
        AND l.entity_type IN ('JOB', 'PIPELINE', 'NOTEBOOK')
    ) AS e
    GROUP BY e.workspace_id, e.entity_type, e.entity_id
  ) AS s
  LEFT JOIN dim_job AS j ON s.entity_type = 'JOB' AND s.workspace_id = j.workspace_id AND s.entity_id = j.job_id
  LEFT JOIN dim_pipeline AS p
    ON s.entity_type = 'PIPELINE' AND s.workspace_id = p.workspace_id AND s.entity_id = p.pipeline_id
  WHERE entity_filter = 'ALL' OR s.entity_id = entity_filter OR j.name = entity_filter OR p.name = entity_filter;

CREATE OR REPLACE FUNCTION get_table_activity_status(
  days_back INT DEFAULT 90 COMMENT 'lineage events of these days up to as_of',
  inactive_threshold_days INT DEFAULT 14 COMMENT 'without an event for longer than this a table is INACTIVE',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  table_full_name STRING COMMENT 'catalog.schema.table in lower case',
  read_events BIGINT,
  write_events BIGINT,
  readers BIGINT COMMENT 'distinct users and service principals that read it',
  last_read_time TIMESTAMP,
  last_write_time TIMESTAMP,
  days_since_last_event INT,
  status STRING COMMENT 'ACTIVE; ORPHANED = still written, never read in the period; INACTIVE = neither lately'
)
COMMENT 'Purpose: which tables are used. Best for: tables written for nobody, tables to retire. Not for: tables without any event in the period, which lineage does not know.'
RETURN
  SELECT
    t.node, t.reads, t.writes, t.readers, t.last_read, t.last_write, CAST(t.idle_days AS INT),
    CASE
      WHEN t.idle_days > inactive_threshold_days THEN 'INACTIVE' WHEN t.reads = 0 THEN 'ORPHANED' ELSE 'ACTIVE'
    END
  FROM (
    SELECT
      e.node,
      COUNT(CASE WHEN e.is_read THEN 1 END) AS reads, COUNT(CASE WHEN NOT e.is_read THEN 1 END) AS writes,
      COUNT(DISTINCT CASE WHEN e.is_read THEN e.created_by END) AS readers,
      MAX(CASE WHEN e.is_read THEN e.event_time END) AS last_read,
      MAX(CASE WHEN NOT e.is_read THEN e.event_time END) AS last_write,
      MIN(datediff(e.asked_on, e.event_date)) AS idle_days
    FROM (
      SELECT lower(r.source_table_full_name) AS node, TRUE AS is_read, r.created_by, r.event_time, r.event_date,
        as_of AS asked_on
      FROM system.access.table_lineage AS r
      WHERE r.event_date > date_sub(as_of, days_back) AND r.event_date <= as_of
        AND r.source_table_full_name IS NOT NULL
      UNION ALL
      SELECT lower(w.target_table_full_name) AS node, FALSE AS is_read, w.created_by, w.event_time, w.event_date,
        as_of AS asked_on
      FROM system.access.table_lineage AS w
      WHERE w.event_date > date_sub(as_of, days_back) AND w.event_date <= as_of
        AND w.target_table_full_name IS NOT NULL
    ) AS e
    GROUP BY e.node
  ) AS t;
