-- Statistical drift of job runs and a daily profile of data quality, for accounts without Lakehouse Monitoring tables.

CREATE OR REPLACE FUNCTION get_job_run_drift(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  window_days INT DEFAULT 7 COMMENT 'length of a window; windows are laid back to back from end_date',
  slice_key STRING DEFAULT 'ALL' COMMENT 'ALL, workspace_id, job_id, trigger_type or run_type'
)
RETURNS TABLE (
  window_start DATE,
  window_end DATE COMMENT 'last day, included',
  window_cmp_start DATE COMMENT 'the window before, with which this one is compared',
  window_cmp_end DATE,
  slice_key STRING COMMENT 'null = all runs',
  slice_value STRING COMMENT 'a job is workspace_id/job_id',
  slice_name STRING COMMENT 'name of the job or workspace',
  total_runs BIGINT,
  success_count BIGINT,
  failure_count BIGINT COMMENT 'failed or timed out',
  cancelled_count BIGINT,
  long_running_count BIGINT COMMENT 'over 60 minutes',
  success_rate DOUBLE COMMENT 'percent of the runs that succeeded, failed or timed out',
  avg_duration_minutes DOUBLE COMMENT 'of successful runs, as all durations here',
  p50_duration_minutes DOUBLE,
  p90_duration_minutes DOUBLE,
  p99_duration_minutes DOUBLE,
  duration_cv DOUBLE COMMENT 'standard deviation divided by mean',
  count_delta BIGINT COMMENT 'runs against the window before',
  run_count_drift_pct DOUBLE,
  success_rate_drift DOUBLE COMMENT 'percentage points',
  failure_count_drift BIGINT,
  duration_drift_pct DOUBLE COMMENT 'of the average',
  p50_duration_drift_pct DOUBLE,
  p90_duration_drift_pct DOUBLE,
  p99_duration_drift_pct DOUBLE,
  duration_cv_drift DOUBLE,
  long_running_drift BIGINT,
  population_stability_index DOUBLE COMMENT 'of durations over the tenths of the window before; null below 10 successful runs in either',
  js_distance DOUBLE COMMENT 'Jensen-Shannon distance over the same tenths, 0 to 1',
  ks_test DOUBLE COMMENT 'Kolmogorov-Smirnov statistic of durations, 0 to 1',
  ks_p_value DOUBLE COMMENT 'its asymptotic p-value',
  drift_level STRING COMMENT 'MAJOR = index above 0.25 and p below 0.01, MODERATE = above 0.1 and p below 0.05, else NONE; UNKNOWN with too few runs'
)
COMMENT 'Purpose: job runs of each window against the window before. Best for: did reliability or duration shift, and is it more than chance. Not for: single runs.'
RETURN
  WITH runs AS (
    SELECT
      r.outcome, r.duration_minutes, r.job_name, r.workspace_name,
      CASE WHEN r.outcome = 'SUCCESS' THEN r.duration_minutes END AS minutes,
      CAST(floor(try_divide(CAST(datediff(end_date, r.run_date) AS DOUBLE), CAST(window_days AS DOUBLE))) AS INT) AS age,
      CASE get_job_run_drift.slice_key
        WHEN 'workspace_id' THEN r.workspace_id
        WHEN 'job_id' THEN CONCAT(r.workspace_id, '/', r.job_id)
        WHEN 'trigger_type' THEN COALESCE(r.trigger_type, 'NONE')
        WHEN 'run_type' THEN COALESCE(r.run_type, 'NONE')
        ELSE 'ALL'
      END AS slice
    FROM job_runs(
      date_sub(end_date, (CAST(floor(try_divide(CAST(datediff(end_date, start_date) AS DOUBLE), CAST(window_days AS DOUBLE))) AS INT) + 2) * window_days - 1), end_date
    ) AS r
  ),
  durations AS (
    SELECT age, slice, minutes, COUNT(*) AS alike
    FROM runs
    WHERE minutes IS NOT NULL
    GROUP BY age, slice, minutes
  ),
  counts AS (
    SELECT
      age, slice, COUNT(*) AS total,
      COUNT(CASE WHEN outcome = 'SUCCESS' THEN 1 END) AS ok,
      COUNT(CASE WHEN outcome IN ('FAILURE', 'TIMEOUT') THEN 1 END) AS failed,
      COUNT(CASE WHEN outcome = 'CANCELLED' THEN 1 END) AS cancelled,
      COUNT(CASE WHEN duration_minutes > 60 THEN 1 END) AS long_runs,
      100 * try_divide(
        CAST(COUNT(CASE WHEN outcome = 'SUCCESS' THEN 1 END) AS DOUBLE),
        CAST(COUNT(CASE WHEN outcome IN ('SUCCESS', 'FAILURE', 'TIMEOUT') THEN 1 END) AS DOUBLE)
      ) AS rate,
      AVG(minutes) AS mean, try_divide(stddev_samp(minutes), AVG(minutes)) AS cv,
      percentile(minutes, 0.1) AS d1, percentile(minutes, 0.2) AS d2, percentile(minutes, 0.3) AS d3,
      percentile(minutes, 0.4) AS d4, percentile(minutes, 0.5) AS d5, percentile(minutes, 0.6) AS d6,
      percentile(minutes, 0.7) AS d7, percentile(minutes, 0.8) AS d8, percentile(minutes, 0.9) AS d9,
      percentile(minutes, 0.99) AS p99, MAX(job_name) AS job_name, MAX(workspace_name) AS workspace_name
    FROM runs
    GROUP BY age, slice
  ),
  -- Durations are whole seconds, so that many runs share each; they are counted before anything is sorted.
  pairs AS (
    SELECT
      m.age, m.slice, m.minutes, m.new_runs, m.old_runs,
      CAST(m.minutes > e.d1 AS INT) + CAST(m.minutes > e.d2 AS INT) + CAST(m.minutes > e.d3 AS INT)
        + CAST(m.minutes > e.d4 AS INT) + CAST(m.minutes > e.d5 AS INT) + CAST(m.minutes > e.d6 AS INT)
        + CAST(m.minutes > e.d7 AS INT) + CAST(m.minutes > e.d8 AS INT) + CAST(m.minutes > e.d9 AS INT) AS tenth
    FROM (
      SELECT a.age, a.slice, a.minutes, SUM(a.is_new) AS new_runs, SUM(a.is_old) AS old_runs
      FROM (
        SELECT d.age, d.slice, d.minutes, d.alike AS is_new, 0 AS is_old FROM durations AS d
        UNION ALL
        SELECT d.age - 1 AS age, d.slice, d.minutes, 0 AS is_new, d.alike AS is_old FROM durations AS d
      ) AS a
      GROUP BY a.age, a.slice, a.minutes
    ) AS m
    JOIN counts AS e ON e.age = m.age + 1 AND e.slice = m.slice
    JOIN counts AS n ON n.age = m.age AND n.slice = m.slice
    WHERE e.ok >= 10 AND n.ok >= 10
  ),
  shares AS (
    SELECT
      b.age, b.slice,
      try_divide(b.new_runs + 0.5D, SUM(b.new_runs + 0.5D) OVER (PARTITION BY b.age, b.slice)) AS p,
      try_divide(b.old_runs + 0.5D, SUM(b.old_runs + 0.5D) OVER (PARTITION BY b.age, b.slice)) AS q
    FROM (
      SELECT age, slice, tenth, SUM(new_runs) AS new_runs, SUM(old_runs) AS old_runs FROM pairs GROUP BY age, slice, tenth
    ) AS b
  ),
  distances AS (
    SELECT
      age, slice, SUM((p - q) * ln(try_divide(p, q))) AS psi,
      sqrt(greatest(try_divide(SUM(p * ln(try_divide(2 * p, p + q)) + q * ln(try_divide(2 * q, p + q))), 2 * ln(2.0D)), 0.0D)) AS js
    FROM shares
    GROUP BY age, slice
  ),
  kolmogorov AS (
    SELECT
      f.age, f.slice, MAX(f.gap) AS d,
      MAX((sqrt(f.effective) + 0.12D + try_divide(0.11D, sqrt(f.effective))) * f.gap) AS scaled
    FROM (
      SELECT
        c.age, c.slice, ABS(try_divide(c.new_below, c.new_all) - try_divide(c.old_below, c.old_all)) AS gap,
        try_divide(c.new_all * c.old_all, c.new_all + c.old_all) AS effective
      FROM (
        SELECT
          age, slice,
          CAST(SUM(new_runs) OVER (PARTITION BY age, slice ORDER BY minutes) AS DOUBLE) AS new_below,
          CAST(SUM(old_runs) OVER (PARTITION BY age, slice ORDER BY minutes) AS DOUBLE) AS old_below,
          CAST(SUM(new_runs) OVER (PARTITION BY age, slice) AS DOUBLE) AS new_all,
          CAST(SUM(old_runs) OVER (PARTITION BY age, slice) AS DOUBLE) AS old_all
        FROM pairs
      ) AS c
    ) AS f
    GROUP BY f.age, f.slice
  ),
  tested AS (
    SELECT
      d.age, d.slice, d.psi, d.js, k.d,
      CASE WHEN k.scaled < 0.4 THEN 1.0D ELSE greatest(0.0D, least(1.0D, 2 * (
        exp(-2 * k.scaled * k.scaled) - exp(-8 * k.scaled * k.scaled) + exp(-18 * k.scaled * k.scaled)
        - exp(-32 * k.scaled * k.scaled)
      ))) END AS p_value
    FROM distances AS d
    JOIN kolmogorov AS k ON d.age = k.age AND d.slice = k.slice
  )
  SELECT
    date_sub(end_date, (c.age + 1) * window_days - 1), date_sub(end_date, c.age * window_days),
    date_sub(end_date, (c.age + 2) * window_days - 1), date_sub(end_date, (c.age + 1) * window_days),
    CASE WHEN get_job_run_drift.slice_key <> 'ALL' THEN get_job_run_drift.slice_key END,
    CASE WHEN get_job_run_drift.slice_key <> 'ALL' THEN c.slice END,
    CASE get_job_run_drift.slice_key WHEN 'job_id' THEN c.job_name WHEN 'workspace_id' THEN c.workspace_name
      WHEN 'ALL' THEN CAST(NULL AS STRING) ELSE c.slice END,
    c.total, c.ok, c.failed, c.cancelled, c.long_runs, c.rate, c.mean, c.d5, c.d9, c.p99, c.cv,
    c.total - o.total, 100 * try_divide(CAST(c.total - o.total AS DOUBLE), CAST(o.total AS DOUBLE)),
    c.rate - o.rate, c.failed - o.failed,
    100 * try_divide(c.mean - o.mean, o.mean), 100 * try_divide(c.d5 - o.d5, o.d5),
    100 * try_divide(c.d9 - o.d9, o.d9), 100 * try_divide(c.p99 - o.p99, o.p99), c.cv - o.cv,
    c.long_runs - o.long_runs, t.psi, t.js, t.d, t.p_value,
    CASE
      WHEN t.psi IS NULL THEN 'UNKNOWN'
      WHEN t.psi > 0.25 AND t.p_value < 0.01 THEN 'MAJOR'
      WHEN t.psi > 0.1 AND t.p_value < 0.05 THEN 'MODERATE'
      ELSE 'NONE'
    END
  FROM counts AS c
  LEFT JOIN counts AS o ON o.age = c.age + 1 AND o.slice = c.slice
  LEFT JOIN tested AS t ON t.age = c.age AND t.slice = c.slice
  WHERE c.age <= CAST(floor(try_divide(CAST(datediff(end_date, start_date) AS DOUBLE), CAST(window_days AS DOUBLE))) AS INT);

