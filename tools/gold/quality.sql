-- Data quality, classification and maintenance of tables. Column samples hold personal data and are left out of gold.

CREATE OR REPLACE VIEW fact_data_quality_monitoring_table_results AS
SELECT
  event_time, catalog_name, schema_name, table_name, catalog_id, schema_id, table_id, status,
  freshness.status AS freshness_status,
  freshness.commit_freshness.last_value AS freshness_last_commit_time,
  freshness.commit_freshness.predicted_value AS freshness_predicted_commit_time,
  completeness.status AS completeness_status,
  completeness.total_row_count.last_value AS completeness_total_row_count,
  completeness.total_row_count.min_predicted_value AS completeness_total_row_count_min,
  completeness.total_row_count.max_predicted_value AS completeness_total_row_count_max,
  completeness.daily_row_count.last_value AS completeness_daily_row_count,
  completeness.daily_row_count.min_predicted_value AS completeness_daily_row_count_min,
  completeness.daily_row_count.max_predicted_value AS completeness_daily_row_count_max,
  downstream_impact.impact_level AS downstream_impact_impact_level,
  downstream_impact.num_downstream_tables AS downstream_impact_num_downstream_tables,
  downstream_impact.num_queries_on_affected_tables AS downstream_impact_num_queries_on_affected_tables,
  root_cause_analysis.upstream_jobs AS root_cause_analysis_upstream_jobs
FROM system.data_quality_monitoring.table_results;

CREATE OR REPLACE VIEW fact_dq_monitoring AS
SELECT * FROM fact_data_quality_monitoring_table_results;

CREATE OR REPLACE VIEW fact_data_classification_results AS
SELECT
  catalog_id, table_id, latest_detected_time, first_detected_time, catalog_name, schema_name, table_name, column_name,
  data_type, class_tag, confidence, frequency
FROM system.data_classification.results;

CREATE OR REPLACE VIEW fact_data_classification AS
SELECT * FROM fact_data_classification_results;

CREATE OR REPLACE VIEW fact_predictive_optimization AS
SELECT
  account_id, workspace_id, start_time, end_time, metastore_name, metastore_id, catalog_name, schema_name, table_name,
  table_id, operation_type, operation_id, operation_status, usage_unit, usage_quantity,
  to_json(operation_metrics) AS operation_metrics_json
FROM system.storage.predictive_optimization_operations_history;

