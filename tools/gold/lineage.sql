-- Which tables feed which: a row without a source is a write, one without a target a read, and the same edge comes once per run.

CREATE OR REPLACE VIEW fact_table_lineage AS
SELECT
  account_id, metastore_id, workspace_id, entity_type, entity_id, entity_run_id,
  source_table_full_name, source_table_catalog, source_table_schema, source_table_name, source_path, source_type,
  target_table_full_name, target_table_catalog, target_table_schema, target_table_name, target_path, target_type,
  created_by, event_time, event_date, record_id, event_id, statement_id,
  entity_metadata.job_info.job_id AS entity_metadata_job_id,
  entity_metadata.job_info.job_run_id AS entity_metadata_job_run_id,
  entity_metadata.dashboard_id AS entity_metadata_dashboard_id,
  entity_metadata.legacy_dashboard_id AS entity_metadata_legacy_dashboard_id,
  entity_metadata.notebook_id AS entity_metadata_notebook_id,
  entity_metadata.sql_query_id AS entity_metadata_sql_query_id,
  entity_metadata.dlt_pipeline_info.dlt_pipeline_id AS entity_metadata_pipeline_id,
  entity_metadata.dlt_pipeline_info.dlt_update_id AS entity_metadata_pipeline_update_id
FROM system.access.table_lineage;

CREATE OR REPLACE VIEW fact_column_lineage AS
SELECT
  account_id, metastore_id, workspace_id, entity_type, entity_id, entity_run_id,
  source_table_full_name, source_table_catalog, source_table_schema, source_table_name, source_path, source_type, source_column_name,
  target_table_full_name, target_table_catalog, target_table_schema, target_table_name, target_path, target_type, target_column_name,
  created_by, event_time, event_date, record_id, event_id, statement_id,
  entity_metadata.job_info.job_id AS entity_metadata_job_id,
  entity_metadata.job_info.job_run_id AS entity_metadata_job_run_id,
  entity_metadata.dashboard_id AS entity_metadata_dashboard_id,
  entity_metadata.legacy_dashboard_id AS entity_metadata_legacy_dashboard_id,
  entity_metadata.notebook_id AS entity_metadata_notebook_id,
  entity_metadata.sql_query_id AS entity_metadata_sql_query_id,
  entity_metadata.dlt_pipeline_info.dlt_pipeline_id AS entity_metadata_pipeline_id,
  entity_metadata.dlt_pipeline_info.dlt_update_id AS entity_metadata_pipeline_update_id
FROM system.access.column_lineage;

CREATE OR REPLACE FUNCTION table_edges(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  source STRING COMMENT 'lower-case catalog.schema.table, or a storage path',
  target STRING,
  source_type STRING COMMENT 'TABLE, VIEW, PATH …',
  target_type STRING,
  events BIGINT,
  last_seen TIMESTAMP,
  last_entity STRING COMMENT 'who wrote last: kind and id, e.g. JOB 123',
  last_workspace_id STRING,
  last_user STRING
)
COMMENT 'Purpose: each pair of a table read and a table written in the same event, once. Best for: building other functions. Not for: reads or writes alone.'
RETURN
  SELECT
    e.source, e.target, MAX(e.source_type), MAX(e.target_type), COUNT(*), MAX(e.event_time),
    max_by(e.entity, e.event_time), max_by(e.workspace_id, e.event_time), max_by(e.created_by, e.event_time) FILTER (WHERE e.created_by IS NOT NULL)
  FROM (
    SELECT
      COALESCE(lower(l.source_table_full_name), l.source_path) AS source,
      COALESCE(lower(l.target_table_full_name), l.target_path) AS target,
      l.source_type, l.target_type, l.event_time, l.workspace_id, l.created_by,
      CONCAT(COALESCE(l.entity_type, 'QUERY'), ' ', COALESCE(
        l.entity_metadata.job_info.job_id, l.entity_metadata.dlt_pipeline_info.dlt_pipeline_id, l.entity_id, ''
      )) AS entity
    FROM system.access.table_lineage AS l
    WHERE l.event_date >= start_date AND l.event_date <= end_date
  ) AS e
  WHERE e.source IS NOT NULL AND e.target IS NOT NULL AND e.source <> e.target
  GROUP BY e.source, e.target;

