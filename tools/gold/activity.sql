-- What people and service principals did, against their own past. Dates are UTC days, both ends included.

CREATE OR REPLACE FUNCTION get_access_anomalies(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  threshold DOUBLE DEFAULT 2.0 COMMENT 'smallest deviation_factor to report'
)
RETURNS TABLE (
  event_date DATE COMMENT 'UTC day',
  user_email STRING,
  user_type STRING,
  anomaly_type STRING COMMENT 'ACTIVITY_SPIKE, FAILED_ACTIONS, FAILED_LOGINS, NEW_IP, UNUSUAL_HOURS, PERMISSION_CHANGES, DELETIONS, DATA_EXPORTS or NEW_IDENTITY',
  event_count BIGINT COMMENT 'events of that type on that day',
  baseline_daily_avg DOUBLE COMMENT 'per active day of the same identity in the 28 days before start_date',
  deviation_factor DOUBLE COMMENT 'standard deviations above that average; the deviation is at least 1 and at least the square root of the average',
  baseline_days INT COMMENT 'active days in those 28 days',
  detail STRING COMMENT 'one new IP address, or the hours (UTC) that are unusual for this identity'
)
COMMENT 'Purpose: identities that behaved unlike their own last 28 days. Best for: is anything suspicious. Not for: a verdict; each row is a lead.'
RETURN
  WITH cells AS (
    SELECT
      e.user_email, e.user_type, e.event_date, hour(e.event_time) AS hour_utc, e.source_ip_address AS ip,
      e.event_date < start_date AS is_history,
      COUNT(*) AS events,
      COUNT_IF(e.is_failed_action AND e.action_category <> 'AUTHENTICATION') AS failed,
      COUNT_IF(e.is_failed_action AND e.action_category = 'AUTHENTICATION') AS failed_logins,
      COUNT_IF(e.action_category = 'PERMISSION' AND NOT e.is_failed_action) AS permissions,
      COUNT_IF(e.action_category = 'DELETE' AND NOT e.is_failed_action) AS deletions,
      COUNT_IF(e.is_export AND NOT e.is_failed_action) AS exports
    FROM fact_audit_logs AS e
    WHERE e.event_date >= date_sub(start_date, 28) AND e.event_date <= end_date
      AND e.user_type IN ('HUMAN_USER', 'SERVICE_PRINCIPAL')
    GROUP BY e.user_email, e.user_type, e.event_date, hour(e.event_time), e.source_ip_address, e.event_date < start_date
  ),
  seen AS (
    SELECT
      c.*,
      MAX(CASE WHEN is_history THEN 1 ELSE 0 END) OVER (PARTITION BY user_email, ip) = 0
        AND ip IS NOT NULL AND NOT ip RLIKE '^(10|127|192[.]168|172[.](1[6-9]|2[0-9]|3[01]))[.]' AS is_new_ip,
      SUM(CASE WHEN is_history THEN events ELSE 0 END) OVER (
        PARTITION BY user_email ORDER BY hour_utc RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING
      ) < 0.01 * SUM(CASE WHEN is_history THEN events ELSE 0 END) OVER (PARTITION BY user_email)
        AND user_type = 'HUMAN_USER' AS is_unusual_hour,
      MAX(CASE WHEN is_history THEN 1 ELSE 0 END) OVER () = 1 AS account_has_history
    FROM cells AS c
  ),
  daily AS (
    SELECT
      user_email, user_type, event_date, is_history, account_has_history,
      SUM(events) AS events, SUM(failed) AS failed, SUM(failed_logins) AS failed_logins,
      SUM(CASE WHEN is_new_ip THEN events ELSE 0 END) AS new_ip,
      SUM(CASE WHEN is_unusual_hour THEN events ELSE 0 END) AS unusual_hours,
      SUM(permissions) AS permissions, SUM(deletions) AS deletions, SUM(exports) AS exports,
      MAX(CASE WHEN is_new_ip THEN ip END) AS new_ip_example,
      concat(MIN(CASE WHEN is_unusual_hour THEN hour_utc END), ' to ',
             MAX(CASE WHEN is_unusual_hour THEN hour_utc END), ' h') AS hours_example
    FROM seen
    GROUP BY user_email, user_type, event_date, is_history, account_has_history
  ),
  long AS (
    SELECT d.user_email, d.user_type, d.event_date, d.is_history, d.account_has_history, m.kind, m.n, m.detail
    FROM daily AS d
    LATERAL VIEW explode(array(
      named_struct('kind', 'ACTIVITY_SPIKE', 'n', d.events, 'detail', CAST(NULL AS STRING)),
      named_struct('kind', 'FAILED_ACTIONS', 'n', d.failed, 'detail', CAST(NULL AS STRING)),
      named_struct('kind', 'FAILED_LOGINS', 'n', d.failed_logins, 'detail', CAST(NULL AS STRING)),
      named_struct('kind', 'NEW_IP', 'n', d.new_ip, 'detail', d.new_ip_example),
      named_struct('kind', 'UNUSUAL_HOURS', 'n', d.unusual_hours, 'detail', d.hours_example),
      named_struct('kind', 'PERMISSION_CHANGES', 'n', d.permissions, 'detail', CAST(NULL AS STRING)),
      named_struct('kind', 'DELETIONS', 'n', d.deletions, 'detail', CAST(NULL AS STRING)),
      named_struct('kind', 'DATA_EXPORTS', 'n', d.exports, 'detail', CAST(NULL AS STRING)),
      named_struct('kind', 'NEW_IDENTITY', 'n', d.events, 'detail', CAST(NULL AS STRING))
    )) AS m
  ),
  judged AS (
    SELECT
      l.*,
      COALESCE(AVG(CASE WHEN is_history THEN CAST(n AS DOUBLE) END) OVER (PARTITION BY user_email, kind), 0) AS mean,
      COALESCE(STDDEV_SAMP(CASE WHEN is_history THEN CAST(n AS DOUBLE) END) OVER (PARTITION BY user_email, kind), 0)
        AS deviation,
      SUM(CASE WHEN is_history THEN 1 ELSE 0 END) OVER (PARTITION BY user_email, kind) AS days
    FROM long AS l
  )
  SELECT
    event_date, user_email, user_type, kind, n, mean,
    try_divide(n - mean, greatest(deviation, sqrt(mean), 1.0)), CAST(days AS INT), detail
  FROM judged
  WHERE NOT is_history
    AND CASE WHEN kind = 'NEW_IDENTITY' THEN days = 0 AND account_has_history ELSE days >= 3 END
    -- fewer than three events, or less than half more than usual, is not worth anybody's time
    AND n >= 3 AND n >= 1.5 * mean
    AND n - mean >= threshold * greatest(deviation, sqrt(mean), 1.0);

