-- Who got in and who gave rights: failures, sign-ins, addresses, permissions. Dates are UTC days, both ends included.

CREATE OR REPLACE FUNCTION get_failed_actions(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  user_filter STRING DEFAULT 'ALL' COMMENT 'an e-mail or application id, or ALL'
)
RETURNS TABLE (
  user_email STRING,
  user_type STRING,
  service_name STRING,
  action_name STRING,
  status_code INT COMMENT 'HTTP status',
  workspace_name STRING,
  failed_count BIGINT,
  unique_ips INT,
  first_failed_time TIMESTAMP,
  last_failed_time TIMESTAMP,
  error_code STRING COMMENT 'the code at the head of the latest error message; the message itself can hold secrets'
)
COMMENT 'Purpose: failed calls by identity, action and status. Best for: access denied, broken automation, attacks. Not for: failed jobs or queries.'
RETURN
  SELECT
    a.user_email, a.user_type, a.service_name, a.action_name, a.response_status_code, a.workspace_name,
    COUNT(*), CAST(COUNT(DISTINCT a.source_ip_address) AS INT), MIN(a.event_time), MAX(a.event_time),
    max_by(NULLIF(regexp_extract(a.response_error_message, '([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)', 1), ''), a.event_time)
  FROM audit_events_named AS a
  WHERE a.event_date >= start_date AND a.event_date <= end_date AND a.is_failed_action
    AND (user_filter = 'ALL' OR a.user_email = lower(trim(user_filter)))
  GROUP BY a.user_email, a.user_type, a.service_name, a.action_name, a.response_status_code, a.workspace_name;

CREATE OR REPLACE FUNCTION get_failed_logins(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  min_failures INT DEFAULT 3 COMMENT 'fewest failures to report'
)
RETURNS TABLE (
  user_email STRING,
  source_ip STRING,
  failed_logins BIGINT,
  successful_logins BIGINT COMMENT 'of that identity from that address in the period',
  first_failed_time TIMESTAMP,
  last_failed_time TIMESTAMP,
  success_after_failures BOOLEAN COMMENT 'a sign-in succeeded from that address after the first failure',
  first_success_after TIMESTAMP,
  is_new_ip BOOLEAN COMMENT 'no event of that identity from that address in the 30 days before start_date'
)
COMMENT 'Purpose: failed sign-ins by identity and address, and whether one succeeded afterwards. Best for: password attacks. Not for: denied calls after sign-in.'
RETURN
  WITH events AS (
    SELECT
      e.user_email, e.source_ip_address AS ip, e.event_time, e.is_failed_action,
      e.event_date < start_date AS is_history,
      e.action_category = 'AUTHENTICATION' AND e.action_name NOT ILIKE '%logout%' AS is_login
    FROM fact_audit_logs AS e
    WHERE e.event_date >= date_sub(start_date, 30) AND e.event_date <= end_date
  ),
  pairs AS (
    SELECT
      user_email, ip,
      COUNT_IF(NOT is_history AND is_login AND is_failed_action) AS failed,
      COUNT_IF(NOT is_history AND is_login AND NOT is_failed_action) AS succeeded,
      MIN(CASE WHEN NOT is_history AND is_login AND is_failed_action THEN event_time END) AS first_failed,
      MAX(CASE WHEN NOT is_history AND is_login AND is_failed_action THEN event_time END) AS last_failed,
      COUNT_IF(is_history AND NOT is_failed_action) = 0 AS is_new_ip
    FROM events
    GROUP BY user_email, ip
  )
  SELECT
    p.user_email, p.ip, p.failed, p.succeeded, p.first_failed, p.last_failed,
    s.first_success IS NOT NULL, s.first_success, p.is_new_ip
  FROM pairs AS p
  LEFT JOIN (
    SELECT e.user_email, e.ip, MIN(e.event_time) AS first_success
    FROM events AS e
    JOIN pairs AS f ON e.user_email = f.user_email AND e.ip <=> f.ip AND e.event_time > f.first_failed
    WHERE e.is_login AND NOT e.is_failed_action AND NOT e.is_history
    GROUP BY e.user_email, e.ip
  ) AS s ON p.user_email = s.user_email AND p.ip <=> s.ip
  WHERE p.failed >= min_failures;

