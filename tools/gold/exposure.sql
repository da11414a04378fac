-- What data was reached: tables, exports, networks, the Assistant. Dates are UTC days, both ends included.

-- One row per event and table, however many rows of lineage the event has; a write without a read counts too.
CREATE OR REPLACE VIEW table_access AS
SELECT
  r.event_date, r.workspace_id, r.table_name, r.user_email, r.access_id,
  MAX(r.is_read) AS is_read, MAX(r.is_write) AS is_write,
  MAX(r.entity_type) AS entity_type,
  MAX(r.event_time) AS event_time
FROM (
  SELECT
    l.event_date, l.workspace_id, lower(l.source_table_full_name) AS table_name, lower(l.created_by) AS user_email,
    COALESCE(l.event_id, l.record_id) AS access_id, 1 AS is_read, 0 AS is_write, l.entity_type, l.event_time
  FROM system.access.table_lineage AS l
  WHERE l.source_table_full_name IS NOT NULL
  UNION ALL
  SELECT
    l.event_date, l.workspace_id, lower(l.target_table_full_name), lower(l.created_by),
    COALESCE(l.event_id, l.record_id), 0, 1, l.entity_type, l.event_time
  FROM system.access.table_lineage AS l
  WHERE l.target_table_full_name IS NOT NULL
) AS r
GROUP BY r.event_date, r.workspace_id, r.table_name, r.user_email, r.access_id;

CREATE OR REPLACE FUNCTION get_table_access_audit(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  table_pattern STRING DEFAULT '%' COMMENT 'LIKE pattern of catalog.schema.table, in any case'
)
RETURNS TABLE (
  table_name STRING COMMENT 'catalog.schema.table in lower case',
  user_email STRING,
  read_count BIGINT COMMENT 'events that read it',
  write_count BIGINT COMMENT 'events that wrote it',
  active_days INT,
  first_access_time TIMESTAMP COMMENT 'in the period',
  last_access_time TIMESTAMP,
  entity_types STRING COMMENT 'JOB, NOTEBOOK, PIPELINE, DASHBOARD …; empty = a query by hand',
  is_new_reader BOOLEAN COMMENT 'this identity did not touch the table in the 30 days before start_date'
)
COMMENT 'Purpose: who read and wrote which table, from lineage. Best for: who uses this table, who should not. Not for: rows or columns read, or access outside Unity Catalog.'
RETURN
  SELECT
    t.table_name, t.user_email,
    COUNT_IF(t.is_read = 1 AND NOT t.is_history), COUNT_IF(t.is_write = 1 AND NOT t.is_history),
    CAST(COUNT(DISTINCT CASE WHEN NOT t.is_history THEN t.event_date END) AS INT),
    MIN(CASE WHEN NOT t.is_history THEN t.event_time END), MAX(CASE WHEN NOT t.is_history THEN t.event_time END),
    COALESCE(array_join(sort_array(collect_set(CASE WHEN NOT t.is_history THEN t.entity_type END)), ', '), ''),
    COUNT_IF(t.is_history) = 0
  FROM (
    SELECT a.*, a.event_date < start_date AS is_history
    FROM table_access AS a
    WHERE a.event_date >= date_sub(start_date, 30) AND a.event_date <= end_date
      AND a.table_name LIKE lower(table_pattern)
  ) AS t
  GROUP BY t.table_name, t.user_email
  HAVING COUNT_IF(NOT t.is_history) > 0;