CREATE OR REPLACE FUNCTION get_user_activity_summary(
  user_email STRING COMMENT 'an e-mail or application id, or ALL',
  days_back INT DEFAULT 7 COMMENT 'UTC days, as_of included',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  user_email STRING,
  user_type STRING,
  event_count BIGINT,
  active_days INT,
  avg_daily_events DOUBLE COMMENT 'per active day',
  baseline_daily_events DOUBLE COMMENT 'per active day in the 30 days before; null if none',
  unique_services INT,
  unique_actions INT,
  unique_workspaces INT,
  unique_ips INT,
  new_ips INT COMMENT 'addresses not seen from this identity in the 30 days before; null if there is no such history',
  failed_events BIGINT,
  failed_logins BIGINT,
  sensitive_events BIGINT COMMENT 'permissions, secrets, tokens, settings, exports, deletion of securables',
  permission_changes BIGINT,
  delete_operations BIGINT,
  export_operations BIGINT,
  unusual_hour_events BIGINT COMMENT 'in hours of the day with under 1 % of its own events in the 30 days before; null without history',
  first_event_time TIMESTAMP,
  last_event_time TIMESTAMP,
  risk_score INT COMMENT '0 to 100: failed logins 3 each up to 30, other failures 1 each up to 15, new IPs 10 each up to 20, permission changes 2 each up to 20, exports 1 each up to 15, over 20 % in unusual hours 15, over three times the usual volume 10'
)
COMMENT 'Purpose: one line per identity about what it did. Best for: what has this person been doing, who is risky. Not for: single events.'
RETURN
  WITH cells AS (
    SELECT
      e.user_email AS identity, e.user_type, e.event_date, hour(e.event_time) AS hour_utc, e.source_ip_address AS ip,
      e.event_date <= date_sub(as_of, days_back) AS is_history,
      COUNT(*) AS events,
      COUNT_IF(e.is_failed_action) AS failed,
      COUNT_IF(e.is_failed_action AND e.action_category = 'AUTHENTICATION') AS failed_logins,
      COUNT_IF(e.is_sensitive_action) AS sensitive,
      COUNT_IF(e.action_category = 'PERMISSION' AND NOT e.is_failed_action) AS permissions,
      COUNT_IF(e.action_category = 'DELETE' AND NOT e.is_failed_action) AS deletions,
      COUNT_IF(e.is_export AND NOT e.is_failed_action) AS exports,
      MIN(e.event_time) AS first_time,
      MAX(e.event_time) AS last_time
    FROM fact_audit_logs AS e
    WHERE e.event_date > date_sub(as_of, days_back + 30) AND e.event_date <= as_of
      AND (
        get_user_activity_summary.user_email = 'ALL'
        OR e.user_email = lower(trim(get_user_activity_summary.user_email))
      )
    GROUP BY
      e.user_email, e.user_type, e.event_date, hour(e.event_time), e.source_ip_address,
      e.event_date <= date_sub(as_of, days_back)
  ),
  seen AS (
    SELECT
      c.*,
      MAX(CASE WHEN is_history THEN 1 ELSE 0 END) OVER (PARTITION BY identity, ip) = 0 AS is_new_ip,
      SUM(CASE WHEN is_history THEN events ELSE 0 END) OVER (PARTITION BY identity, hour_utc)
        < 0.01 * SUM(CASE WHEN is_history THEN events ELSE 0 END) OVER (PARTITION BY identity) AS is_unusual_hour
    FROM cells AS c
  ),
  summed AS (
    SELECT
      identity, MAX(user_type) AS user_type,
      SUM(CASE WHEN NOT is_history THEN events ELSE 0 END) AS events,
      COUNT(DISTINCT CASE WHEN NOT is_history THEN event_date END) AS days,
      SUM(CASE WHEN is_history THEN events ELSE 0 END) AS history_events,
      COUNT(DISTINCT CASE WHEN is_history THEN event_date END) AS history_days,
      COUNT(DISTINCT CASE WHEN NOT is_history THEN ip END) AS ips,
      COUNT(DISTINCT CASE WHEN is_new_ip THEN ip END) AS new_ips,
      SUM(CASE WHEN NOT is_history THEN failed ELSE 0 END) AS failed,
      SUM(CASE WHEN NOT is_history THEN failed_logins ELSE 0 END) AS failed_logins,
      SUM(CASE WHEN NOT is_history THEN sensitive ELSE 0 END) AS sensitive,
      SUM(CASE WHEN NOT is_history THEN permissions ELSE 0 END) AS permissions,
      SUM(CASE WHEN NOT is_history THEN deletions ELSE 0 END) AS deletions,
      SUM(CASE WHEN NOT is_history THEN exports ELSE 0 END) AS exports,
      SUM(CASE WHEN NOT is_history AND is_unusual_hour THEN events ELSE 0 END) AS unusual,
      MIN(CASE WHEN NOT is_history THEN first_time END) AS first_time,
      MAX(CASE WHEN NOT is_history THEN last_time END) AS last_time
    FROM seen
    GROUP BY identity
  ),
  breadth AS (
    SELECT
      e.user_email AS identity, COUNT(DISTINCT e.service_name) AS services,
      COUNT(DISTINCT concat(e.service_name, '/', e.action_name)) AS actions,
      COUNT(DISTINCT e.workspace_id) AS workspaces
    FROM fact_audit_logs AS e
    WHERE e.event_date > date_sub(as_of, days_back) AND e.event_date <= as_of
      AND (
        get_user_activity_summary.user_email = 'ALL'
        OR e.user_email = lower(trim(get_user_activity_summary.user_email))
      )
    GROUP BY e.user_email
  )
  SELECT
    s.identity, user_type, events, CAST(days AS INT),
    try_divide(CAST(events AS DOUBLE), CAST(days AS DOUBLE)),
    try_divide(CAST(history_events AS DOUBLE), CAST(history_days AS DOUBLE)),
    CAST(services AS INT), CAST(actions AS INT), CAST(workspaces AS INT), CAST(ips AS INT),
    CASE WHEN history_days > 0 THEN CAST(new_ips AS INT) END,
    failed, failed_logins, sensitive, permissions, deletions, exports,
    CASE WHEN history_days > 0 THEN unusual END,
    first_time, last_time,
    CAST(least(100,
      least(30, 3 * failed_logins) + least(15, failed - failed_logins)
      + CASE WHEN history_days > 0 THEN least(20, 10 * new_ips) ELSE 0 END
      + least(20, 2 * permissions) + least(15, exports)
      + CASE WHEN history_days > 0 AND unusual > 0.2 * events THEN 15 ELSE 0 END
      + CASE WHEN history_days > 0 AND events * history_days > 3 * history_events * days THEN 10 ELSE 0 END
    ) AS INT)
  FROM summed AS s
  JOIN breadth AS b ON s.identity = b.identity;
