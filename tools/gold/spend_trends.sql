-- How spend develops, in USD at the price of usage_cost. A day that is not over is never compared with a full one.

CREATE OR REPLACE FUNCTION get_cost_week_over_week(
  weeks_back INT DEFAULT 8 COMMENT 'calendar weeks, Monday to Sunday UTC, the current one included',
  as_of DATE DEFAULT current_date() COMMENT 'today in UTC: usage up to the day before counts'
)
RETURNS TABLE (
  week_start DATE COMMENT 'Monday',
  days INT COMMENT 'complete days of the week so far',
  is_complete BOOLEAN,
  total_cost_usd DECIMAL(18, 2),
  prior_week_cost_usd DECIMAL(18, 2) COMMENT 'the same days of the week before',
  change_usd DECIMAL(18, 2),
  growth_pct DOUBLE,
  avg_4_weeks_usd DECIMAL(18, 2) COMMENT 'mean of the same days of the four weeks before, where all four have usage'
)
COMMENT 'Purpose: weekly cost and growth. Best for: week over week. Not for: which day or who.'
RETURN
  SELECT
    g.week_start, CAST(g.days AS INT), g.days = 7, CAST(g.cost AS DECIMAL(18, 2)), CAST(g.prior AS DECIMAL(18, 2)),
    CAST(g.cost - g.prior AS DECIMAL(18, 2)),
    100 * try_divide(CAST(g.cost - g.prior AS DOUBLE), CAST(g.prior AS DOUBLE)),
    CASE WHEN g.prior_weeks = 4 THEN CAST(g.four_weeks / 4 AS DECIMAL(18, 2)) END
  FROM (
    SELECT
      w.week_start, w.days, SUM(CASE WHEN d.week_start = w.week_start THEN d.cost END) AS cost,
      SUM(CASE WHEN d.week_start = date_sub(w.week_start, 7) THEN d.cost END) AS prior,
      SUM(CASE WHEN d.week_start < w.week_start THEN d.cost END) AS four_weeks,
      COUNT(DISTINCT CASE WHEN d.week_start < w.week_start THEN d.week_start END) AS prior_weeks
    FROM (
      SELECT c.week_start, least(datediff(c.asked_on, c.week_start), 7) AS days
      FROM (
        SELECT DISTINCT CAST(date_trunc('WEEK', u.usage_date) AS DATE) AS week_start, as_of AS asked_on
        FROM usage_cost AS u
        WHERE u.usage_date >= date_sub(CAST(date_trunc('WEEK', date_sub(as_of, 1)) AS DATE), 7 * (weeks_back - 1))
          AND u.usage_date < as_of
      ) AS c
    ) AS w
    JOIN (
      SELECT u.usage_date, CAST(date_trunc('WEEK', u.usage_date) AS DATE) AS week_start, SUM(u.cost) AS cost
      FROM usage_cost AS u
      WHERE u.usage_date >= date_sub(CAST(date_trunc('WEEK', date_sub(as_of, 1)) AS DATE), 7 * (weeks_back + 3))
        AND u.usage_date < as_of
      GROUP BY u.usage_date
    ) AS d
      ON d.week_start <= w.week_start AND d.week_start >= date_sub(w.week_start, 28)
      AND datediff(d.usage_date, d.week_start) < w.days
    GROUP BY w.week_start, w.days
  ) AS g;

