-- Where spend is heading: month to date, commit, forecast. In USD at the price of usage_cost.

CREATE OR REPLACE FUNCTION get_cost_mtd_summary(
  as_of DATE DEFAULT current_date() COMMENT 'today in UTC'
)
RETURNS TABLE (
  month_start DATE,
  days_complete INT COMMENT 'days of the month before as_of',
  days_in_month INT,
  mtd_cost_usd DECIMAL(18, 2) COMMENT 'complete days only',
  today_cost_usd DECIMAL(18, 2) COMMENT 'so far, incomplete',
  last_month_same_days_usd DECIMAL(18, 2) COMMENT 'as many days of the month before',
  growth_pct DOUBLE COMMENT 'month to date against those',
  last_month_total_usd DECIMAL(18, 2),
  projected_month_usd DECIMAL(18, 2) COMMENT 'complete days, plus the other days at the mean of their weekday over the 28 days before as_of',
  projected_vs_last_month_pct DOUBLE,
  last_usage_date DATE
)
COMMENT 'Purpose: this month so far and where it will end. Best for: month to date. Not for: budgets, see get_budget_variance.'
RETURN
  SELECT
    m.month_start, CAST(datediff(m.asked_on, m.month_start) AS INT),
    CAST(day(last_day(m.asked_on)) AS INT), CAST(m.mtd AS DECIMAL(18, 2)), CAST(m.today AS DECIMAL(18, 2)),
    CAST(m.same_days AS DECIMAL(18, 2)),
    100 * (try_divide(CAST(m.mtd AS DOUBLE), CAST(m.same_days AS DOUBLE)) - 1),
    CAST(m.last_month AS DECIMAL(18, 2)), CAST(CAST(m.mtd AS DOUBLE) + m.rest AS DECIMAL(18, 2)),
    100 * (try_divide(CAST(m.mtd AS DOUBLE) + m.rest, CAST(m.last_month AS DOUBLE)) - 1), m.last_date
  FROM (
    SELECT t.*, COALESCE(o.rest, 0) AS rest
    FROM (
      SELECT
        MAX(c.month_start) AS month_start, MAX(c.asked_on) AS asked_on, MAX(c.usage_date) AS last_date,
        COALESCE(SUM(CASE WHEN c.usage_date >= c.month_start AND c.usage_date < c.asked_on THEN c.cost END), 0) AS mtd,
        COALESCE(SUM(CASE WHEN c.usage_date = c.asked_on THEN c.cost END), 0) AS today,
        COALESCE(SUM(CASE WHEN c.usage_date < c.month_start
          AND day(c.usage_date) < day(c.asked_on) THEN c.cost END), 0) AS same_days,
        COALESCE(SUM(CASE WHEN c.usage_date < c.month_start THEN c.cost END), 0) AS last_month
      FROM (
        SELECT
          u.usage_date, u.cost, as_of AS asked_on, CAST(date_trunc('MONTH', as_of) AS DATE) AS month_start
        FROM usage_cost AS u
        WHERE u.usage_date >= CAST(add_months(date_trunc('MONTH', as_of), -1) AS DATE) AND u.usage_date <= as_of
      ) AS c
    ) AS t
    CROSS JOIN (
      SELECT SUM(f.mean) AS rest
      FROM (SELECT explode(sequence(as_of, last_day(as_of), INTERVAL 1 DAY)) AS day) AS r
      JOIN (
        SELECT dayofweek(d.usage_date) AS weekday, AVG(d.cost) AS mean
        FROM (
          SELECT u.usage_date, CAST(SUM(u.cost) AS DOUBLE) AS cost FROM usage_cost AS u
          WHERE u.usage_date >= date_sub(as_of, 28) AND u.usage_date < as_of GROUP BY u.usage_date
        ) AS d
        GROUP BY dayofweek(d.usage_date)
      ) AS f ON f.weekday = dayofweek(r.day)
    ) AS o
  ) AS m
  WHERE m.month_start IS NOT NULL;