-- Status words come in mixed case; here they are HEALTHY, UNHEALTHY or UNKNOWN.
CREATE OR REPLACE FUNCTION get_data_quality_results(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  table_name STRING DEFAULT 'ALL' COMMENT 'catalog.schema.table, or ALL'
)
RETURNS TABLE (
  table_full_name STRING COMMENT 'catalog.schema.table',
  catalog_name STRING,
  schema_name STRING,
  table_name STRING,
  event_time TIMESTAMP,
  is_latest BOOLEAN COMMENT 'the newest result of the table in the period',
  status STRING COMMENT 'HEALTHY, UNHEALTHY or UNKNOWN over all checks',
  freshness_status STRING,
  last_commit_time TIMESTAMP,
  predicted_commit_time TIMESTAMP COMMENT 'a commit was expected by then',
  completeness_status STRING,
  total_row_count BIGINT,
  total_row_count_min BIGINT COMMENT 'lower end of the predicted range',
  total_row_count_max BIGINT,
  daily_row_count BIGINT,
  daily_row_count_min BIGINT,
  daily_row_count_max BIGINT,
  impact_level INT COMMENT '0 none to 4 very high',
  downstream_tables BIGINT,
  queries_30d BIGINT COMMENT 'queries on affected tables in 30 days',
  upstream_jobs_json STRING COMMENT 'jobs that may be the cause, with their last status',
  error_codes STRING COMMENT 'why a check could not run'
)
COMMENT 'Purpose: results of data quality monitoring per table and evaluation. Best for: why is a table unhealthy, how did it develop. Not for: tables that are not monitored.'
RETURN
  SELECT
    q.full_name, q.catalog_name, q.schema_name, q.table_name, q.event_time,
    ROW_NUMBER() OVER (PARTITION BY q.full_name ORDER BY q.event_time DESC) = 1,
    q.status, q.freshness_status, q.last_commit, q.predicted_commit, q.completeness_status,
    q.total_rows, q.total_min, q.total_max, q.daily_rows, q.daily_min, q.daily_max,
    q.impact_level, q.downstream_tables, q.queries, q.jobs_json, q.errors
  FROM (
    SELECT
      CONCAT(t.catalog_name, '.', t.schema_name, '.', t.table_name) AS full_name,
      t.catalog_name, t.schema_name, t.table_name, t.event_time,
      COALESCE(upper(t.status), 'UNKNOWN') AS status,
      COALESCE(upper(t.freshness.status), 'UNKNOWN') AS freshness_status,
      t.freshness.commit_freshness.last_value AS last_commit,
      t.freshness.commit_freshness.predicted_value AS predicted_commit,
      COALESCE(upper(t.completeness.status), 'UNKNOWN') AS completeness_status,
      t.completeness.total_row_count.last_value AS total_rows,
      t.completeness.total_row_count.min_predicted_value AS total_min,
      t.completeness.total_row_count.max_predicted_value AS total_max,
      t.completeness.daily_row_count.last_value AS daily_rows,
      t.completeness.daily_row_count.min_predicted_value AS daily_min,
      t.completeness.daily_row_count.max_predicted_value AS daily_max,
      COALESCE(t.downstream_impact.impact_level, 0) AS impact_level,
      COALESCE(t.downstream_impact.num_downstream_tables, 0) AS downstream_tables,
      COALESCE(t.downstream_impact.num_queries_on_affected_tables, 0) AS queries,
      to_json(transform(t.root_cause_analysis.upstream_jobs, j -> named_struct(
        'job_id', COALESCE(j.job_id, ''), 'workspace_id', COALESCE(j.workspace_id, ''),
        'job_name', COALESCE(j.job_name, ''), 'last_run_status', COALESCE(j.last_run_status, ''),
        'run_page_url', COALESCE(j.run_page_url, '')
      ))) AS jobs_json,
      NULLIF(CONCAT_WS(
        ', ', t.freshness.commit_freshness.error_code, t.completeness.total_row_count.error_code,
        t.completeness.daily_row_count.error_code
      ), '') AS errors
    FROM system.data_quality_monitoring.table_results AS t
    WHERE t.event_time >= CAST(get_data_quality_results.start_date AS TIMESTAMP)
      AND t.event_time < CAST(date_add(get_data_quality_results.end_date, 1) AS TIMESTAMP)
  ) AS q
  WHERE get_data_quality_results.table_name = 'ALL' OR lower(q.full_name) = lower(get_data_quality_results.table_name);

CREATE OR REPLACE FUNCTION get_data_quality_summary(
  days_back INT DEFAULT 7 COMMENT 'a table counts with its newest result of these days up to as_of',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  catalog_name STRING,
  schema_name STRING,
  monitored_tables BIGINT,
  healthy_tables BIGINT,
  unhealthy_tables BIGINT,
  unknown_tables BIGINT,
  healthy_pct DOUBLE COMMENT 'percent of the tables whose status is known',
  stale_tables BIGINT COMMENT 'freshness unhealthy',
  incomplete_tables BIGINT COMMENT 'completeness unhealthy',
  high_impact_unhealthy_tables BIGINT COMMENT 'unhealthy with impact level 3 or 4',
  last_event_time TIMESTAMP
)
COMMENT 'Purpose: latest data quality status per schema. Best for: how healthy is our data. Not for: history, or tables that are not monitored.'
RETURN
  SELECT
    q.catalog_name, q.schema_name, COUNT(*),
    COUNT(CASE WHEN q.status = 'HEALTHY' THEN 1 END), COUNT(CASE WHEN q.status = 'UNHEALTHY' THEN 1 END),
    COUNT(CASE WHEN q.status NOT IN ('HEALTHY', 'UNHEALTHY') THEN 1 END),
    100 * try_divide(
      CAST(COUNT(CASE WHEN q.status = 'HEALTHY' THEN 1 END) AS DOUBLE),
      CAST(COUNT(CASE WHEN q.status IN ('HEALTHY', 'UNHEALTHY') THEN 1 END) AS DOUBLE)
    ),
    COUNT(CASE WHEN q.freshness_status = 'UNHEALTHY' THEN 1 END),
    COUNT(CASE WHEN q.completeness_status = 'UNHEALTHY' THEN 1 END),
    COUNT(CASE WHEN q.status = 'UNHEALTHY' AND q.impact_level >= 3 THEN 1 END),
    MAX(q.event_time)
  FROM get_data_quality_results(date_sub(as_of, days_back - 1), as_of) AS q
  WHERE q.is_latest
  GROUP BY q.catalog_name, q.schema_name;

