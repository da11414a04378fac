-- Model serving: errors, latency, cost and changes of endpoints.

CREATE OR REPLACE FUNCTION get_endpoint_errors(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  workspace_id STRING,
  endpoint_name STRING,
  status_code INT,
  requests BIGINT,
  pct_of_requests DOUBLE COMMENT 'percent of all requests to the endpoint',
  requesters BIGINT COMMENT 'distinct',
  top_requester STRING COMMENT 'the caller with the most of these',
  first_seen TIMESTAMP,
  last_seen TIMESTAMP
)
COMMENT 'Purpose: failed requests per endpoint and status. Best for: what kind of error, whose. Not for: slow requests.'
RETURN
  SELECT
    s.workspace_id, s.endpoint_name, s.status_code, CAST(SUM(s.requests) AS BIGINT),
    100 * try_divide(CAST(SUM(s.requests) AS DOUBLE), CAST(MAX(s.all_requests) AS DOUBLE)),
    COUNT(*), max_by(s.requester, named_struct('requests', s.requests, 'name', s.requester)), MIN(s.first_seen), MAX(s.last_seen)
  FROM (
    SELECT
      r.workspace_id, r.endpoint_name, r.status_code, COALESCE(r.requester, 'unknown') AS requester,
      COUNT(*) AS requests, MIN(r.request_time) AS first_seen, MAX(r.request_time) AS last_seen,
      SUM(COUNT(*)) OVER (PARTITION BY r.workspace_id, r.endpoint_name) AS all_requests
    FROM endpoint_requests(start_date, end_date) AS r
    GROUP BY r.workspace_id, r.endpoint_name, r.status_code, COALESCE(r.requester, 'unknown')
  ) AS s
  WHERE s.status_code >= 400
  GROUP BY s.workspace_id, s.endpoint_name, s.status_code;

CREATE OR REPLACE FUNCTION get_endpoint_latency(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  endpoint_name STRING DEFAULT 'ALL' COMMENT 'exact name, or ALL'
)
RETURNS TABLE (
  request_date DATE,
  workspace_id STRING,
  endpoint_name STRING,
  logged_requests BIGINT,
  estimated_requests DOUBLE COMMENT 'logged ones divided by their sampling fraction',
  p50_latency_ms DOUBLE COMMENT 'model time without network, successful requests',
  p95_latency_ms DOUBLE,
  p99_latency_ms DOUBLE,
  max_latency_ms DOUBLE,
  failed_requests BIGINT COMMENT 'status 400 or above'
)
COMMENT 'Purpose: model time per endpoint and day, from inference tables. Best for: is the endpoint slower. Not for: endpoints without payload logging, which have no rows here.'
RETURN
  SELECT
    l.request_date, l.workspace_id, l.endpoint_name, COUNT(*),
    SUM(try_divide(CAST(1 AS DOUBLE), COALESCE(l.sampling_fraction, 1.0))),
    percentile(l.ms, 0.5), percentile(l.ms, 0.95), percentile(l.ms, 0.99), MAX(l.ms),
    COUNT(CASE WHEN l.status_code >= 400 THEN 1 END)
  FROM (
    SELECT
      p.request_date, p.workspace_id, COALESCE(s.endpoint_name, p.served_entity_id) AS endpoint_name,
      p.sampling_fraction, p.status_code,
      CASE WHEN p.status_code < 400 THEN CAST(p.execution_duration_ms AS DOUBLE) END AS ms
    FROM system.__internal_logging.payload_logs AS p
    LEFT JOIN dim_served_entities AS s ON p.served_entity_id = s.served_entity_id
    WHERE p.request_date >= get_endpoint_latency.start_date AND p.request_date <= get_endpoint_latency.end_date
  ) AS l
  WHERE get_endpoint_latency.endpoint_name = 'ALL' OR l.endpoint_name = get_endpoint_latency.endpoint_name
  GROUP BY l.request_date, l.workspace_id, l.endpoint_name;

