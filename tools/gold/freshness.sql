-- How fresh and how healthy tables are, what failing ones harm, and where sensitive data was found.

CREATE OR REPLACE FUNCTION get_table_freshness(
  freshness_threshold_hours INT DEFAULT 24 COMMENT 'older than this is stale',
  days_back INT DEFAULT 90 COMMENT 'tables written or monitored in these days up to as_of',
  as_of TIMESTAMP DEFAULT current_timestamp() COMMENT 'age is counted up to here'
)
RETURNS TABLE (
  table_full_name STRING COMMENT 'catalog.schema.table in lower case',
  last_update_time TIMESTAMP COMMENT 'the later of the last monitored commit and the last write seen in lineage',
  hours_since_update DOUBLE,
  is_stale BOOLEAN COMMENT 'older than the threshold',
  updated_by STRING COMMENT 'who wrote last, from lineage',
  predicted_commit_time TIMESTAMP COMMENT 'a commit was expected by then, from data quality monitoring',
  monitored_status STRING COMMENT 'freshness check: HEALTHY, UNHEALTHY or UNKNOWN; null = not monitored',
  source STRING COMMENT 'MONITORING, LINEAGE or BOTH'
)
COMMENT 'Purpose: hours since each table changed. Best for: what is late. Not for: views, and tables that are neither monitored nor written in the period.'
RETURN
  SELECT
    f.node, f.updated, CAST(timestampdiff(SECOND, f.updated, f.asked_at) AS DOUBLE) / 3600,
    CAST(timestampdiff(SECOND, f.updated, f.asked_at) AS DOUBLE) / 3600 > freshness_threshold_hours,
    f.updated_by, f.predicted, f.status, f.source
  FROM (
    SELECT g.*, CAST(as_of AS TIMESTAMP) AS asked_at
    FROM (
      SELECT
        e.node, MAX(e.updated) AS updated, MAX(e.updated_by) AS updated_by, MAX(e.predicted) AS predicted,
        MAX(e.status) AS status,
        CASE WHEN COUNT(*) = 2 THEN 'BOTH' ELSE MAX(e.source) END AS source
      FROM (
        SELECT
          lower(l.target_table_full_name) AS node, MAX(l.event_time) AS updated,
          max_by(l.created_by, l.event_time) FILTER (WHERE l.created_by IS NOT NULL) AS updated_by, CAST(NULL AS TIMESTAMP) AS predicted,
          CAST(NULL AS STRING) AS status, 'LINEAGE' AS source
        FROM system.access.table_lineage AS l
        WHERE l.event_date > date_sub(CAST(as_of AS DATE), days_back) AND l.event_date <= CAST(as_of AS DATE)
          AND l.event_time <= CAST(as_of AS TIMESTAMP)
          AND l.target_table_full_name IS NOT NULL AND COALESCE(l.target_type, 'TABLE') NOT IN ('VIEW', 'METRIC_VIEW')
        GROUP BY lower(l.target_table_full_name)
        UNION ALL
        SELECT
          lower(q.table_full_name), q.last_commit_time, CAST(NULL AS STRING), q.predicted_commit_time, q.freshness_status,
          'MONITORING'
        FROM get_data_quality_results(date_sub(CAST(as_of AS DATE), days_back - 1), CAST(as_of AS DATE)) AS q
        WHERE q.is_latest
      ) AS e
      GROUP BY e.node
    ) AS g
  ) AS f;

CREATE OR REPLACE FUNCTION get_data_freshness_by_domain(
  freshness_threshold_hours INT DEFAULT 24 COMMENT 'older than this is stale',
  as_of TIMESTAMP DEFAULT current_timestamp() COMMENT 'age is counted up to here'
)
RETURNS TABLE (
  domain STRING COMMENT 'catalog.schema',
  tables BIGINT COMMENT 'tables with a known change in 90 days',
  stale_tables BIGINT,
  fresh_pct DOUBLE,
  median_hours_since_update DOUBLE,
  stalest_table STRING,
  stalest_hours DOUBLE
)
COMMENT 'Purpose: freshness per schema. Best for: which area is late. Not for: one table.'
RETURN
  SELECT
    t.domain, COUNT(*), COUNT(CASE WHEN t.is_stale THEN 1 END),
    100 * try_divide(CAST(COUNT(CASE WHEN NOT t.is_stale THEN 1 END) AS DOUBLE), CAST(COUNT(*) AS DOUBLE)),
    percentile(t.hours_since_update, 0.5), max_by(t.table_full_name, named_struct('hours', t.hours_since_update, 'name', t.table_full_name)), MAX(t.hours_since_update)
  FROM (
    SELECT f.*, CONCAT(split_part(f.table_full_name, '.', 1), '.', split_part(f.table_full_name, '.', 2)) AS domain
    FROM get_table_freshness(
      get_data_freshness_by_domain.freshness_threshold_hours, 90, get_data_freshness_by_domain.as_of
    ) AS f
    WHERE f.last_update_time IS NOT NULL
  ) AS t
  GROUP BY t.domain;