CREATE OR REPLACE FUNCTION get_ip_address_analysis(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  source_ip STRING,
  is_private BOOLEAN COMMENT 'an address inside a private network',
  event_count BIGINT,
  unique_users INT,
  unique_services INT,
  failed_events BIGINT,
  failed_logins BIGINT,
  failed_pct DOUBLE,
  sensitive_events BIGINT,
  first_event_time TIMESTAMP COMMENT 'in the period',
  last_event_time TIMESTAMP,
  is_new BOOLEAN COMMENT 'no event of anybody from it in the 30 days before start_date; null if the log has none of those days',
  example_users STRING COMMENT 'up to three',
  risk_level STRING COMMENT 'HIGH: 10 failed sign-ins or more, or new with 5 or more failures; MEDIUM: new, or over half failed; else LOW'
)
COMMENT 'Purpose: every source address and who used it. Best for: unknown addresses, shared accounts. Not for: where an address lies.'
RETURN
  SELECT
    ip, ip RLIKE '^(10|127|192[.]168|172[.](1[6-9]|2[0-9]|3[01]))[.]', events, CAST(users AS INT), CAST(services AS INT),
    failed, failed_logins, 100 * try_divide(CAST(failed AS DOUBLE), CAST(events AS DOUBLE)), sensitive,
    first_time, last_time, CASE WHEN has_history THEN is_new END, examples,
    CASE
      WHEN failed_logins >= 10 OR (has_history AND is_new AND failed >= 5) THEN 'HIGH'
      WHEN (has_history AND is_new) OR 2 * failed > events THEN 'MEDIUM'
      ELSE 'LOW'
    END
  FROM (
    SELECT
      e.ip,
      COUNT_IF(NOT e.is_history) AS events,
      COUNT(DISTINCT CASE WHEN NOT e.is_history THEN e.user_email END) AS users,
      COUNT(DISTINCT CASE WHEN NOT e.is_history THEN e.service_name END) AS services,
      COUNT_IF(NOT e.is_history AND e.is_failed_action) AS failed,
      COUNT_IF(NOT e.is_history AND e.is_failed_action AND e.action_category = 'AUTHENTICATION') AS failed_logins,
      COUNT_IF(NOT e.is_history AND e.is_sensitive_action) AS sensitive,
      MIN(CASE WHEN NOT e.is_history THEN e.event_time END) AS first_time,
      MAX(CASE WHEN NOT e.is_history THEN e.event_time END) AS last_time,
      COUNT_IF(e.is_history) = 0 AS is_new,
      SUM(COUNT_IF(e.is_history)) OVER () > 0 AS has_history,
      array_join(slice(sort_array(collect_set(CASE WHEN NOT e.is_history THEN e.user_email END)), 1, 3), ', ')
        AS examples
    FROM (
      SELECT
        a.source_ip_address AS ip, a.user_email, a.service_name, a.event_time, a.action_category, a.is_failed_action,
        a.is_sensitive_action, a.event_date < start_date AS is_history
      FROM fact_audit_logs AS a
      WHERE a.event_date >= date_sub(start_date, 30) AND a.event_date <= end_date
        AND a.source_ip_address IS NOT NULL AND a.source_ip_address NOT IN ('', '0.0.0.0')
    ) AS e
    GROUP BY e.ip
  ) AS addresses
  WHERE events > 0;

CREATE OR REPLACE FUNCTION get_permission_changes(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  event_time TIMESTAMP COMMENT 'UTC',
  changed_by STRING,
  user_type STRING,
  service_name STRING,
  action_name STRING,
  securable_type STRING,
  securable_name STRING,
  principal STRING COMMENT 'who gained or lost rights; the first of them if several',
  privileges_added STRING COMMENT 'of that principal, separated by commas',
  privileges_removed STRING,
  principals_changed INT COMMENT 'principals in the same call',
  is_self_grant BOOLEAN COMMENT 'the caller gave rights to themselves',
  is_admin_change BOOLEAN COMMENT 'an admin role, an admin group, ownership or all privileges',
  is_failed BOOLEAN,
  workspace_name STRING,
  source_ip STRING,
  event_id STRING
)
COMMENT 'Purpose: grants, revokes, group and admin changes. Best for: who gave whom access, privilege escalation. Not for: rights as they stand.'
RETURN
  SELECT
    event_time, user_email, user_type, service_name, action_name, securable_type, securable_name, principal, added, removed,
    CAST(greatest(principals, CASE WHEN principal IS NULL THEN 0 ELSE 1 END) AS INT),
    COALESCE(lower(principal) = user_email AND action_name NOT ILIKE '%remove%', FALSE)
      AND (removed IS NULL OR added IS NOT NULL),
    lower(concat_ws(' ', action_name, added, principal_group)) RLIKE 'admin|owner|all_privileges|all privileges|manage\\b',
    is_failed_action, workspace_name, source_ip_address, event_id
  FROM (
    SELECT
      a.event_time, a.user_email, a.user_type, a.service_name, a.action_name, a.is_failed_action, a.workspace_name,
      a.source_ip_address, a.event_id,
      COALESCE(a.request_params['securable_type'], a.request_params['resourceType'], a.request_params['object_type'])
        AS securable_type,
      COALESCE(
        a.request_params['securable_full_name'], a.request_params['full_name_arg'], a.request_params['resourceId'],
        a.request_params['targetGroupName'], a.request_params['object_id']
      ) AS securable_name,
      COALESCE(
        NULLIF(regexp_extract(a.request_params['changes'], '"principal"\\s*:\\s*"([^"]*)"', 1), ''),
        a.request_params['targetUserName'], a.request_params['principal'], a.request_params['targetUserId'],
        a.request_params['new_owner'], a.request_params['owner']
      ) AS principal,
      a.request_params['targetGroupName'] AS principal_group,
      NULLIF(regexp_replace(
        regexp_extract(a.request_params['changes'], '"add"\\s*:\\s*\\[([^\\]]*)\\]', 1), '["\\s]', ''), '') AS added,
      NULLIF(regexp_replace(
        regexp_extract(a.request_params['changes'], '"remove"\\s*:\\s*\\[([^\\]]*)\\]', 1), '["\\s]', ''), '') AS removed,
      COALESCE(size(split(a.request_params['changes'], '"principal"')) - 1, 0) AS principals
    FROM audit_events_named AS a
    WHERE a.event_date >= start_date AND a.event_date <= end_date AND a.action_category = 'PERMISSION'
  ) AS c;
