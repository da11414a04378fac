-- Model serving: who calls which endpoint, with what result and how many tokens. Usage has no latency; payload logs have.

CREATE OR REPLACE VIEW fact_endpoint_usage AS
SELECT
  workspace_id, account_id, client_request_id, databricks_request_id, requester, status_code, request_time,
  input_token_count, output_token_count, input_character_count, output_character_count, request_streaming,
  served_entity_id, to_json(usage_context) AS usage_context_json
FROM system.serving.endpoint_usage;

CREATE OR REPLACE VIEW fact_payload_logs AS
SELECT
  account_id, workspace_id, request_date, databricks_request_id, client_request_id, request_time, status_code,
  sampling_fraction, execution_duration_ms, request, response, served_entity_id, endpoint_table_id, requester,
  to_json(logging_error_codes) AS logging_error_codes_json
FROM system.__internal_logging.payload_logs;

CREATE OR REPLACE FUNCTION endpoint_requests(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  workspace_id STRING,
  endpoint_name STRING COMMENT 'the served entity id where the name is not known',
  entity_name STRING,
  entity_version STRING,
  requester STRING,
  status_code INT,
  request_time TIMESTAMP,
  input_tokens BIGINT COMMENT 'null where the model counts none',
  output_tokens BIGINT,
  is_streaming BOOLEAN
)
COMMENT 'Purpose: requests with the names of their endpoint. Best for: building other functions. Not for: latency.'
RETURN
  SELECT
    u.workspace_id, COALESCE(s.endpoint_name, u.served_entity_id), COALESCE(s.entity_name, s.served_entity_name),
    s.entity_version, u.requester, u.status_code, u.request_time, u.input_token_count, u.output_token_count,
    COALESCE(u.request_streaming, FALSE)
  FROM system.serving.endpoint_usage AS u
  LEFT JOIN dim_served_entities AS s ON u.served_entity_id = s.served_entity_id
  WHERE u.request_time >= CAST(start_date AS TIMESTAMP) AND u.request_time < CAST(date_add(end_date, 1) AS TIMESTAMP);

CREATE OR REPLACE FUNCTION get_endpoint_summary(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  endpoint_name STRING DEFAULT 'ALL' COMMENT 'exact name, or ALL'
)
RETURNS TABLE (
  workspace_id STRING,
  endpoint_name STRING,
  entities STRING COMMENT 'models served in the period with their versions, comma-separated',
  requests BIGINT,
  successful_requests BIGINT COMMENT 'status below 400',
  client_errors BIGINT COMMENT 'status 4xx without 429',
  throttled_requests BIGINT COMMENT 'status 429',
  server_errors BIGINT COMMENT 'status 5xx',
  error_rate_pct DOUBLE COMMENT 'percent of requests with status 400 or above',
  server_error_rate_pct DOUBLE,
  requesters BIGINT COMMENT 'distinct',
  input_tokens BIGINT,
  output_tokens BIGINT,
  streaming_pct DOUBLE,
  last_request_time TIMESTAMP
)
COMMENT 'Purpose: traffic, errors and tokens per endpoint. Best for: how are our models doing. Not for: latency, see get_endpoint_latency.'
RETURN
  SELECT
    r.workspace_id, r.endpoint_name,
    COALESCE(array_join(sort_array(collect_set(
      CONCAT(r.entity_name, COALESCE(CONCAT(' v', r.entity_version), ''))
    )), ', '), ''),
    COUNT(*), COUNT(CASE WHEN r.status_code < 400 THEN 1 END),
    COUNT(CASE WHEN r.status_code >= 400 AND r.status_code < 500 AND r.status_code <> 429 THEN 1 END),
    COUNT(CASE WHEN r.status_code = 429 THEN 1 END), COUNT(CASE WHEN r.status_code >= 500 THEN 1 END),
    100 * try_divide(CAST(COUNT(CASE WHEN r.status_code >= 400 THEN 1 END) AS DOUBLE), CAST(COUNT(*) AS DOUBLE)),
    100 * try_divide(CAST(COUNT(CASE WHEN r.status_code >= 500 THEN 1 END) AS DOUBLE), CAST(COUNT(*) AS DOUBLE)),
    COUNT(DISTINCT r.requester), CAST(SUM(r.input_tokens) AS BIGINT), CAST(SUM(r.output_tokens) AS BIGINT),
    100 * try_divide(CAST(COUNT(CASE WHEN r.is_streaming THEN 1 END) AS DOUBLE), CAST(COUNT(*) AS DOUBLE)),
    MAX(r.request_time)
  FROM endpoint_requests(get_endpoint_summary.start_date, get_endpoint_summary.end_date) AS r
  WHERE get_endpoint_summary.endpoint_name = 'ALL' OR r.endpoint_name = get_endpoint_summary.endpoint_name
  GROUP BY r.workspace_id, r.endpoint_name;