CREATE OR REPLACE FUNCTION get_commit_vs_actual(
  commit_year INT COMMENT 'calendar year',
  annual_commit_amount DOUBLE COMMENT 'USD for the year',
  as_of_date DATE DEFAULT current_date() COMMENT 'today in UTC: usage up to the day before counts'
)
RETURNS TABLE (
  month_num INT,
  month_start DATE,
  monthly_spend_usd DECIMAL(18, 2) COMMENT 'complete days only',
  ytd_spend_usd DECIMAL(18, 2),
  monthly_target_usd DECIMAL(18, 2) COMMENT 'the commit by days',
  ytd_target_usd DECIMAL(18, 2) COMMENT 'up to the end of the month, or the day before as_of_date',
  actual_daily_rate_usd DECIMAL(18, 2) COMMENT 'over the year so far, from its first day with usage',
  required_daily_rate_usd DECIMAL(18, 2) COMMENT 'for the rest of the year to spend the commit; 0 where it is spent',
  projected_annual_usd DECIMAL(18, 2) COMMENT 'spend so far plus the rest of the year at the actual rate',
  variance_usd DECIMAL(18, 2) COMMENT 'projection minus commit',
  variance_pct DOUBLE,
  commit_status STRING COMMENT 'UNDERSHOOT_RISK below 90 percent, OVERSHOOT_RISK above 110, else ON_TRACK'
)
COMMENT 'Purpose: spend against a yearly commit, month by month. Best for: will we use up our commit. Not for: monthly budgets. The last six columns are the same in every row.'
RETURN
  SELECT
    CAST(month(y.month_start) AS INT), y.month_start, CAST(y.spend AS DECIMAL(18, 2)), CAST(y.ytd AS DECIMAL(18, 2)),
    CAST(y.amount * try_divide(y.month_days, y.year_days) AS DECIMAL(18, 2)),
    CAST(y.amount * try_divide(y.days_done, y.year_days) AS DECIMAL(18, 2)),
    CAST(y.rate AS DECIMAL(18, 2)),
    CAST(COALESCE(try_divide(greatest(y.amount - y.total, 0.0D), y.days_left), 0) AS DECIMAL(18, 2)),
    CAST(y.total + y.rate * y.days_left AS DECIMAL(18, 2)),
    CAST(y.total + y.rate * y.days_left - y.amount AS DECIMAL(18, 2)),
    100 * try_divide(y.total + y.rate * y.days_left - y.amount, y.amount),
    CASE
      WHEN y.total + y.rate * y.days_left < 0.9 * y.amount THEN 'UNDERSHOOT_RISK'
      WHEN y.total + y.rate * y.days_left > 1.1 * y.amount THEN 'OVERSHOOT_RISK' ELSE 'ON_TRACK'
    END
  FROM (
    SELECT
      s.month_start, s.spend, s.amount, s.year_days, s.days_left, s.total, s.month_days, s.days_done,
      SUM(s.spend) OVER (ORDER BY s.month_start) AS ytd,
      COALESCE(try_divide(s.total, s.days_used), 0) AS rate
    FROM (
      SELECT
        m.*, SUM(m.spend) OVER () AS total,
        CAST(day(last_day(m.month_start)) AS DOUBLE) AS month_days,
        CAST(datediff(least(date_add(last_day(m.month_start), 1), m.until), m.year_start) AS DOUBLE) AS days_done,
        CAST(datediff(m.year_end, m.year_start) AS DOUBLE) AS year_days,
        CAST(greatest(datediff(m.year_end, m.until), 0) AS DOUBLE) AS days_left,
        CAST(datediff(m.until, MIN(m.first_day) OVER ()) AS DOUBLE) AS days_used
      FROM (
        SELECT
          CAST(date_trunc('MONTH', u.usage_date) AS DATE) AS month_start, CAST(SUM(u.cost) AS DOUBLE) AS spend,
          MIN(u.usage_date) AS first_day, MAX(annual_commit_amount) AS amount,
          MAX(make_date(commit_year, 1, 1)) AS year_start, MAX(make_date(commit_year + 1, 1, 1)) AS year_end,
          MAX(least(as_of_date, make_date(commit_year + 1, 1, 1))) AS until
        FROM usage_cost AS u
        WHERE u.usage_date >= make_date(commit_year, 1, 1) AND u.usage_date < make_date(commit_year + 1, 1, 1)
          AND u.usage_date < as_of_date
        GROUP BY CAST(date_trunc('MONTH', u.usage_date) AS DATE)
      ) AS m
    ) AS s
  ) AS y;