CREATE OR REPLACE FUNCTION get_upstream_tables(
  table_name STRING COMMENT 'catalog.schema.table, upper and lower case alike, or a storage path',
  days_back INT DEFAULT 30 COMMENT 'lineage events of these days up to as_of',
  max_depth INT DEFAULT 6 COMMENT 'steps to follow, at most 6',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  depth INT COMMENT 'fewest steps from the table',
  table_full_name STRING COMMENT 'catalog.schema.table in lower case, or a storage path',
  table_type STRING COMMENT 'TABLE, VIEW, PATH …',
  via STRING COMMENT 'the neighbour through which it is reached, one of the nearest',
  events BIGINT COMMENT 'lineage events between the two',
  last_seen TIMESTAMP,
  last_entity STRING COMMENT 'what moved the data last, e.g. JOB 123',
  last_workspace_id STRING,
  last_user STRING
)
COMMENT 'Purpose: tables that a table is made from, directly and through others. Best for: where does this data come from, what broke above. Not for: readers that write nothing. Cycles end where they began.'
RETURN
  WITH edges AS (
    SELECT * FROM table_edges(
      date_sub(get_upstream_tables.as_of, get_upstream_tables.days_back - 1), get_upstream_tables.as_of
    )
  ),
  hop1 AS (
    SELECT e.source AS node, MAX(e.target) AS via FROM edges AS e
    WHERE e.target IN (lower(get_upstream_tables.table_name), get_upstream_tables.table_name) GROUP BY e.source
  ),
  hop2 AS (
    SELECT e.source AS node, MIN(e.target) AS via FROM edges AS e
    JOIN hop1 AS h ON e.target = h.node WHERE 2 <= get_upstream_tables.max_depth GROUP BY e.source
  ),
  hop3 AS (
    SELECT e.source AS node, MIN(e.target) AS via FROM edges AS e
    JOIN hop2 AS h ON e.target = h.node WHERE 3 <= get_upstream_tables.max_depth GROUP BY e.source
  ),
  hop4 AS (
    SELECT e.source AS node, MIN(e.target) AS via FROM edges AS e
    JOIN hop3 AS h ON e.target = h.node WHERE 4 <= get_upstream_tables.max_depth GROUP BY e.source
  ),
  hop5 AS (
    SELECT e.source AS node, MIN(e.target) AS via FROM edges AS e
    JOIN hop4 AS h ON e.target = h.node WHERE 5 <= get_upstream_tables.max_depth GROUP BY e.source
  ),
  hop6 AS (
    SELECT e.source AS node, MIN(e.target) AS via FROM edges AS e
    JOIN hop5 AS h ON e.target = h.node WHERE 6 <= get_upstream_tables.max_depth GROUP BY e.source
  ),
  reached AS (
    SELECT node, via, 1 AS depth FROM hop1
    UNION ALL SELECT node, via, 2 AS depth FROM hop2
    UNION ALL SELECT node, via, 3 AS depth FROM hop3
    UNION ALL SELECT node, via, 4 AS depth FROM hop4
    UNION ALL SELECT node, via, 5 AS depth FROM hop5
    UNION ALL SELECT node, via, 6 AS depth FROM hop6
  ),
  nearest AS (
    SELECT node, MIN(depth) AS depth, min_by(via, depth) AS via FROM reached
    WHERE node NOT IN (lower(get_upstream_tables.table_name), get_upstream_tables.table_name) GROUP BY node
  )
  SELECT
    CAST(n.depth AS INT), n.node, e.source_type, n.via, e.events, e.last_seen, e.last_entity, e.last_workspace_id,
    e.last_user
  FROM nearest AS n
  JOIN edges AS e ON e.source = n.node AND e.target = n.via;