CREATE OR REPLACE FUNCTION get_endpoint_costs(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  top_n INT DEFAULT 50 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = highest cost',
  workspace_id STRING,
  endpoint_name STRING,
  owner STRING,
  total_cost_usd DECIMAL(18, 2),
  requests BIGINT,
  cost_per_1000_requests_usd DOUBLE COMMENT 'null without requests',
  is_idle BOOLEAN COMMENT 'costs money and had no request in the period',
  last_request_time TIMESTAMP COMMENT 'within the period'
)
COMMENT 'Purpose: cost per serving endpoint against its traffic. Best for: idle or dear endpoints. Not for: cost per caller.'
RETURN
  SELECT
    s.rank, s.workspace_id, s.endpoint_name, s.owner, CAST(s.cost AS DECIMAL(18, 2)), s.requests,
    1000 * try_divide(CAST(s.cost AS DOUBLE), CAST(s.requests AS DOUBLE)), s.requests = 0 AND s.cost > 0, s.last_request
  FROM (
    SELECT
      c.*, COALESCE(r.requests, 0) AS requests, r.last_request,
      CAST(ROW_NUMBER() OVER (ORDER BY c.cost DESC, c.workspace_id, c.endpoint_name) AS INT) AS rank
    FROM (
      SELECT u.workspace_id, u.resource_id AS endpoint_name, MAX(u.run_as) AS owner, SUM(u.cost) AS cost
      FROM usage_cost AS u
      WHERE u.resource_kind = 'endpoint' AND u.usage_date >= start_date AND u.usage_date <= end_date
      GROUP BY u.workspace_id, u.resource_id
    ) AS c
    LEFT JOIN (
      SELECT q.workspace_id, q.endpoint_name, COUNT(*) AS requests, MAX(q.request_time) AS last_request
      FROM endpoint_requests(start_date, end_date) AS q
      GROUP BY q.workspace_id, q.endpoint_name
    ) AS r ON c.workspace_id = r.workspace_id AND c.endpoint_name = r.endpoint_name
  ) AS s
  WHERE s.rank <= top_n;

CREATE OR REPLACE FUNCTION get_served_model_changes(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  endpoint_name STRING DEFAULT 'ALL' COMMENT 'exact name, or ALL'
)
RETURNS TABLE (
  change_time TIMESTAMP,
  workspace_id STRING,
  endpoint_name STRING,
  served_entity_name STRING,
  entity_name STRING,
  entity_version STRING,
  previous_version STRING COMMENT 'of the same model on the endpoint before; null = first seen',
  endpoint_config_version INT,
  created_by STRING,
  is_deleted BOOLEAN
)
COMMENT 'Purpose: new versions and other changes of served models. Best for: what changed before errors or drift began. Not for: traffic.'
RETURN
  SELECT
    c.change_time, c.workspace_id, c.endpoint_name, c.served_entity_name, c.entity_name, c.entity_version,
    c.previous_version, c.endpoint_config_version, c.created_by, c.endpoint_delete_time IS NOT NULL
  FROM (
    SELECT
      e.change_time, e.workspace_id, e.endpoint_name, e.served_entity_name, e.entity_name, e.entity_version,
      e.endpoint_config_version, e.created_by, e.endpoint_delete_time,
      LAG(e.entity_version) OVER (
        PARTITION BY e.workspace_id, e.endpoint_name, e.entity_name ORDER BY e.change_time
      ) AS previous_version
    FROM system.serving.served_entities AS e
  ) AS c
  WHERE c.change_time >= CAST(get_served_model_changes.start_date AS TIMESTAMP)
    AND c.change_time < CAST(date_add(get_served_model_changes.end_date, 1) AS TIMESTAMP)
    AND (
      get_served_model_changes.endpoint_name = 'ALL' OR c.endpoint_name = get_served_model_changes.endpoint_name
    );