CREATE OR REPLACE FUNCTION get_cost_forecast_summary(
  forecast_months INT DEFAULT 3 COMMENT 'calendar months after the current one',
  as_of DATE DEFAULT current_date() COMMENT 'today in UTC: usage up to the day before counts'
)
RETURNS TABLE (
  month_start DATE,
  forecast_cost_usd DECIMAL(18, 2),
  low_cost_usd DECIMAL(18, 2) COMMENT 'lower end of an 80 percent range, from how far single weeks lay from the trend',
  high_cost_usd DECIMAL(18, 2),
  weekly_trend_usd DECIMAL(18, 2) COMMENT 'rise per week',
  weeks_used INT COMMENT 'complete weeks before as_of that the trend is drawn through, at most 12, at least 4'
)
COMMENT 'Purpose: a straight line through the last weeks, carried forward. Best for: a rough outlook with a range. Not for: events that are yet to come.'
RETURN
  SELECT
    f.month_start, CAST(f.forecast AS DECIMAL(18, 2)), CAST(greatest(f.forecast - f.half, 0.0D) AS DECIMAL(18, 2)),
    CAST(f.forecast + f.half AS DECIMAL(18, 2)), CAST(f.slope AS DECIMAL(18, 2)), CAST(f.n AS INT)
  FROM (
    SELECT
      m.month_start, l.slope, l.n,
      greatest(l.middle + l.slope * (m.weeks_ahead - l.mean_x), 0.0D) * m.days / 7 AS forecast,
      1.28 * l.spread * m.days / 7 AS half
    FROM (
      SELECT
        c.month_start, CAST(day(last_day(c.month_start)) AS DOUBLE) AS days,
        CAST(datediff(c.month_start, c.asked_on) AS DOUBLE) / 7
          + CAST(day(last_day(c.month_start)) AS DOUBLE) / 14 AS weeks_ahead
      FROM (
        SELECT CAST(add_months(date_trunc('MONTH', as_of), n.k) AS DATE) AS month_start, as_of AS asked_on
        FROM (SELECT explode(sequence(1, forecast_months)) AS k) AS n
      ) AS c
    ) AS m
    CROSS JOIN (
      SELECT
        COUNT(*) AS n, AVG(w.cost) AS middle, AVG(w.x) AS mean_x,
        try_divide(covar_samp(w.x, w.cost), var_samp(w.x)) AS slope,
        sqrt(greatest(
          (var_samp(w.cost) - covar_samp(w.x, w.cost) * try_divide(covar_samp(w.x, w.cost), var_samp(w.x)))
          * try_divide(CAST(COUNT(*) - 1 AS DOUBLE), CAST(COUNT(*) - 2 AS DOUBLE)), 0.0D
        )) AS spread
      FROM (
        SELECT b.x, SUM(b.cost) AS cost
        FROM (
          SELECT
            -(CAST((datediff(as_of, u.usage_date) - 1) div 7 AS DOUBLE) + 0.5D) AS x, CAST(SUM(u.cost) AS DOUBLE) AS cost
          FROM usage_cost AS u
          WHERE u.usage_date >= date_sub(as_of, 84) AND u.usage_date < as_of
          GROUP BY u.usage_date
        ) AS b
        GROUP BY b.x
        HAVING COUNT(*) = 7
      ) AS w
      HAVING COUNT(*) >= 4
    ) AS l
  ) AS f;
