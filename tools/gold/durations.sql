-- How long job runs take: against a promise, against their own past, and one by one.

CREATE OR REPLACE FUNCTION get_job_sla_compliance(
  sla_minutes DOUBLE COMMENT 'a run is on time when it takes at most this long',
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  total_runs BIGINT COMMENT 'successful runs',
  runs_within_sla BIGINT COMMENT 'successful and on time',
  runs_over_sla BIGINT COMMENT 'successful but late',
  failed_runs BIGINT COMMENT 'failed or timed out; never on time',
  running_over_sla BIGINT COMMENT 'still running and already late',
  sla_compliance_pct DOUBLE COMMENT 'percent of successful runs on time',
  on_time_success_pct DOUBLE COMMENT 'percent of successful, failed and timed out runs that succeeded on time',
  avg_duration_minutes DOUBLE COMMENT 'of successful runs',
  p95_duration_minutes DOUBLE COMMENT 'of successful runs',
  max_duration_minutes DOUBLE COMMENT 'of successful runs'
)
COMMENT 'Purpose: share of runs that finish in time, per job. Best for: are we keeping our promise. Not for: when a run must start or end by the clock.'
RETURN
  SELECT
    s.workspace_id, s.workspace_name, s.job_id, s.job_name, s.succeeded, s.on_time, s.succeeded - s.on_time, s.failed,
    s.running_over,
    100 * try_divide(CAST(s.on_time AS DOUBLE), CAST(s.succeeded AS DOUBLE)),
    100 * try_divide(CAST(s.on_time AS DOUBLE), CAST(s.succeeded + s.failed AS DOUBLE)),
    s.avg_minutes, s.p95_minutes, s.max_minutes
  FROM (
    SELECT
      r.workspace_id, r.workspace_name, r.job_id, r.job_name,
      COUNT(*) FILTER (WHERE r.outcome = 'SUCCESS') AS succeeded,
      COUNT(*) FILTER (WHERE r.outcome = 'SUCCESS' AND r.is_within) AS on_time,
      COUNT(*) FILTER (WHERE r.outcome IN ('FAILURE', 'TIMEOUT')) AS failed,
      COUNT(*) FILTER (WHERE r.outcome = 'RUNNING' AND NOT r.is_within) AS running_over,
      AVG(r.success_minutes) AS avg_minutes,
      percentile(r.success_minutes, 0.95) AS p95_minutes,
      MAX(r.success_minutes) AS max_minutes
    FROM (
      SELECT
        a.*, a.duration_minutes <= sla_minutes AS is_within,
        CASE WHEN a.outcome = 'SUCCESS' THEN a.duration_minutes END AS success_minutes
      FROM job_runs(start_date, end_date) AS a
    ) AS r
    GROUP BY r.workspace_id, r.workspace_name, r.job_id, r.job_name
  ) AS s
  WHERE s.succeeded + s.failed + s.running_over > 0;