CREATE OR REPLACE FUNCTION get_classified_columns(
  class_tag_filter STRING DEFAULT 'ALL' COMMENT 'part of the tag, e.g. ssn, or ALL',
  table_pattern STRING DEFAULT '%' COMMENT 'LIKE pattern over catalog.schema.table'
)
RETURNS TABLE (
  table_full_name STRING COMMENT 'catalog.schema.table',
  column_name STRING,
  data_type STRING,
  class_tag STRING,
  confidence STRING COMMENT 'HIGH or LOW',
  match_pct DOUBLE COMMENT 'percent of the sampled rows that match',
  first_detected_time TIMESTAMP,
  latest_detected_time TIMESTAMP
)
COMMENT 'Purpose: columns in which sensitive data was found, each by its newest scan. Best for: where is personal data. Not for: the values themselves, which are never shown.'
RETURN
  SELECT
    c.full_name, c.column_name, c.data_type, c.class_tag, upper(c.confidence), 100 * c.frequency,
    c.first_detected_time, c.latest_detected_time
  FROM (
    SELECT
      CONCAT(r.catalog_name, '.', r.schema_name, '.', r.table_name) AS full_name,
      r.column_name, r.data_type, r.class_tag, r.confidence, r.frequency, r.latest_detected_time,
      MIN(r.first_detected_time) OVER (
        PARTITION BY r.catalog_name, r.schema_name, r.table_name, r.column_name, r.class_tag
      ) AS first_detected_time,
      ROW_NUMBER() OVER (
        PARTITION BY r.catalog_name, r.schema_name, r.table_name, r.column_name, r.class_tag
        ORDER BY r.latest_detected_time DESC
      ) AS age
    FROM fact_data_classification_results AS r
  ) AS c
  WHERE c.age = 1
    AND (class_tag_filter = 'ALL' OR contains(lower(c.class_tag), lower(class_tag_filter)))
    AND lower(c.full_name) LIKE lower(table_pattern);

CREATE OR REPLACE FUNCTION get_predictive_optimization_summary(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  top_n INT DEFAULT 50 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = most estimated DBUs',
  table_full_name STRING COMMENT 'catalog.schema.table',
  operation_type STRING COMMENT 'COMPACTION, VACUUM, ANALYZE or CLUSTERING',
  operations BIGINT,
  failed_operations BIGINT,
  estimated_dbu DOUBLE,
  total_duration_minutes DOUBLE,
  last_operation_time TIMESTAMP
)
COMMENT 'Purpose: automatic maintenance per table. Best for: what predictive optimization does and what it uses. Not for: cost in USD.'
RETURN
  SELECT s.rank, s.full_name, s.operation_type, s.operations, s.failed, s.dbu, s.minutes, s.last_time
  FROM (
    SELECT
      a.*, CAST(ROW_NUMBER() OVER (ORDER BY a.dbu DESC, a.full_name, a.operation_type) AS INT) AS rank
    FROM (
      SELECT
        CONCAT(p.catalog_name, '.', p.schema_name, '.', p.table_name) AS full_name, p.operation_type,
        COUNT(*) AS operations,
        COUNT(CASE WHEN p.operation_status LIKE 'FAILED%' THEN 1 END) AS failed,
        SUM(CAST(p.usage_quantity AS DOUBLE)) AS dbu,
        SUM(CAST(timestampdiff(SECOND, p.start_time, p.end_time) AS DOUBLE)) / 60 AS minutes,
        MAX(p.end_time) AS last_time
      FROM fact_predictive_optimization AS p
      WHERE p.start_time >= CAST(start_date AS TIMESTAMP) AND p.start_time < CAST(date_add(end_date, 1) AS TIMESTAMP)
      GROUP BY CONCAT(p.catalog_name, '.', p.schema_name, '.', p.table_name), p.operation_type
    ) AS a
  ) AS s
  WHERE s.rank <= top_n;