CREATE OR REPLACE FUNCTION get_sensitive_table_access(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  table_pattern STRING DEFAULT '%' COMMENT 'LIKE pattern of catalog.schema.table, in any case'
)
RETURNS TABLE (
  table_name STRING COMMENT 'catalog.schema.table in lower case',
  sensitive_classes STRING COMMENT 'classes of personal or secret data found in its columns; null = none found',
  sensitive_columns INT,
  user_email STRING,
  user_type STRING,
  read_count BIGINT COMMENT 'events that read it',
  write_count BIGINT COMMENT 'events that wrote it',
  active_days INT,
  baseline_daily_reads DOUBLE COMMENT 'reads per day by this identity in the 30 days before start_date',
  off_hours_reads BIGINT COMMENT 'before 07:00 or from 19:00 UTC, or at the weekend',
  last_access_time TIMESTAMP,
  is_new_reader BOOLEAN COMMENT 'this identity did not touch the table in the 30 days before start_date'
)
COMMENT 'Purpose: who touched tables with classified data; with a pattern, all tables that match it. Best for: exposure of personal data. Not for: tables that were never classified.'
RETURN
  SELECT
    t.table_name, c.classes, CAST(c.columns_found AS INT), t.user_email,
    CASE WHEN t.user_email LIKE '%@%' THEN 'HUMAN_USER' ELSE 'SERVICE_PRINCIPAL' END,
    t.reads, t.writes, CAST(t.days AS INT), try_divide(CAST(t.history_reads AS DOUBLE), 30.0), t.off_hours, t.last_time, t.history = 0
  FROM (
    SELECT
      s.table_name, s.user_email,
      COUNT_IF(s.is_read = 1 AND NOT s.is_history) AS reads,
      COUNT_IF(s.is_write = 1 AND NOT s.is_history) AS writes,
      COUNT(DISTINCT CASE WHEN NOT s.is_history THEN s.event_date END) AS days,
      COUNT_IF(s.is_history) AS history,
      COUNT_IF(s.is_history AND s.is_read = 1) AS history_reads,
      COUNT_IF(NOT s.is_history AND s.is_read = 1
        AND (hour(s.event_time) < 7 OR hour(s.event_time) >= 19 OR weekday(s.event_date) >= 5)) AS off_hours,
      MAX(CASE WHEN NOT s.is_history THEN s.event_time END) AS last_time
    FROM (
      SELECT a.*, a.event_date < start_date AS is_history
      FROM table_access AS a
      WHERE a.event_date >= date_sub(start_date, 30) AND a.event_date <= end_date
        AND a.table_name LIKE lower(table_pattern)
    ) AS s
    GROUP BY s.table_name, s.user_email
  ) AS t
  LEFT JOIN (
    SELECT
      lower(concat(r.catalog_name, '.', r.schema_name, '.', r.table_name)) AS table_name,
      array_join(sort_array(collect_set(r.class_tag)), ', ') AS classes,
      COUNT(DISTINCT r.column_name) AS columns_found
    FROM system.data_classification.results AS r
    WHERE r.class_tag IS NOT NULL
    GROUP BY lower(concat(r.catalog_name, '.', r.schema_name, '.', r.table_name))
  ) AS c ON t.table_name = c.table_name
  WHERE t.reads + t.writes > 0 AND (table_pattern <> '%' OR c.classes IS NOT NULL);

CREATE OR REPLACE FUNCTION get_data_exports(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  user_email STRING,
  service_name STRING,
  action_name STRING,
  export_count BIGINT COMMENT 'successful downloads and exports',
  denied_count BIGINT COMMENT 'refused ones',
  active_days INT,
  baseline_daily_avg DOUBLE COMMENT 'successful ones per day in the 30 days before start_date',
  unique_ips INT,
  first_export_time TIMESTAMP,
  last_export_time TIMESTAMP
)
COMMENT 'Purpose: downloads of results, notebooks and files, by person. Best for: data leaving the workspace. Not for: bytes, which the log does not hold.'
RETURN
  SELECT
    e.user_email, e.service_name, e.action_name,
    COUNT_IF(NOT e.is_history AND NOT e.is_failed_action), COUNT_IF(NOT e.is_history AND e.is_failed_action),
    CAST(COUNT(DISTINCT CASE WHEN NOT e.is_history THEN e.event_date END) AS INT),
    try_divide(CAST(COUNT_IF(e.is_history AND NOT e.is_failed_action) AS DOUBLE), 30.0),
    CAST(COUNT(DISTINCT CASE WHEN NOT e.is_history THEN e.source_ip_address END) AS INT),
    MIN(CASE WHEN NOT e.is_history THEN e.event_time END), MAX(CASE WHEN NOT e.is_history THEN e.event_time END)
  FROM (
    SELECT
      a.user_email, a.service_name, a.action_name, a.event_date, a.event_time, a.source_ip_address, a.is_failed_action,
      a.event_date < start_date AS is_history
    FROM fact_audit_logs AS a
    WHERE a.event_date >= date_sub(start_date, 30) AND a.event_date <= end_date AND a.is_export
  ) AS e
  GROUP BY e.user_email, e.service_name, e.action_name
  HAVING COUNT_IF(NOT e.is_history) > 0;

