-- Statements: slow, failed, spilling, and by whom. Dates are UTC days of the start, both ends included. GB = 10^9 bytes.

CREATE OR REPLACE FUNCTION get_slow_queries(
  min_duration DOUBLE COMMENT 'seconds',
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  top_n INT DEFAULT 50 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = slowest',
  statement_id STRING,
  workspace_name STRING,
  warehouse_id STRING,
  warehouse_name STRING,
  executed_by STRING,
  statement_type STRING,
  duration_seconds DOUBLE COMMENT 'whole time, waiting included',
  queue_seconds DOUBLE COMMENT 'waiting because the warehouse was full',
  startup_seconds DOUBLE COMMENT 'waiting for compute to start',
  compile_seconds DOUBLE,
  execution_seconds DOUBLE,
  read_gb DOUBLE,
  spilled_gb DOUBLE,
  rows_produced BIGINT,
  start_time TIMESTAMP COMMENT 'UTC',
  main_cause STRING COMMENT 'QUEUED, STARTING or COMPILING if over half the time; else SPILLING (over 1 GB), FULL_SCAN (over 100 GB, little pruned) or EXECUTING',
  source_kind STRING COMMENT 'DASHBOARD, JOB, PIPELINE, ALERT, GENIE, NOTEBOOK, SAVED_QUERY or OTHER',
  statement_hash STRING COMMENT 'equal for equal texts',
  statement_shape STRING COMMENT 'the text without literals and comments, at most 300 characters; null where that is not safe'
)
COMMENT 'Purpose: finished statements that took longer than min_duration, result cache left out. Best for: what is slow and why. Not for: failed statements.'
RETURN
  SELECT
    rank, statement_id, workspace_name, compute_warehouse_id, warehouse_name, executed_by, statement_type,
    duration_seconds, queue_seconds, startup_seconds, compile_seconds, execution_seconds, read_gb, spilled_gb,
    produced_rows, start_time, main_cause, source_kind, statement_hash, statement_shape
  FROM (
    SELECT
      CAST(ROW_NUMBER() OVER (ORDER BY q.total_duration_ms DESC, q.statement_id) AS INT) AS rank,
      q.*
    FROM query_history_named AS q
    WHERE q.start_time >= start_date AND q.start_time < date_add(end_date, 1)
      AND q.is_timed AND q.total_duration_ms >= 1000 * min_duration
  ) AS ranked
  WHERE rank <= top_n;

CREATE OR REPLACE FUNCTION get_failed_queries(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  top_n INT DEFAULT 100 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = newest',
  statement_id STRING,
  workspace_name STRING,
  warehouse_name STRING,
  executed_by STRING,
  statement_type STRING,
  error_class STRING COMMENT 'for example TABLE_OR_VIEW_NOT_FOUND; the message itself can hold secrets',
  same_error_count BIGINT COMMENT 'failures with that class in the period',
  duration_seconds DOUBLE,
  start_time TIMESTAMP COMMENT 'UTC',
  source_kind STRING,
  statement_hash STRING,
  statement_shape STRING
)
COMMENT 'Purpose: failed statements, newest first. Best for: what breaks and with which error. Not for: statements that a person cancelled, which are left out.'
RETURN
  SELECT
    rank, statement_id, workspace_name, warehouse_name, executed_by, statement_type, error_class, same_error,
    duration_seconds, start_time, source_kind, statement_hash, statement_shape
  FROM (
    SELECT
      CAST(ROW_NUMBER() OVER (ORDER BY q.start_time DESC, q.statement_id) AS INT) AS rank,
      COUNT(*) OVER (PARTITION BY q.error_class) AS same_error,
      q.*
    FROM query_history_named AS q
    WHERE q.start_time >= start_date AND q.start_time < date_add(end_date, 1) AND q.execution_status = 'FAILED'
  ) AS ranked
  WHERE rank <= top_n;

