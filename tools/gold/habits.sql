-- When and how identities work, and what happened in order. Dates are UTC days, both ends included.

CREATE OR REPLACE FUNCTION get_user_activity_patterns(
  days_back INT DEFAULT 30 COMMENT 'UTC days, as_of included',
  burst_threshold INT DEFAULT 50 COMMENT 'events in one hour that make a burst',
  exclude_system_accounts BOOLEAN DEFAULT TRUE COMMENT 'leave out System-User, the platform and unknown callers',
  tz STRING DEFAULT 'UTC' COMMENT 'IANA zone in which hours are told',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  user_email STRING,
  user_type STRING,
  total_events BIGINT,
  active_days INT,
  avg_daily_events DOUBLE COMMENT 'per active day',
  peak_hour INT COMMENT 'hour of the day in tz with most events',
  peak_hour_events BIGINT,
  off_hours_pct DOUBLE COMMENT 'percent of events before 07:00 or from 19:00 in tz',
  weekend_pct DOUBLE COMMENT 'percent of events on Saturday or Sunday in tz',
  burst_count INT COMMENT 'clock hours with more events than burst_threshold',
  unique_services INT,
  unique_ips INT,
  failed_action_pct DOUBLE,
  activity_pattern STRING COMMENT 'BURSTY: a burst; AFTER_HOURS: over half off hours; ANOMALOUS: both; else NORMAL. A person in another zone than tz looks AFTER_HOURS'
)
COMMENT 'Purpose: when and in which rhythm each identity works. Best for: bursts, automation under a person, who works at night. Not for: change against the past.'
RETURN
  WITH cells AS (
    SELECT
      l.user_email, l.user_type, CAST(l.local_time AS DATE) AS local_day, hour(l.local_time) AS local_hour,
      l.service_name, l.source_ip_address AS ip, l.is_burst_counted, l.threshold,
      COUNT(*) AS events, COUNT_IF(l.is_failed_action) AS failed
    FROM (
      SELECT
        e.user_email, e.user_type, e.service_name, e.source_ip_address, e.is_failed_action,
        from_utc_timestamp(e.event_time, tz) AS local_time, TRUE AS is_burst_counted, burst_threshold AS threshold
      FROM fact_audit_logs AS e
      WHERE e.event_date > date_sub(as_of, days_back) AND e.event_date <= as_of
        AND (NOT exclude_system_accounts OR e.user_type IN ('HUMAN_USER', 'SERVICE_PRINCIPAL'))
    ) AS l
    GROUP BY
      l.user_email, l.user_type, CAST(l.local_time AS DATE), hour(l.local_time), l.service_name, l.source_ip_address,
      l.is_burst_counted, l.threshold
  ),
  hours AS (
    SELECT
      c.*,
      SUM(events) OVER (PARTITION BY user_email, local_hour) AS hour_of_day_events,
      SUM(events) OVER (PARTITION BY user_email, local_day, local_hour) AS clock_hour_events
    FROM cells AS c
  ),
  summed AS (
    SELECT
      user_email, MAX(user_type) AS user_type,
      SUM(events) AS events,
      COUNT(DISTINCT local_day) AS days,
      max_by(local_hour, hour_of_day_events * 24 - local_hour) AS peak_hour,
      MAX(hour_of_day_events) AS peak_hour_events,
      SUM(CASE WHEN local_hour < 7 OR local_hour >= 19 THEN events ELSE 0 END) AS off_hours,
      SUM(CASE WHEN weekday(local_day) >= 5 THEN events ELSE 0 END) AS weekend,
      COUNT(DISTINCT CASE WHEN clock_hour_events > threshold THEN concat(local_day, ' ', local_hour) END) AS bursts,
      COUNT(DISTINCT service_name) AS services,
      COUNT(DISTINCT ip) AS ips,
      SUM(failed) AS failed
    FROM hours
    GROUP BY user_email
  )
  SELECT
    user_email, user_type, events, CAST(days AS INT), try_divide(CAST(events AS DOUBLE), CAST(days AS DOUBLE)),
    CAST(peak_hour AS INT), peak_hour_events,
    100 * try_divide(CAST(off_hours AS DOUBLE), CAST(events AS DOUBLE)),
    100 * try_divide(CAST(weekend AS DOUBLE), CAST(events AS DOUBLE)),
    CAST(bursts AS INT), CAST(services AS INT), CAST(ips AS INT),
    100 * try_divide(CAST(failed AS DOUBLE), CAST(events AS DOUBLE)),
    CASE
      WHEN bursts > 0 AND 2 * off_hours > events THEN 'ANOMALOUS'
      WHEN bursts > 0 THEN 'BURSTY'
      WHEN 2 * off_hours > events THEN 'AFTER_HOURS'
      ELSE 'NORMAL'
    END
  FROM summed;