CREATE OR REPLACE FUNCTION get_network_denials(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  direction STRING COMMENT 'INBOUND: a caller was refused; OUTBOUND: our compute was',
  workspace_name STRING,
  peer STRING COMMENT 'the address that called, or the destination',
  identity STRING COMMENT 'who called (inbound), or the product (outbound)',
  denial_type STRING COMMENT 'policy outcome, or kind of destination and denial',
  is_dry_run BOOLEAN COMMENT 'only logged, not blocked',
  denied_count BIGINT,
  first_denied_time TIMESTAMP,
  last_denied_time TIMESTAMP
)
COMMENT 'Purpose: connections that network policies refused. Best for: intruders, exfiltration, broken allow lists. Not for: connections that were allowed.'
RETURN
  SELECT
    d.direction, COALESCE(w.workspace_name, d.workspace_id), d.peer, d.identity, d.kind, d.is_dry_run, d.n,
    d.first_time, d.last_time
  FROM (
    SELECT
      'INBOUND' AS direction, i.workspace_id, i.source_ip AS peer, i.authenticated_as AS identity,
      i.policy_outcome AS kind, i.is_dry_run, COUNT(*) AS n, MIN(i.event_time) AS first_time, MAX(i.event_time) AS last_time
    FROM fact_inbound_network AS i
    WHERE i.event_time >= start_date AND i.event_time < date_add(end_date, 1)
    GROUP BY i.workspace_id, i.source_ip, i.authenticated_as, i.policy_outcome, i.is_dry_run
    UNION ALL
    SELECT
      'OUTBOUND', o.workspace_id, o.destination, o.network_source_type, concat_ws(' ', o.destination_type, o.access_type),
      COALESCE(upper(o.access_type) LIKE '%DRY%', FALSE), COUNT(*), MIN(o.event_time), MAX(o.event_time)
    FROM fact_outbound_network AS o
    WHERE o.event_time >= start_date AND o.event_time < date_add(end_date, 1)
    GROUP BY o.workspace_id, o.destination, o.network_source_type, o.destination_type, o.access_type
  ) AS d
  LEFT JOIN dim_workspace AS w ON d.workspace_id = w.workspace_id;

CREATE OR REPLACE FUNCTION get_assistant_usage(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  user_email STRING,
  request_count BIGINT COMMENT 'requests to the Databricks Assistant',
  active_days INT,
  workspaces STRING COMMENT 'names, separated by commas',
  last_request_time TIMESTAMP
)
COMMENT 'Purpose: who uses the Assistant. Best for: adoption. Not for: what was asked, which is not logged.'
RETURN
  SELECT
    lower(e.initiated_by), COUNT(*), CAST(COUNT(DISTINCT e.event_date) AS INT),
    array_join(sort_array(collect_set(COALESCE(w.workspace_name, e.workspace_id))), ', '), MAX(e.event_time)
  FROM fact_assistant_events AS e
  LEFT JOIN dim_workspace AS w ON e.workspace_id = w.workspace_id
  WHERE e.event_date >= start_date AND e.event_date <= end_date
  GROUP BY lower(e.initiated_by);
