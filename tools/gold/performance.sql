-- Performance: statements, warehouses and nodes as recorded. Durations are milliseconds as Databricks gives them, seconds where named so.

-- One row per statement. The text can hold secrets: statement_shape is the text without literals, comments, numbers and
-- long words, and null where that cannot be done safely; statement_hash tells equal texts.
CREATE OR REPLACE VIEW fact_query_history AS
SELECT
  q.account_id, q.workspace_id, q.statement_id, q.executed_by, q.session_id, q.execution_status, q.executed_by_user_id,
  q.statement_text, q.statement_type, q.error_message, q.client_application, q.client_driver, q.total_duration_ms,
  q.waiting_for_compute_duration_ms, q.waiting_at_capacity_duration_ms, q.execution_duration_ms,
  q.compilation_duration_ms, q.total_task_duration_ms, q.result_fetch_duration_ms, q.start_time, q.end_time,
  q.update_time, q.read_partitions, q.pruned_files, q.read_files, q.read_rows, q.produced_rows, q.read_bytes,
  q.read_io_cache_percent, q.from_result_cache, q.spilled_local_bytes, q.written_bytes, q.shuffle_read_bytes,
  q.executed_as_user_id, q.executed_as, q.written_rows, q.written_files, q.cache_origin_statement_id,
  q.compute.type AS compute_type,
  q.compute.cluster_id AS compute_cluster_id,
  q.compute.warehouse_id AS compute_warehouse_id,
  -- ids are digits; written out because engines differ in whether JSON keeps nulls
  CASE WHEN q.query_source.job_info IS NOT NULL THEN concat('{', concat_ws(',',
    concat('"job_id":"', q.query_source.job_info.job_id, '"'),
    concat('"job_run_id":"', q.query_source.job_info.job_run_id, '"'),
    concat('"job_task_run_id":"', q.query_source.job_info.job_task_run_id, '"')), '}') END AS query_source_job_info,
  q.query_source.job_info.job_id AS query_source_job_id,
  q.query_source.legacy_dashboard_id AS query_source_legacy_dashboard_id,
  q.query_source.dashboard_id AS query_source_dashboard_id,
  q.query_source.alert_id AS query_source_alert_id,
  q.query_source.notebook_id AS query_source_notebook_id,
  q.query_source.sql_query_id AS query_source_sql_query_id,
  q.query_source.genie_space_id AS query_source_genie_space_id,
  CASE WHEN q.query_source.pipeline_info IS NOT NULL THEN concat('{', concat_ws(',',
    concat('"pipeline_id":"', q.query_source.pipeline_info.pipeline_id, '"'),
    concat('"update_id":"', q.query_source.pipeline_info.update_id, '"')), '}') END AS query_source_pipeline_info,
  to_json(q.query_parameters.named_parameters) AS query_parameters_named_parameters,
  to_json(q.query_parameters.pos_parameters) AS query_parameters_pos_parameters,
  q.query_parameters.truncated AS query_parameters_truncated,
  q.query_tags,
  CAST(q.start_time AS DATE) AS query_date,
  COALESCE(q.from_result_cache, FALSE) AS is_from_cache,
  q.execution_status = 'FINISHED' AND NOT COALESCE(q.from_result_cache, FALSE) AS is_timed,
  CAST(COALESCE(q.total_duration_ms, 0) AS DOUBLE) / 1000.0 AS duration_seconds,
  CAST(COALESCE(q.waiting_at_capacity_duration_ms, 0) AS DOUBLE) / 1000.0 AS queue_seconds,
  CAST(COALESCE(q.waiting_for_compute_duration_ms, 0) AS DOUBLE) / 1000.0 AS startup_seconds,
  CAST(COALESCE(q.compilation_duration_ms, 0) AS DOUBLE) / 1000.0 AS compile_seconds,
  CAST(COALESCE(q.execution_duration_ms, 0) AS DOUBLE) / 1000.0 AS execution_seconds,
  CAST(COALESCE(q.read_bytes, 0) AS DOUBLE) / 1000000000.0 AS read_gb,
  CAST(COALESCE(q.spilled_local_bytes, 0) AS DOUBLE) / 1000000000.0 AS spilled_gb,
  CAST(COALESCE(q.shuffle_read_bytes, 0) AS DOUBLE) / 1000000000.0 AS shuffle_gb,
  CASE
    WHEN COALESCE(q.from_result_cache, FALSE) THEN 'EFFICIENT'
    WHEN q.spilled_local_bytes > 100000000 THEN 'HIGH_SPILL'
    WHEN 10 * COALESCE(q.waiting_at_capacity_duration_ms, 0) > q.total_duration_ms THEN 'HIGH_QUEUE'
    WHEN q.total_duration_ms > 300000 THEN 'SLOW'
    ELSE 'EFFICIENT'
  END AS query_efficiency_status,
  CASE
    WHEN 2 * COALESCE(q.waiting_at_capacity_duration_ms, 0) > q.total_duration_ms THEN 'QUEUED'
    WHEN 2 * COALESCE(q.waiting_for_compute_duration_ms, 0) > q.total_duration_ms THEN 'STARTING'
    WHEN 2 * COALESCE(q.compilation_duration_ms, 0) > q.total_duration_ms THEN 'COMPILING'
    WHEN q.spilled_local_bytes > 1000000000 THEN 'SPILLING'
    WHEN q.read_bytes > 100000000000 AND COALESCE(q.pruned_files, 0) < COALESCE(q.read_files, 0) THEN 'FULL_SCAN'
    ELSE 'EXECUTING'
  END AS main_cause,
  CASE
    WHEN q.query_source.dashboard_id IS NOT NULL OR q.query_source.legacy_dashboard_id IS NOT NULL THEN 'DASHBOARD'
    WHEN q.query_source.job_info.job_id IS NOT NULL THEN 'JOB'
    WHEN q.query_source.pipeline_info.pipeline_id IS NOT NULL THEN 'PIPELINE'
    WHEN q.query_source.alert_id IS NOT NULL THEN 'ALERT'
    WHEN q.query_source.genie_space_id IS NOT NULL THEN 'GENIE'
    WHEN q.query_source.notebook_id IS NOT NULL THEN 'NOTEBOOK'
    WHEN q.query_source.sql_query_id IS NOT NULL THEN 'SAVED_QUERY'
    ELSE 'OTHER'
  END AS source_kind,
  CASE WHEN q.statement_text <> '' THEN left(sha2(q.statement_text, 256), 16) END AS statement_hash,
  CASE
    WHEN q.statement_text = '' OR q.statement_type = 'SET' THEN NULL
    WHEN q.statement_text RLIKE '(?i)\\\\|\\$\\$|^\\s*set\\s|secret|passw|credential|token|identified by|_key' THEN NULL
    ELSE left(regexp_replace(regexp_replace(regexp_replace(
      q.statement_text,
      '\\x27[^\\x27]*(?:\\x27|$)|\\x22[^\\x22]*(?:\\x22|$)|--[^\\n]*|/[*](?s:.*?)(?:[*]/|$)|[A-Za-z][A-Za-z0-9+.-]*://[^\\s]+|[^\\s\\x60,()]+@[^\\s\\x60,()]+|[A-Za-z0-9+/=-]{20,}|\\b[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?\\b',
      '?'),
      '[?](?:\\s*,?\\s*[?])+', '?'),
      '\\s+', ' '), 300)
  END AS statement_shape,
  COALESCE(
    NULLIF(regexp_extract(q.error_message, '\\[([A-Z][A-Z0-9_.]+)\\]', 1), ''),
    NULLIF(regexp_extract(q.error_message, '\\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\\b', 1), ''),
    CASE WHEN q.error_message <> '' THEN 'OTHER' END
  ) AS error_class