CREATE OR REPLACE FUNCTION get_endpoint_usage_trend(
  endpoint_name STRING DEFAULT 'ALL' COMMENT 'exact name, or ALL',
  days_back INT DEFAULT 30 COMMENT 'days up to and including as_of',
  as_of DATE DEFAULT current_date() COMMENT 'last UTC day'
)
RETURNS TABLE (
  request_date DATE,
  workspace_id STRING,
  endpoint_name STRING,
  requests BIGINT,
  failed_requests BIGINT COMMENT 'status 400 or above',
  error_rate_pct DOUBLE,
  input_tokens BIGINT,
  output_tokens BIGINT,
  baseline_requests DOUBLE COMMENT 'mean of the seven calendar days before, days without traffic left out',
  baseline_error_rate_pct DOUBLE COMMENT 'over the same days, requests pooled'
)
COMMENT 'Purpose: requests and errors per endpoint and day. Best for: when did errors start. Not for: latency.'
RETURN
  SELECT
    d.request_date, d.workspace_id, d.endpoint_name, d.requests, d.failed,
    100 * try_divide(CAST(d.failed AS DOUBLE), CAST(d.requests AS DOUBLE)), d.input_tokens, d.output_tokens,
    d.base_requests, 100 * try_divide(d.base_failed, d.base_requests)
  FROM (
    SELECT
      c.*,
      AVG(CAST(c.requests AS DOUBLE)) OVER (
        PARTITION BY c.workspace_id, c.endpoint_name ORDER BY c.request_date
        RANGE BETWEEN INTERVAL 7 DAYS PRECEDING AND INTERVAL 1 DAY PRECEDING
      ) AS base_requests,
      AVG(CAST(c.failed AS DOUBLE)) OVER (
        PARTITION BY c.workspace_id, c.endpoint_name ORDER BY c.request_date
        RANGE BETWEEN INTERVAL 7 DAYS PRECEDING AND INTERVAL 1 DAY PRECEDING
      ) AS base_failed
    FROM (
      SELECT
        CAST(r.request_time AS DATE) AS request_date, r.workspace_id, r.endpoint_name, COUNT(*) AS requests,
        COUNT(CASE WHEN r.status_code >= 400 THEN 1 END) AS failed,
        CAST(SUM(r.input_tokens) AS BIGINT) AS input_tokens, CAST(SUM(r.output_tokens) AS BIGINT) AS output_tokens
      FROM endpoint_requests(
        date_sub(get_endpoint_usage_trend.as_of, get_endpoint_usage_trend.days_back + 6), get_endpoint_usage_trend.as_of
      ) AS r
      WHERE get_endpoint_usage_trend.endpoint_name = 'ALL' OR r.endpoint_name = get_endpoint_usage_trend.endpoint_name
      GROUP BY CAST(r.request_time AS DATE), r.workspace_id, r.endpoint_name
    ) AS c
  ) AS d
  WHERE d.request_date > date_sub(get_endpoint_usage_trend.as_of, get_endpoint_usage_trend.days_back);

CREATE OR REPLACE FUNCTION get_token_usage(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  top_n INT DEFAULT 50 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = most tokens',
  workspace_id STRING,
  endpoint_name STRING,
  requester STRING,
  requests BIGINT COMMENT 'requests with a token count',
  input_tokens BIGINT,
  output_tokens BIGINT,
  total_tokens BIGINT,
  pct_of_tokens DOUBLE COMMENT 'percent of all tokens in the period',
  avg_tokens_per_request DOUBLE
)
COMMENT 'Purpose: tokens per endpoint and caller. Best for: who uses our language models. Not for: cost, since prices differ per model.'
RETURN
  SELECT
    s.rank, s.workspace_id, s.endpoint_name, s.requester, s.requests, s.tokens_in, s.tokens_out, s.tokens,
    100 * try_divide(CAST(s.tokens AS DOUBLE), CAST(s.all_tokens AS DOUBLE)),
    try_divide(CAST(s.tokens AS DOUBLE), CAST(s.requests AS DOUBLE))
  FROM (
    SELECT
      a.*, SUM(a.tokens) OVER () AS all_tokens,
      CAST(ROW_NUMBER() OVER (ORDER BY a.tokens DESC, a.workspace_id, a.endpoint_name, a.requester) AS INT) AS rank
    FROM (
      SELECT
        r.workspace_id, r.endpoint_name, r.requester, COUNT(*) AS requests,
        CAST(SUM(COALESCE(r.input_tokens, 0)) AS BIGINT) AS tokens_in,
        CAST(SUM(COALESCE(r.output_tokens, 0)) AS BIGINT) AS tokens_out,
        CAST(SUM(COALESCE(r.input_tokens, 0) + COALESCE(r.output_tokens, 0)) AS BIGINT) AS tokens
      FROM endpoint_requests(start_date, end_date) AS r
      WHERE r.input_tokens IS NOT NULL OR r.output_tokens IS NOT NULL
      GROUP BY r.workspace_id, r.endpoint_name, r.requester
    ) AS a
  ) AS s
  WHERE s.rank <= top_n;