-- The shape of a Lakehouse Monitoring drift table, over the last 30 days: daily for all runs and per workspace, weekly per job.
CREATE OR REPLACE VIEW fact_job_run_drift_metrics AS
SELECT
  named_struct('start', CAST(d.window_start AS TIMESTAMP), 'end', CAST(date_add(d.window_end, 1) AS TIMESTAMP)) AS window,
  named_struct(
    'start', CAST(d.window_cmp_start AS TIMESTAMP), 'end', CAST(date_add(d.window_cmp_end, 1) AS TIMESTAMP)
  ) AS window_cmp,
  'CONSECUTIVE' AS drift_type, ':table' AS column_name, d.*
FROM (
  SELECT '1 day' AS granularity, a.*
  FROM get_job_run_drift(date_sub(current_date(), 29), current_date(), 1, 'ALL') AS a
  UNION ALL
  SELECT '1 day' AS granularity, w.*
  FROM get_job_run_drift(date_sub(current_date(), 29), current_date(), 1, 'workspace_id') AS w
  UNION ALL
  SELECT '7 days' AS granularity, j.*
  FROM get_job_run_drift(date_sub(current_date(), 27), current_date(), 7, 'job_id') AS j
) AS d;

CREATE OR REPLACE FUNCTION get_data_quality_profile(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  slice_key STRING DEFAULT 'ALL' COMMENT 'ALL, catalog_name or schema_name'
)
RETURNS TABLE (
  window_start DATE COMMENT 'the UTC day',
  slice_key STRING COMMENT 'null = all tables',
  slice_value STRING COMMENT 'a schema is catalog.schema',
  total_evaluations BIGINT COMMENT 'results of that day, several per table counted',
  distinct_tables BIGINT COMMENT 'each with its newest result of that day from here on',
  healthy_tables BIGINT,
  unhealthy_tables BIGINT,
  stale_tables BIGINT COMMENT 'freshness unhealthy',
  incomplete_tables BIGINT COMMENT 'completeness unhealthy',
  critical_tables BIGINT COMMENT 'unhealthy with impact level 3 or 4',
  healthy_rate DOUBLE COMMENT 'percent of the tables whose status is known',
  healthy_rate_drift DOUBLE COMMENT 'percentage points against the previous day with results',
  unhealthy_tables_drift BIGINT,
  tables_evaluated_drift_pct DOUBLE
)
COMMENT 'Purpose: data quality per day. Best for: is quality getting worse, where. Not for: one table, see get_data_quality_results.'
RETURN
  SELECT
    s.day, CASE WHEN get_data_quality_profile.slice_key <> 'ALL' THEN get_data_quality_profile.slice_key END,
    CASE WHEN get_data_quality_profile.slice_key <> 'ALL' THEN s.slice END,
    s.evaluations, s.tables, s.healthy, s.unhealthy, s.stale, s.incomplete, s.critical, s.rate,
    s.rate - LAG(s.rate) OVER (PARTITION BY s.slice ORDER BY s.day),
    s.unhealthy - LAG(s.unhealthy) OVER (PARTITION BY s.slice ORDER BY s.day),
    100 * (try_divide(
      CAST(s.tables AS DOUBLE), CAST(LAG(s.tables) OVER (PARTITION BY s.slice ORDER BY s.day) AS DOUBLE)
    ) - 1)
  FROM (
    SELECT
      r.day, r.slice, COUNT(*) AS evaluations, COUNT(CASE WHEN r.age = 1 THEN 1 END) AS tables,
      COUNT(CASE WHEN r.age = 1 AND r.status = 'HEALTHY' THEN 1 END) AS healthy,
      COUNT(CASE WHEN r.age = 1 AND r.status = 'UNHEALTHY' THEN 1 END) AS unhealthy,
      COUNT(CASE WHEN r.age = 1 AND r.freshness_status = 'UNHEALTHY' THEN 1 END) AS stale,
      COUNT(CASE WHEN r.age = 1 AND r.completeness_status = 'UNHEALTHY' THEN 1 END) AS incomplete,
      COUNT(CASE WHEN r.age = 1 AND r.status = 'UNHEALTHY' AND r.impact_level >= 3 THEN 1 END) AS critical,
      100 * try_divide(
        CAST(COUNT(CASE WHEN r.age = 1 AND r.status = 'HEALTHY' THEN 1 END) AS DOUBLE),
        CAST(COUNT(CASE WHEN r.age = 1 AND r.status IN ('HEALTHY', 'UNHEALTHY') THEN 1 END) AS DOUBLE)
      ) AS rate
    FROM (
      SELECT
        q.*, CAST(q.event_time AS DATE) AS day,
        CASE get_data_quality_profile.slice_key
          WHEN 'catalog_name' THEN q.catalog_name WHEN 'schema_name' THEN CONCAT(q.catalog_name, '.', q.schema_name)
          ELSE 'ALL' END AS slice,
        ROW_NUMBER() OVER (
          PARTITION BY q.table_full_name, CAST(q.event_time AS DATE) ORDER BY q.event_time DESC
        ) AS age
      FROM get_data_quality_results(get_data_quality_profile.start_date, get_data_quality_profile.end_date) AS q
    ) AS r
    GROUP BY r.day, r.slice
  ) AS s;