CREATE OR REPLACE FUNCTION get_cost_growth_analysis(
  days_back INT DEFAULT 7 COMMENT 'complete days up to the day before as_of, against as many before',
  entity_type STRING DEFAULT 'WORKSPACE' COMMENT 'WORKSPACE, JOB, SKU, PRODUCT, USER, TEAM, WAREHOUSE, CLUSTER, PIPELINE or ENDPOINT',
  top_n INT DEFAULT 20 COMMENT 'rows to return',
  as_of DATE DEFAULT current_date() COMMENT 'today in UTC'
)
RETURNS TABLE (
  rank INT COMMENT '1 = largest rise in USD',
  entity_type STRING,
  entity_id STRING COMMENT 'a job, warehouse, cluster or pipeline is workspace_id/id',
  entity_name STRING,
  current_cost_usd DECIMAL(18, 2),
  prior_cost_usd DECIMAL(18, 2),
  change_usd DECIMAL(18, 2),
  growth_pct DOUBLE COMMENT 'percent of the prior cost; null where there was none',
  growth_class STRING COMMENT 'NEW, GONE, SPIKE above +50, GROWTH above +10, DROP below -50, DECLINE below -10, else STABLE'
)
COMMENT 'Purpose: what grew most. Best for: who drives growth. Not for: single days.'
RETURN
  SELECT
    s.rank, upper(get_cost_growth_analysis.entity_type), s.entity_id,
    COALESCE(w.workspace_name, j.name, h.warehouse_name, c.cluster_name, p.name, s.entity_id),
    CAST(s.new_cost AS DECIMAL(18, 2)), CAST(s.old_cost AS DECIMAL(18, 2)),
    CAST(s.new_cost - s.old_cost AS DECIMAL(18, 2)),
    100 * try_divide(CAST(s.new_cost - s.old_cost AS DOUBLE), CAST(s.old_cost AS DOUBLE)),
    CASE
      WHEN s.old_cost = 0 THEN 'NEW' WHEN s.new_cost = 0 THEN 'GONE'
      WHEN s.new_cost > 1.5 * s.old_cost THEN 'SPIKE' WHEN s.new_cost > 1.1 * s.old_cost THEN 'GROWTH'
      WHEN s.new_cost < 0.5 * s.old_cost THEN 'DROP' WHEN s.new_cost < 0.9 * s.old_cost THEN 'DECLINE'
      ELSE 'STABLE'
    END
  FROM (
    SELECT
      a.*, CAST(ROW_NUMBER() OVER (ORDER BY a.new_cost - a.old_cost DESC, a.entity_id) AS INT) AS rank
    FROM (
      SELECT
        e.entity_id, e.kind, MAX(e.workspace_id) AS workspace_id, MAX(e.resource_id) AS resource_id,
        COALESCE(SUM(CASE WHEN e.is_new THEN e.cost END), 0) AS new_cost,
        COALESCE(SUM(CASE WHEN NOT e.is_new THEN e.cost END), 0) AS old_cost
      FROM (
        SELECT
          u.cost, u.workspace_id, u.resource_id, lower(get_cost_growth_analysis.entity_type) AS kind,
          u.usage_date >= date_sub(get_cost_growth_analysis.as_of, get_cost_growth_analysis.days_back) AS is_new,
          CASE lower(get_cost_growth_analysis.entity_type)
            WHEN 'workspace' THEN u.workspace_id WHEN 'sku' THEN u.sku_name WHEN 'product' THEN u.billing_origin_product
            WHEN 'user' THEN COALESCE(u.run_as, 'Unknown') WHEN 'team' THEN COALESCE(u.team, 'Unassigned')
            ELSE CASE WHEN u.resource_kind = lower(get_cost_growth_analysis.entity_type)
              THEN CONCAT(u.workspace_id, '/', u.resource_id) END
          END AS entity_id
        FROM usage_cost AS u
        WHERE u.usage_date >= date_sub(get_cost_growth_analysis.as_of, 2 * get_cost_growth_analysis.days_back)
          AND u.usage_date < get_cost_growth_analysis.as_of
      ) AS e
      WHERE e.entity_id IS NOT NULL
      GROUP BY e.entity_id, e.kind
    ) AS a
  ) AS s
  LEFT JOIN dim_workspace AS w ON s.kind = 'workspace' AND s.workspace_id = w.workspace_id
  LEFT JOIN dim_job AS j ON s.kind = 'job' AND s.workspace_id = j.workspace_id AND s.resource_id = j.job_id
  LEFT JOIN dim_warehouse AS h
    ON s.kind = 'warehouse' AND s.workspace_id = h.workspace_id AND s.resource_id = h.warehouse_id
  LEFT JOIN dim_cluster AS c
    ON s.kind = 'cluster' AND s.workspace_id = c.workspace_id AND s.resource_id = c.cluster_id
  LEFT JOIN dim_pipeline AS p
    ON s.kind = 'pipeline' AND s.workspace_id = p.workspace_id AND s.resource_id = p.pipeline_id
  WHERE s.rank <= get_cost_growth_analysis.top_n;