CREATE OR REPLACE FUNCTION get_tables_failing_quality(
  freshness_threshold_hours INT DEFAULT 24 COMMENT 'a table without a healthy freshness check that is older than this fails',
  days_back INT DEFAULT 7 COMMENT 'tables written or monitored in these days up to as_of',
  as_of TIMESTAMP DEFAULT current_timestamp() COMMENT 'age is counted up to here'
)
RETURNS TABLE (
  table_full_name STRING COMMENT 'catalog.schema.table in lower case',
  severity STRING COMMENT 'CRITICAL = unhealthy with impact 3 or 4, HIGH = unhealthy, MEDIUM = only older than the threshold',
  reasons STRING COMMENT 'freshness, completeness, age',
  hours_since_update DOUBLE,
  unhealthy_since TIMESTAMP COMMENT 'first unhealthy result of the current streak within the period',
  total_row_count BIGINT,
  daily_row_count BIGINT,
  daily_row_count_min BIGINT COMMENT 'lower end of the predicted range',
  impact_level INT COMMENT '0 none to 4 very high',
  downstream_tables BIGINT,
  queries_30d BIGINT,
  upstream_jobs_json STRING
)
COMMENT 'Purpose: tables that fail a check now or are too old. Best for: what to fix first. Not for: history.'
RETURN
  SELECT
    s.node,
    CASE WHEN s.status = 'UNHEALTHY' AND s.impact >= 3 THEN 'CRITICAL' WHEN s.status = 'UNHEALTHY' THEN 'HIGH'
      ELSE 'MEDIUM' END,
    CONCAT_WS(
      ', ', CASE WHEN s.freshness = 'UNHEALTHY' THEN 'freshness' END,
      CASE WHEN s.completeness = 'UNHEALTHY' THEN 'completeness' END, CASE WHEN s.is_old THEN 'age' END
    ),
    s.hours, CASE WHEN s.status = 'UNHEALTHY' THEN s.since END, s.total_rows, s.daily_rows, s.daily_min, s.impact,
    s.downstream, s.queries, s.jobs
  FROM (
    SELECT
      f.table_full_name AS node, f.hours_since_update AS hours, q.status, q.freshness, q.completeness, q.since,
      q.total_rows, q.daily_rows, q.daily_min, COALESCE(q.impact, 0) AS impact, q.downstream, q.queries, q.jobs,
      f.is_stale AND COALESCE(q.freshness, 'UNKNOWN') <> 'HEALTHY' AS is_old
    FROM get_table_freshness(
      get_tables_failing_quality.freshness_threshold_hours, get_tables_failing_quality.days_back,
      get_tables_failing_quality.as_of
    ) AS f
    LEFT JOIN (
      SELECT
        lower(r.table_full_name) AS node,
        max_by(r.status, r.event_time) AS status,
        max_by(r.freshness_status, r.event_time) AS freshness,
        max_by(r.completeness_status, r.event_time) AS completeness,
        MIN(CASE WHEN r.event_time > COALESCE(r.last_healthy, CAST('1970-01-01' AS TIMESTAMP))
          AND r.status = 'UNHEALTHY' THEN r.event_time END) AS since,
        MAX(CASE WHEN r.is_latest THEN r.total_row_count END) AS total_rows,
        MAX(CASE WHEN r.is_latest THEN r.daily_row_count END) AS daily_rows,
        MAX(CASE WHEN r.is_latest THEN r.daily_row_count_min END) AS daily_min,
        MAX(CASE WHEN r.is_latest THEN r.impact_level END) AS impact,
        MAX(CASE WHEN r.is_latest THEN r.downstream_tables END) AS downstream,
        MAX(CASE WHEN r.is_latest THEN r.queries_30d END) AS queries,
        MAX(CASE WHEN r.is_latest THEN r.upstream_jobs_json END) AS jobs
      FROM (
        SELECT
          a.*, MAX(CASE WHEN a.status = 'HEALTHY' THEN a.event_time END) OVER (PARTITION BY a.table_full_name)
            AS last_healthy
        FROM get_data_quality_results(
          date_sub(CAST(get_tables_failing_quality.as_of AS DATE), get_tables_failing_quality.days_back - 1),
          CAST(get_tables_failing_quality.as_of AS DATE)
        ) AS a
      ) AS r
      GROUP BY lower(r.table_full_name)
    ) AS q ON f.table_full_name = q.node
  ) AS s
  WHERE s.status = 'UNHEALTHY' OR s.is_old;