CREATE OR REPLACE FUNCTION get_downstream_tables(
  table_name STRING COMMENT 'catalog.schema.table, upper and lower case alike, or a storage path',
  days_back INT DEFAULT 30 COMMENT 'lineage events of these days up to as_of',
  max_depth INT DEFAULT 6 COMMENT 'steps to follow, at most 6',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  depth INT COMMENT 'fewest steps from the table',
  table_full_name STRING COMMENT 'catalog.schema.table in lower case, or a storage path',
  table_type STRING COMMENT 'TABLE, VIEW, PATH …',
  via STRING COMMENT 'the neighbour through which it is reached, one of the nearest',
  events BIGINT COMMENT 'lineage events between the two',
  last_seen TIMESTAMP,
  last_entity STRING COMMENT 'what moved the data last, e.g. JOB 123',
  last_workspace_id STRING,
  last_user STRING
)
COMMENT 'Purpose: tables that are made from a table, directly and through others. Best for: what breaks if this table is wrong or late. Not for: readers that write nothing. Cycles end where they began.'
RETURN
  WITH edges AS (
    SELECT * FROM table_edges(
      date_sub(get_downstream_tables.as_of, get_downstream_tables.days_back - 1), get_downstream_tables.as_of
    )
  ),
  hop1 AS (
    SELECT e.target AS node, MAX(e.source) AS via FROM edges AS e
    WHERE e.source IN (lower(get_downstream_tables.table_name), get_downstream_tables.table_name) GROUP BY e.target
  ),
  hop2 AS (
    SELECT e.target AS node, MIN(e.source) AS via FROM edges AS e
    JOIN hop1 AS h ON e.source = h.node WHERE 2 <= get_downstream_tables.max_depth GROUP BY e.target
  ),
  hop3 AS (
    SELECT e.target AS node, MIN(e.source) AS via FROM edges AS e
    JOIN hop2 AS h ON e.source = h.node WHERE 3 <= get_downstream_tables.max_depth GROUP BY e.target
  ),
  hop4 AS (
    SELECT e.target AS node, MIN(e.source) AS via FROM edges AS e
    JOIN hop3 AS h ON e.source = h.node WHERE 4 <= get_downstream_tables.max_depth GROUP BY e.target
  ),
  hop5 AS (
    SELECT e.target AS node, MIN(e.source) AS via FROM edges AS e
    JOIN hop4 AS h ON e.source = h.node WHERE 5 <= get_downstream_tables.max_depth GROUP BY e.target
  ),
  hop6 AS (
    SELECT e.target AS node, MIN(e.source) AS via FROM edges AS e
    JOIN hop5 AS h ON e.source = h.node WHERE 6 <= get_downstream_tables.max_depth GROUP BY e.target
  ),
  reached AS (
    SELECT node, via, 1 AS depth FROM hop1
    UNION ALL SELECT node, via, 2 AS depth FROM hop2
    UNION ALL SELECT node, via, 3 AS depth FROM hop3
    UNION ALL SELECT node, via, 4 AS depth FROM hop4
    UNION ALL SELECT node, via, 5 AS depth FROM hop5
    UNION ALL SELECT node, via, 6 AS depth FROM hop6
  ),
  nearest AS (
    SELECT node, MIN(depth) AS depth, min_by(via, depth) AS via FROM reached
    WHERE node NOT IN (lower(get_downstream_tables.table_name), get_downstream_tables.table_name) GROUP BY node
  )
  SELECT
    CAST(n.depth AS INT), n.node, e.target_type, n.via, e.events, e.last_seen, e.last_entity, e.last_workspace_id,
    e.last_user
  FROM nearest AS n
  JOIN edges AS e ON e.target = n.node AND e.source = n.via;