CREATE OR REPLACE FUNCTION get_job_duration_trends(
  job_name STRING COMMENT 'exact name, upper and lower case alike, or ALL',
  days_back INT DEFAULT 30 COMMENT 'days up to and including as_of',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  run_date DATE,
  workspace_id STRING,
  job_id STRING,
  job_name STRING,
  run_count BIGINT COMMENT 'successful runs',
  avg_duration_minutes DOUBLE,
  p50_duration_minutes DOUBLE,
  p95_duration_minutes DOUBLE,
  min_duration_minutes DOUBLE,
  max_duration_minutes DOUBLE,
  baseline_minutes DOUBLE COMMENT 'mean of the daily averages of the seven calendar days before, where there are any',
  pct_vs_baseline DOUBLE COMMENT 'daily average against the baseline, percent',
  trend STRING COMMENT 'of the whole period: INCREASING or DECREASING where its second half is 10 percent off its first, else STABLE; UNKNOWN where a half is empty'
)
COMMENT 'Purpose: durations of successful runs per day. Best for: is this job getting slower. Not for: failures.'
RETURN
  SELECT
    d.run_date, d.workspace_id, d.job_id, d.job_name, d.run_count, d.avg_minutes, d.p50_minutes, d.p95_minutes,
    d.min_minutes, d.max_minutes, d.baseline,
    100 * (try_divide(d.avg_minutes, d.baseline) - 1),
    CASE
      WHEN d.second_half IS NULL OR d.first_half IS NULL THEN 'UNKNOWN'
      WHEN d.second_half > 1.1 * d.first_half THEN 'INCREASING'
      WHEN d.second_half < 0.9 * d.first_half THEN 'DECREASING'
      ELSE 'STABLE'
    END
  FROM (
    SELECT
      c.*,
      AVG(c.avg_minutes) OVER (
        PARTITION BY c.workspace_id, c.job_id ORDER BY c.run_date
        RANGE BETWEEN INTERVAL 7 DAYS PRECEDING AND INTERVAL 1 DAY PRECEDING
      ) AS baseline,
      AVG(CASE WHEN c.in_period AND NOT c.in_second_half THEN c.avg_minutes END)
        OVER (PARTITION BY c.workspace_id, c.job_id) AS first_half,
      AVG(CASE WHEN c.in_second_half THEN c.avg_minutes END)
        OVER (PARTITION BY c.workspace_id, c.job_id) AS second_half
    FROM (
      SELECT
        b.*,
        b.run_date > date_sub(as_of, days_back) AS in_period,
        2 * datediff(as_of, b.run_date) < days_back AS in_second_half
      FROM (
        SELECT
          r.run_date, r.workspace_id, r.job_id, r.job_name,
          COUNT(*) AS run_count,
          AVG(r.duration_minutes) AS avg_minutes,
          percentile(r.duration_minutes, 0.5) AS p50_minutes,
          percentile(r.duration_minutes, 0.95) AS p95_minutes,
          MIN(r.duration_minutes) AS min_minutes,
          MAX(r.duration_minutes) AS max_minutes
        FROM job_runs(
          date_sub(get_job_duration_trends.as_of, get_job_duration_trends.days_back + 6), get_job_duration_trends.as_of
        ) AS r
        WHERE r.outcome = 'SUCCESS'
          AND (get_job_duration_trends.job_name = 'ALL' OR lower(r.job_name) = lower(get_job_duration_trends.job_name))
        GROUP BY r.run_date, r.workspace_id, r.job_id, r.job_name
      ) AS b
    ) AS c
  ) AS d
  WHERE d.in_period;

CREATE OR REPLACE FUNCTION get_job_duration_percentiles(
  days_back INT DEFAULT 30 COMMENT 'days up to and including as_of',
  job_name_filter STRING DEFAULT 'ALL' COMMENT 'part of the name, upper and lower case alike, or ALL',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  workspace_id STRING,
  job_id STRING,
  job_name STRING,
  run_count BIGINT COMMENT 'successful runs',
  avg_duration_minutes DOUBLE,
  p50_duration_minutes DOUBLE,
  p75_duration_minutes DOUBLE,
  p90_duration_minutes DOUBLE,
  p99_duration_minutes DOUBLE,
  max_duration_minutes DOUBLE,
  duration_cv DOUBLE COMMENT 'standard deviation divided by mean; null for a single run'
)
COMMENT 'Purpose: spread of the durations of successful runs, per job. Best for: what is normal for this job. Not for: failed runs.'
RETURN
  SELECT
    r.workspace_id, r.job_id, r.job_name, COUNT(*), AVG(r.duration_minutes),
    percentile(r.duration_minutes, 0.5), percentile(r.duration_minutes, 0.75), percentile(r.duration_minutes, 0.9),
    percentile(r.duration_minutes, 0.99), MAX(r.duration_minutes),
    try_divide(stddev_samp(r.duration_minutes), AVG(r.duration_minutes))
  FROM job_runs(date_sub(as_of, days_back - 1), as_of) AS r
  WHERE r.outcome = 'SUCCESS' AND (job_name_filter = 'ALL' OR contains(lower(r.job_name), lower(job_name_filter)))
  GROUP BY r.workspace_id, r.job_id, r.job_name;