CREATE OR REPLACE FUNCTION get_high_spill_queries(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  min_spill_gb DOUBLE DEFAULT 1.0 COMMENT 'smallest spill of one statement',
  top_n INT DEFAULT 100 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = most spilled',
  statement_hash STRING,
  statement_type STRING,
  warehouse_id STRING,
  warehouse_name STRING,
  warehouse_size STRING,
  executed_by STRING COMMENT 'who ran it last',
  run_count BIGINT COMMENT 'runs of that text that spilled at least min_spill_gb',
  total_spilled_gb DOUBLE,
  max_spilled_gb DOUBLE,
  avg_duration_seconds DOUBLE,
  avg_read_gb DOUBLE,
  spill_to_read_ratio DOUBLE COMMENT 'spilled per GB read',
  last_statement_id STRING,
  last_start_time TIMESTAMP COMMENT 'UTC',
  statement_shape STRING
)
COMMENT 'Purpose: statements that spill to disk, equal texts together. Best for: which query needs memory or a better join. Not for: statements slow for other reasons.'
RETURN
  SELECT
    rank, statement_hash, statement_type, warehouse_id, warehouse_name, warehouse_size, executed_by, runs, total_spill,
    max_spill, avg_duration, avg_read, try_divide(total_spill, total_read), last_id, last_time, shape
  FROM (
    SELECT CAST(ROW_NUMBER() OVER (ORDER BY g.total_spill DESC, g.last_id) AS INT) AS rank, g.*
    FROM (
      SELECT
        q.statement_hash, q.statement_type, q.compute_warehouse_id AS warehouse_id, q.warehouse_name, q.warehouse_size,
        max_by(q.executed_by, q.start_time) AS executed_by,
        COUNT(*) AS runs,
        SUM(q.spilled_gb) AS total_spill, MAX(q.spilled_gb) AS max_spill,
        AVG(q.duration_seconds) AS avg_duration, AVG(q.read_gb) AS avg_read, SUM(q.read_gb) AS total_read,
        max_by(q.statement_id, q.start_time) AS last_id, MAX(q.start_time) AS last_time,
        MAX(q.statement_shape) AS shape
      FROM query_history_named AS q
      WHERE q.start_time >= start_date AND q.start_time < date_add(end_date, 1)
        AND q.spilled_local_bytes >= 1000000000 * min_spill_gb AND q.spilled_local_bytes > 0
      GROUP BY
        COALESCE(q.statement_hash, q.statement_id), q.statement_hash, q.statement_type, q.compute_warehouse_id,
        q.warehouse_name, q.warehouse_size, q.workspace_id
    ) AS g
  ) AS ranked
  WHERE rank <= top_n;

CREATE OR REPLACE FUNCTION get_query_efficiency(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  min_duration_seconds INT DEFAULT 60 COMMENT 'shortest statement to judge',
  top_n INT DEFAULT 100 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = least efficient',
  statement_id STRING,
  warehouse_name STRING,
  executed_by STRING,
  statement_type STRING,
  duration_seconds DOUBLE,
  efficiency_score INT COMMENT '100 minus 30 for spill over 100 MB, 25 for over 10 % in the queue, 20 for a scan that prunes under half its files, 15 for a compilation over a quarter of the time, 10 for under half read from the cache',
  has_high_spill BOOLEAN,
  has_high_queue BOOLEAN,
  has_poor_pruning BOOLEAN COMMENT 'read over 1 GB and pruned under half the files',
  has_slow_compilation BOOLEAN,
  has_cold_cache BOOLEAN COMMENT 'read over 1 GB, under half of it from the I/O cache',
  read_gb DOUBLE,
  spilled_gb DOUBLE,
  start_time TIMESTAMP COMMENT 'UTC',
  statement_hash STRING,
  statement_shape STRING
)
COMMENT 'Purpose: what to tune in each long statement. Best for: tuning lists. Not for: whole warehouses.'
RETURN
  SELECT
    rank, statement_id, warehouse_name, executed_by, statement_type, duration_seconds, CAST(score AS INT), spill, queue,
    pruning, compilation, cold, read_gb, spilled_gb, start_time, statement_hash, statement_shape
  FROM (
    SELECT
      CAST(ROW_NUMBER() OVER (ORDER BY s.score, s.total_duration_ms DESC, s.statement_id) AS INT) AS rank,
      s.*
    FROM (
      SELECT
        f.*,
        100 - CASE WHEN f.spill THEN 30 ELSE 0 END - CASE WHEN f.queue THEN 25 ELSE 0 END
          - CASE WHEN f.pruning THEN 20 ELSE 0 END - CASE WHEN f.compilation THEN 15 ELSE 0 END
          - CASE WHEN f.cold THEN 10 ELSE 0 END AS score
      FROM (
        SELECT
          q.*,
          COALESCE(q.spilled_local_bytes > 100000000, FALSE) AS spill,
          COALESCE(10 * q.waiting_at_capacity_duration_ms > q.total_duration_ms, FALSE) AS queue,
          COALESCE(q.read_bytes > 1000000000 AND COALESCE(q.pruned_files, 0) < q.read_files, FALSE) AS pruning,
          COALESCE(4 * q.compilation_duration_ms > q.total_duration_ms, FALSE) AS compilation,
          COALESCE(q.read_bytes > 1000000000 AND q.read_io_cache_percent < 50, FALSE) AS cold
        FROM query_history_named AS q
        WHERE q.start_time >= start_date AND q.start_time < date_add(end_date, 1)
          AND q.is_timed AND q.total_duration_ms >= 1000 * min_duration_seconds
      ) AS f
    ) AS s
  ) AS ranked
  WHERE rank <= top_n;