FROM system.query.history AS q;

-- Statements with what people call their place; statements of notebooks and jobs on serverless compute have no warehouse.
CREATE OR REPLACE VIEW query_history_named AS
SELECT
  q.*,
  COALESCE(w.workspace_name, q.workspace_id) AS workspace_name,
  COALESCE(d.warehouse_name, q.compute_warehouse_id, lower(q.compute_type), 'unknown') AS warehouse_name,
  d.warehouse_size,
  d.warehouse_type
FROM fact_query_history AS q
LEFT JOIN dim_workspace AS w ON q.workspace_id = w.workspace_id
LEFT JOIN dim_warehouse AS d ON q.workspace_id = d.workspace_id AND q.compute_warehouse_id = d.warehouse_id;

CREATE OR REPLACE VIEW fact_warehouse_events AS
SELECT account_id, workspace_id, warehouse_id, event_type, cluster_count, event_time
FROM system.compute.warehouse_events;

CREATE OR REPLACE VIEW dim_node_type AS
SELECT account_id, node_type, core_count, memory_mb, gpu_count
FROM system.compute.node_types;

-- One row per node and sample, usually a minute: weight by sample_seconds, never average rows of unequal length.
CREATE OR REPLACE VIEW fact_node_timeline AS
SELECT
  n.account_id, n.workspace_id, n.cluster_id, n.instance_id, n.start_time, n.end_time, n.driver, n.cpu_user_percent,
  n.cpu_system_percent, n.cpu_wait_percent, n.mem_used_percent, n.mem_swap_percent, n.network_sent_bytes,
  n.network_received_bytes, n.node_type, n.private_ip,
  to_json(n.disk_free_bytes_per_mount_point) AS disk_free_bytes_per_mount_point_json,
  CAST(n.start_time AS DATE) AS utilization_date,
  least(100.0, COALESCE(n.cpu_user_percent, 0) + COALESCE(n.cpu_system_percent, 0)) AS cpu_percent,
  CAST(unix_timestamp(n.end_time) - unix_timestamp(n.start_time) AS DOUBLE) AS sample_seconds
FROM system.compute.node_timeline AS n;

CREATE OR REPLACE VIEW node_timeline_named AS
SELECT
  n.*,
  COALESCE(w.workspace_name, n.workspace_id) AS workspace_name,
  COALESCE(c.cluster_name, n.cluster_id) AS cluster_name,
  c.cluster_source
FROM fact_node_timeline AS n
LEFT JOIN dim_workspace AS w ON n.workspace_id = w.workspace_id
LEFT JOIN dim_cluster AS c ON n.workspace_id = c.workspace_id AND n.cluster_id = c.cluster_id;