CREATE OR REPLACE FUNCTION get_job_run_duration_analysis(
  days_back INT DEFAULT 30 COMMENT 'days up to and including as_of',
  min_runs INT DEFAULT 5 COMMENT 'jobs with fewer finished runs are left out',
  top_n INT DEFAULT 100 COMMENT 'rows to return',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  rank INT COMMENT '1 = most minutes in total',
  workspace_id STRING,
  job_id STRING,
  job_name STRING,
  run_count BIGINT COMMENT 'finished runs of any outcome',
  total_duration_minutes DOUBLE,
  avg_duration_minutes DOUBLE,
  p50_duration_minutes DOUBLE,
  p95_duration_minutes DOUBLE,
  max_duration_minutes DOUBLE,
  failed_duration_minutes DOUBLE COMMENT 'minutes spent in runs that failed or timed out'
)
COMMENT 'Purpose: where job time goes, all finished runs. Best for: which jobs run longest. Not for: one job over time.'
RETURN
  SELECT s.rank, s.workspace_id, s.job_id, s.job_name, s.runs, s.total, s.mean, s.p50, s.p95, s.longest, s.failed
  FROM (
    SELECT
      a.*, CAST(ROW_NUMBER() OVER (ORDER BY a.total DESC, a.workspace_id, a.job_id) AS INT) AS rank
    FROM (
      SELECT
        r.workspace_id, r.job_id, r.job_name, COUNT(*) AS runs, SUM(r.duration_minutes) AS total,
        AVG(r.duration_minutes) AS mean, percentile(r.duration_minutes, 0.5) AS p50,
        percentile(r.duration_minutes, 0.95) AS p95, MAX(r.duration_minutes) AS longest,
        SUM(CASE WHEN r.outcome IN ('FAILURE', 'TIMEOUT') THEN r.duration_minutes ELSE 0 END) AS failed
      FROM job_runs(date_sub(as_of, days_back - 1), as_of) AS r
      WHERE r.outcome <> 'RUNNING'
      GROUP BY r.workspace_id, r.job_id, r.job_name
    ) AS a
    WHERE a.runs >= min_runs
  ) AS s
  WHERE s.rank <= top_n;

CREATE OR REPLACE FUNCTION get_job_outlier_runs(
  days_back INT DEFAULT 30 COMMENT 'days up to and including as_of',
  deviation_threshold DOUBLE DEFAULT 1.5 COMMENT 'a run is an outlier when it takes more than this many times the baseline',
  min_baseline_runs INT DEFAULT 5 COMMENT 'runs that the baseline needs',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  workspace_id STRING,
  workspace_name STRING,
  job_id STRING,
  job_name STRING,
  run_id STRING,
  outcome STRING,
  start_time TIMESTAMP,
  duration_minutes DOUBLE COMMENT 'so far where still running',
  baseline_p90_minutes DOUBLE COMMENT '90th percentile of the successful runs of the job, its slowest left aside',
  baseline_runs BIGINT,
  times_baseline DOUBLE COMMENT 'duration divided by the baseline'
)
COMMENT 'Purpose: runs far longer than their job usually takes. Best for: which run was odd, what is stuck now. Not for: jobs with few runs.'
RETURN
  SELECT
    r.workspace_id, r.workspace_name, r.job_id, r.job_name, r.run_id, r.outcome, r.start_time, r.duration_minutes,
    r.p90, r.others, try_divide(r.duration_minutes, r.p90)
  FROM (
    SELECT
      b.*,
      percentile(CASE WHEN b.outcome = 'SUCCESS' AND b.place > 1 THEN b.duration_minutes END, 0.9)
        OVER (PARTITION BY b.workspace_id, b.job_id) AS p90,
      COUNT(CASE WHEN b.outcome = 'SUCCESS' AND b.place > 1 THEN 1 END)
        OVER (PARTITION BY b.workspace_id, b.job_id) AS others
    FROM (
      SELECT
        a.*, ROW_NUMBER() OVER (
          PARTITION BY a.workspace_id, a.job_id, a.outcome ORDER BY a.duration_minutes DESC, a.run_id
        ) AS place
      FROM job_runs(date_sub(as_of, days_back - 1), as_of) AS a
    ) AS b
  ) AS r
  WHERE r.others >= min_baseline_runs AND r.duration_minutes > deviation_threshold * r.p90;