CREATE OR REPLACE FUNCTION get_off_hours_activity(
  start_date DATE COMMENT 'first day in tz',
  end_date DATE COMMENT 'last day in tz, included',
  business_hours_start INT DEFAULT 7 COMMENT 'first hour of work, 0 to 23',
  business_hours_end INT DEFAULT 19 COMMENT 'hour at which work ends, 1 to 24',
  tz STRING DEFAULT 'UTC' COMMENT 'IANA zone of the people asked about; the account does not know it'
)
RETURNS TABLE (
  event_date DATE COMMENT 'day in tz',
  user_email STRING,
  is_weekend BOOLEAN COMMENT 'Saturday or Sunday in tz: all hours are off hours',
  off_hours_events BIGINT,
  total_events BIGINT,
  off_hours_pct DOUBLE COMMENT 'percent of the events of that day',
  sensitive_events BIGINT COMMENT 'in off hours',
  failed_events BIGINT COMMENT 'in off hours',
  unique_services INT COMMENT 'in off hours',
  unique_ips INT COMMENT 'in off hours',
  first_event_time TIMESTAMP COMMENT 'first in off hours, UTC',
  last_event_time TIMESTAMP COMMENT 'last in off hours, UTC'
)
COMMENT 'Purpose: people active outside given working hours, one row per person and day. Best for: night and weekend work. Not for: service principals, which never sleep.'
RETURN
  SELECT
    local_day, user_email, is_weekend, off_events, events,
    100 * try_divide(CAST(off_events AS DOUBLE), CAST(events AS DOUBLE)),
    sensitive, failed, CAST(services AS INT), CAST(ips AS INT), first_time, last_time
  FROM (
    SELECT
      local_day, user_email, is_weekend,
      COUNT_IF(is_off) AS off_events,
      COUNT(*) AS events,
      COUNT_IF(is_off AND is_sensitive_action) AS sensitive,
      COUNT_IF(is_off AND is_failed_action) AS failed,
      COUNT(DISTINCT CASE WHEN is_off THEN service_name END) AS services,
      COUNT(DISTINCT CASE WHEN is_off THEN source_ip_address END) AS ips,
      MIN(CASE WHEN is_off THEN event_time END) AS first_time,
      MAX(CASE WHEN is_off THEN event_time END) AS last_time
    FROM (
      SELECT
        l.*,
        weekday(l.local_day) >= 5 AS is_weekend,
        weekday(l.local_day) >= 5
          OR hour(l.local_time) < business_hours_start OR hour(l.local_time) >= business_hours_end AS is_off
      FROM (
        SELECT
          e.user_email, e.service_name, e.source_ip_address, e.event_time, e.is_sensitive_action, e.is_failed_action,
          from_utc_timestamp(e.event_time, tz) AS local_time,
          CAST(from_utc_timestamp(e.event_time, tz) AS DATE) AS local_day
        FROM fact_audit_logs AS e
        -- a local day reaches into the UTC days beside it
        WHERE e.event_date >= date_sub(start_date, 1) AND e.event_date <= date_add(end_date, 1)
          AND e.user_type = 'HUMAN_USER'
      ) AS l
      WHERE l.local_day >= start_date AND l.local_day <= end_date
    ) AS judged
    GROUP BY local_day, user_email, is_weekend
  ) AS days
  WHERE off_events > 0;