CREATE OR REPLACE FUNCTION get_job_data_quality_status(
  days_back INT DEFAULT 7 COMMENT 'days up to and including as_of',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  workspace_id STRING,
  job_id STRING,
  job_name STRING,
  run_as STRING,
  tables_written BIGINT COMMENT 'distinct tables that its runs wrote, from lineage',
  monitored_tables BIGINT,
  unhealthy_tables BIGINT,
  unhealthy_table_list STRING COMMENT 'comma-separated',
  quality_status STRING COMMENT 'UNHEALTHY, HEALTHY, or UNKNOWN where none of its tables has a known status'
)
COMMENT 'Purpose: health of the tables that each job writes. Best for: which job makes bad data. Not for: whether the job itself succeeds.'
RETURN
  SELECT
    s.workspace_id, s.job_id, COALESCE(j.name, s.job_id), j.run_as, s.written, s.monitored, s.unhealthy, s.names,
    CASE WHEN s.unhealthy > 0 THEN 'UNHEALTHY' WHEN s.healthy > 0 THEN 'HEALTHY' ELSE 'UNKNOWN' END
  FROM (
    SELECT
      w.workspace_id, w.job_id, COUNT(*) AS written, COUNT(q.node) AS monitored,
      COUNT(CASE WHEN q.status = 'UNHEALTHY' THEN 1 END) AS unhealthy,
      COUNT(CASE WHEN q.status = 'HEALTHY' THEN 1 END) AS healthy,
      COALESCE(array_join(sort_array(collect_set(CASE WHEN q.status = 'UNHEALTHY' THEN w.node END)), ', '), '') AS names
    FROM (
      SELECT DISTINCT
        l.workspace_id, l.entity_metadata.job_info.job_id AS job_id, lower(l.target_table_full_name) AS node
      FROM system.access.table_lineage AS l
      WHERE l.event_date > date_sub(as_of, days_back) AND l.event_date <= as_of
        AND l.entity_metadata.job_info.job_id IS NOT NULL AND l.target_table_full_name IS NOT NULL
    ) AS w
    LEFT JOIN (
      SELECT lower(r.table_full_name) AS node, r.status
      FROM get_data_quality_results(date_sub(as_of, days_back - 1), as_of) AS r
      WHERE r.is_latest
    ) AS q ON w.node = q.node
    GROUP BY w.workspace_id, w.job_id
  ) AS s
  LEFT JOIN dim_job AS j ON s.workspace_id = j.workspace_id AND s.job_id = j.job_id;

CREATE OR REPLACE FUNCTION get_classification_coverage(
  days_back INT DEFAULT 30 COMMENT 'tables seen in lineage in these days up to as_of',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  catalog_name STRING,
  schema_name STRING,
  known_tables BIGINT COMMENT 'tables in lineage or with a finding',
  tables_with_findings BIGINT,
  findings_pct DOUBLE COMMENT 'percent of the known tables',
  sensitive_columns BIGINT,
  high_confidence_columns BIGINT,
  classes STRING COMMENT 'tags found, comma-separated',
  last_scan_time TIMESTAMP COMMENT 'latest detection in the schema; null = never'
)
COMMENT 'Purpose: where classification found sensitive data, per schema. Best for: how much of our data was scanned with a finding. Not for: telling a clean table from one never scanned, which the source does not say.'
RETURN
  SELECT
    k.catalog_name, k.schema_name, COUNT(*), COUNT(c.node),
    100 * try_divide(CAST(COUNT(c.node) AS DOUBLE), CAST(COUNT(*) AS DOUBLE)),
    CAST(COALESCE(SUM(c.columns), 0) AS BIGINT), CAST(COALESCE(SUM(c.high), 0) AS BIGINT),
    COALESCE(array_join(sort_array(array_distinct(flatten(collect_list(c.classes)))), ', '), ''), MAX(c.last_scan)
  FROM (
    SELECT DISTINCT n.node, split_part(n.node, '.', 1) AS catalog_name, split_part(n.node, '.', 2) AS schema_name
    FROM (
      SELECT lower(s.source_table_full_name) AS node FROM system.access.table_lineage AS s
      WHERE s.event_date > date_sub(as_of, days_back) AND s.event_date <= as_of
        AND s.source_table_full_name IS NOT NULL
      UNION ALL
      SELECT lower(t.target_table_full_name) AS node FROM system.access.table_lineage AS t
      WHERE t.event_date > date_sub(as_of, days_back) AND t.event_date <= as_of
        AND t.target_table_full_name IS NOT NULL
      UNION ALL
      SELECT lower(r.table_full_name) AS node FROM get_classified_columns('ALL', '%') AS r
    ) AS n
  ) AS k
  LEFT JOIN (
    SELECT
      lower(f.table_full_name) AS node, COUNT(DISTINCT f.column_name) AS columns,
      COUNT(DISTINCT CASE WHEN f.confidence = 'HIGH' THEN f.column_name END) AS high,
      collect_set(f.class_tag) AS classes, MAX(f.latest_detected_time) AS last_scan
    FROM get_classified_columns('ALL', '%') AS f
    GROUP BY lower(f.table_full_name)
  ) AS c ON k.node = c.node
  GROUP BY k.catalog_name, k.schema_name;