CREATE OR REPLACE FUNCTION get_cost_growth_by_period(
  entity_type STRING DEFAULT 'WORKSPACE' COMMENT 'WORKSPACE, JOB, SKU, PRODUCT, USER, TEAM, WAREHOUSE, CLUSTER, PIPELINE or ENDPOINT',
  top_n INT DEFAULT 20 COMMENT 'rows to return',
  as_of DATE DEFAULT current_date() COMMENT 'today in UTC'
)
RETURNS TABLE (
  rank INT COMMENT '1 = largest rise in USD over 7 days',
  entity_id STRING,
  entity_name STRING,
  last_7_days_usd DECIMAL(18, 2) COMMENT 'complete days up to the day before as_of',
  growth_7_days_pct DOUBLE COMMENT 'against the 7 days before',
  last_30_days_usd DECIMAL(18, 2),
  growth_30_days_pct DOUBLE COMMENT 'against the 30 days before',
  growth_class STRING COMMENT 'of the 7 days: NEW, GONE, SPIKE, GROWTH, DROP, DECLINE or STABLE'
)
COMMENT 'Purpose: short and long growth side by side. Best for: a new rise or an old trend. Not for: single days.'
RETURN
  SELECT
    w.rank, w.entity_id, w.entity_name, w.current_cost_usd, w.growth_pct, m.current_cost_usd, m.growth_pct,
    w.growth_class
  FROM get_cost_growth_analysis(
    7, get_cost_growth_by_period.entity_type, get_cost_growth_by_period.top_n, get_cost_growth_by_period.as_of
  ) AS w
  LEFT JOIN get_cost_growth_analysis(
    30, get_cost_growth_by_period.entity_type, 1000000, get_cost_growth_by_period.as_of
  ) AS m ON w.entity_id = m.entity_id;

CREATE OR REPLACE FUNCTION get_cost_anomalies(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  z_score_threshold DOUBLE DEFAULT 2.0 COMMENT 'deviations from the usual that count as an anomaly'
)
RETURNS TABLE (
  usage_date DATE,
  workspace_id STRING,
  workspace_name STRING,
  cost_usd DECIMAL(18, 2),
  expected_cost_usd DECIMAL(18, 2) COMMENT 'mean of the same weekday of the four weeks before, at least two of them',
  deviation_usd DECIMAL(18, 2),
  deviation_pct DOUBLE,
  z_score DOUBLE COMMENT 'relative deviation divided by its usual size over the 28 days before, not below 3 percent',
  anomaly_type STRING COMMENT 'SPIKE or DIP'
)
COMMENT 'Purpose: workspace-days that cost far more or less than usual for their weekday. Best for: when did something happen. Not for: why. The current day is incomplete: leave it out.'
RETURN
  SELECT
    z.usage_date, z.workspace_id, COALESCE(w.workspace_name, z.workspace_id), CAST(z.cost AS DECIMAL(18, 2)),
    CAST(z.expected AS DECIMAL(18, 2)), CAST(CAST(z.cost AS DOUBLE) - z.expected AS DECIMAL(18, 2)),
    100 * z.off, try_divide(z.off, greatest(z.usual, 0.03D)), CASE WHEN z.off > 0 THEN 'SPIKE' ELSE 'DIP' END
  FROM (
    SELECT
      r.*, stddev_samp(r.off) OVER (
        PARTITION BY r.workspace_id ORDER BY r.usage_date
        RANGE BETWEEN INTERVAL 28 DAYS PRECEDING AND INTERVAL 1 DAY PRECEDING
      ) AS usual
    FROM (
      SELECT e.*, try_divide(CAST(e.cost AS DOUBLE), e.expected) - 1 AS off
      FROM (
        SELECT
          d.workspace_id, d.usage_date, d.cost,
          CASE WHEN COUNT(*) OVER (
            PARTITION BY d.workspace_id, dayofweek(d.usage_date) ORDER BY d.usage_date
            RANGE BETWEEN INTERVAL 28 DAYS PRECEDING AND INTERVAL 1 DAY PRECEDING
          ) >= 2 THEN AVG(CAST(d.cost AS DOUBLE)) OVER (
            PARTITION BY d.workspace_id, dayofweek(d.usage_date) ORDER BY d.usage_date
            RANGE BETWEEN INTERVAL 28 DAYS PRECEDING AND INTERVAL 1 DAY PRECEDING
          ) END AS expected
        FROM (
          SELECT u.workspace_id, u.usage_date, SUM(u.cost) AS cost
          FROM usage_cost AS u
          WHERE u.usage_date >= date_sub(start_date, 56) AND u.usage_date <= end_date
          GROUP BY u.workspace_id, u.usage_date
        ) AS d
      ) AS e
    ) AS r
  ) AS z
  LEFT JOIN dim_workspace AS w ON z.workspace_id = w.workspace_id
  WHERE z.usage_date >= start_date AND z.expected IS NOT NULL
    AND ABS(try_divide(z.off, greatest(z.usual, 0.03D))) >= z_score_threshold;