CREATE OR REPLACE FUNCTION get_service_account_audit(
  days_back INT DEFAULT 30 COMMENT 'UTC days, as_of included',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  service_account STRING COMMENT 'application id or name',
  total_events BIGINT,
  active_days INT,
  unique_services INT,
  unique_actions INT,
  unique_workspaces INT,
  unique_ips INT,
  failed_events BIGINT,
  failed_pct DOUBLE,
  sensitive_events BIGINT,
  permission_changes BIGINT,
  last_event_time TIMESTAMP,
  risk_level STRING COMMENT 'HIGH: changed permissions, or over 20 % and at least 10 failures; MEDIUM: sensitive events or more than 5 addresses; else LOW'
)
COMMENT 'Purpose: what each service principal did. Best for: over-privileged or failing automation. Not for: people.'
RETURN
  SELECT
    user_email, events, CAST(days AS INT), CAST(services AS INT), CAST(actions AS INT), CAST(workspaces AS INT),
    CAST(ips AS INT), failed, 100 * try_divide(CAST(failed AS DOUBLE), CAST(events AS DOUBLE)), sensitive, permissions,
    last_time,
    CASE
      WHEN permissions > 0 OR (failed >= 10 AND 5 * failed > events) THEN 'HIGH'
      WHEN sensitive > 0 OR ips > 5 THEN 'MEDIUM'
      ELSE 'LOW'
    END
  FROM (
    SELECT
      e.user_email, COUNT(*) AS events, COUNT(DISTINCT e.event_date) AS days,
      COUNT(DISTINCT e.service_name) AS services, COUNT(DISTINCT e.action_name) AS actions,
      COUNT(DISTINCT e.workspace_id) AS workspaces, COUNT(DISTINCT e.source_ip_address) AS ips,
      COUNT_IF(e.is_failed_action) AS failed, COUNT_IF(e.is_sensitive_action) AS sensitive,
      COUNT_IF(e.action_category = 'PERMISSION' AND NOT e.is_failed_action) AS permissions,
      MAX(e.event_time) AS last_time
    FROM fact_audit_logs AS e
    WHERE e.event_date > date_sub(as_of, days_back) AND e.event_date <= as_of AND e.user_type = 'SERVICE_PRINCIPAL'
    GROUP BY e.user_email
  ) AS summed;

CREATE OR REPLACE FUNCTION get_security_events_timeline(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  user_filter STRING DEFAULT 'ALL' COMMENT 'an e-mail or application id, or ALL'
)
RETURNS TABLE (
  event_time TIMESTAMP COMMENT 'UTC',
  user_email STRING,
  user_type STRING,
  service_name STRING,
  action_name STRING,
  action_category STRING,
  object_name STRING COMMENT 'the securable or resource acted on, where the event names one',
  workspace_name STRING,
  source_ip STRING,
  status_code INT COMMENT 'HTTP status',
  is_failed BOOLEAN,
  is_sensitive BOOLEAN,
  event_id STRING
)
COMMENT 'Purpose: events in order. For one identity all of them; for ALL only sensitive or failed ones. Best for: what happened around an incident. Not for: counting.'
RETURN
  SELECT
    a.event_time, a.user_email, a.user_type, a.service_name, a.action_name, a.action_category,
    COALESCE(
      a.request_params['full_name_arg'], a.request_params['securable_full_name'], a.request_params['table_full_name'],
      a.request_params['targetUserName'], a.request_params['targetGroupName']
    ),
    a.workspace_name, a.source_ip_address, a.response_status_code, a.is_failed_action, a.is_sensitive_action, a.event_id
  FROM audit_events_named AS a
  WHERE a.event_date >= start_date AND a.event_date <= end_date
    AND CASE
      WHEN user_filter = 'ALL' THEN a.is_sensitive_action OR a.is_failed_action
      ELSE a.user_email = lower(trim(user_filter))
    END;
