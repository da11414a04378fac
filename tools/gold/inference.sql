-- Drift of what models are asked and answer, from inference tables. Bodies are read for their fields; only figures come out.

-- Reads dataframe_records, dataframe_split, instances, inputs (objects), predictions (scalars or objects) and the
-- usage of chat completions; other bodies give no rows.
CREATE OR REPLACE FUNCTION inference_values(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  workspace_id STRING,
  endpoint_name STRING,
  request_date DATE,
  kind STRING COMMENT 'INPUT or PREDICTION',
  field STRING COMMENT 'feature, or prediction',
  value STRING COMMENT 'can be personal: aggregate it',
  number DOUBLE COMMENT 'null where the value is none'
)
COMMENT 'Purpose: one row per field and record of successful logged requests. Best for: building other functions. Not for: showing.'
RETURN
  WITH bodies AS (
    SELECT
      p.workspace_id, COALESCE(s.endpoint_name, p.served_entity_id) AS endpoint_name, p.request_date,
      COALESCE(
        get_json_object(p.request, '$.dataframe_records'), get_json_object(p.request, '$.instances'),
        get_json_object(p.request, '$.inputs')
      ) AS records,
      get_json_object(p.request, '$.dataframe_split.columns') AS split_names,
      get_json_object(p.request, '$.dataframe_split.data') AS split_rows,
      get_json_object(p.response, '$.predictions') AS predictions,
      get_json_object(p.response, '$.choices[0].finish_reason') AS finish_reason,
      get_json_object(p.response, '$.usage.prompt_tokens') AS prompt_tokens,
      get_json_object(p.response, '$.usage.completion_tokens') AS completion_tokens
    FROM system.__internal_logging.payload_logs AS p
    LEFT JOIN dim_served_entities AS s ON p.served_entity_id = s.served_entity_id
    WHERE p.request_date >= start_date AND p.request_date <= end_date AND p.status_code < 400
  ),
  records AS (
    SELECT
      b.workspace_id, b.endpoint_name, b.request_date, 'INPUT' AS kind,
      from_json(x.record, 'map<string,string>') AS fields
    FROM bodies AS b
    LATERAL VIEW explode(from_json(b.records, 'array<string>')) x AS record
    UNION ALL
    SELECT
      v.workspace_id, v.endpoint_name, v.request_date, 'INPUT' AS kind,
      CASE WHEN size(v.names) = size(v.row_values) THEN map_from_arrays(v.names, v.row_values) END AS fields
    FROM (
      SELECT
        b.workspace_id, b.endpoint_name, b.request_date,
        from_json(b.split_names, 'array<string>') AS names,
        from_json(x.record, 'array<string>') AS row_values
      FROM bodies AS b
      LATERAL VIEW explode(from_json(b.split_rows, 'array<string>')) x AS record
    ) AS v
    UNION ALL
    SELECT
      b.workspace_id, b.endpoint_name, b.request_date, 'PREDICTION' AS kind,
      COALESCE(from_json(x.record, 'map<string,string>'), map('prediction', x.record)) AS fields
    FROM bodies AS b
    LATERAL VIEW explode(from_json(b.predictions, 'array<string>')) x AS record
    UNION ALL
    SELECT
      b.workspace_id, b.endpoint_name, b.request_date, 'INPUT' AS kind, map('prompt_tokens', b.prompt_tokens) AS fields
    FROM bodies AS b
    WHERE b.prompt_tokens IS NOT NULL
    UNION ALL
    SELECT
      b.workspace_id, b.endpoint_name, b.request_date, 'PREDICTION' AS kind,
      map('completion_tokens', b.completion_tokens, 'finish_reason', b.finish_reason) AS fields
    FROM bodies AS b
    WHERE b.completion_tokens IS NOT NULL OR b.finish_reason IS NOT NULL
  )
  SELECT
    r.workspace_id, r.endpoint_name, r.request_date, r.kind, f.field, f.value, try_cast(f.value AS DOUBLE)
  FROM records AS r
  LATERAL VIEW explode(r.fields) f AS field, value;

CREATE OR REPLACE FUNCTION get_inference_drift(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  endpoint_name STRING DEFAULT 'ALL' COMMENT 'exact name, or ALL',
  baseline_days INT DEFAULT 7 COMMENT 'days before start_date to compare with'
)
RETURNS TABLE (
  workspace_id STRING,
  endpoint_name STRING,
  kind STRING COMMENT 'INPUT or PREDICTION',
  field STRING COMMENT 'feature, or prediction',
  field_type STRING COMMENT 'NUMERIC, CATEGORICAL, or TEXT = more than 50 different values, not tested',
  current_count BIGINT COMMENT 'values, nulls left out',
  baseline_count BIGINT,
  current_null_pct DOUBLE,
  baseline_null_pct DOUBLE,
  current_mean DOUBLE COMMENT 'of numbers',
  baseline_mean DOUBLE,
  baseline_stddev DOUBLE,
  mean_shift_sd DOUBLE COMMENT 'shift of the mean in standard deviations of the baseline',
  population_stability_index DOUBLE COMMENT 'over the tenths of the baseline, or over categories; null below 30 values in either',
  js_distance DOUBLE COMMENT 'Jensen-Shannon distance over the same bins, 0 to 1',
  ks_test DOUBLE COMMENT 'Kolmogorov-Smirnov statistic of numbers, 0 to 1',
  ks_p_value DOUBLE COMMENT 'its asymptotic p-value',
  drift_level STRING COMMENT 'MAJOR = index above 0.25, MODERATE = above 0.1, where it also exceeds three deviations of what chance gives for so many bins and values, and p is below 0.01 for numbers; else NONE; UNKNOWN with too few values'
)
COMMENT 'Purpose: drift of inputs and predictions against the days before. Best for: did the data or the model change. Not for: endpoints without payload logging, or whether predictions are right.'
RETURN
  WITH vals AS (
    SELECT
      v.workspace_id, v.endpoint_name AS endpoint, v.kind, v.field, v.value, v.number,
      CASE WHEN v.request_date >= get_inference_drift.start_date THEN 1 ELSE 0 END AS is_new,
      CASE WHEN v.request_date >= get_inference_drift.start_date THEN 0 ELSE 1 END AS is_old
    FROM inference_values(
      date_sub(get_inference_drift.start_date, get_inference_drift.baseline_days), get_inference_drift.end_date
    ) AS v
    WHERE get_inference_drift.endpoint_name = 'ALL' OR v.endpoint_name = get_inference_drift.endpoint_name
  ),
  stats AS (
    SELECT
      workspace_id, endpoint, kind, field,
      SUM(is_new) AS new_rows, SUM(is_old) AS old_rows,
      COUNT(CASE WHEN is_new = 1 THEN value END) AS new_count, COUNT(CASE WHEN is_old = 1 THEN value END) AS old_count,
      AVG(CASE WHEN is_new = 1 THEN number END) AS new_mean, AVG(CASE WHEN is_old = 1 THEN number END) AS old_mean,
      stddev_samp(CASE WHEN is_old = 1 THEN number END) AS old_sd,
      CASE
        WHEN COUNT(number) = COUNT(value) THEN 'NUMERIC'
        WHEN COUNT(DISTINCT value) <= 50 THEN 'CATEGORICAL' ELSE 'TEXT'
      END AS field_type,
      percentile(CASE WHEN is_old = 1 THEN number END, 0.1) AS d1,
      percentile(CASE WHEN is_old = 1 THEN number END, 0.2) AS d2,
      percentile(CASE WHEN is_old = 1 THEN number END, 0.3) AS d3,
      percentile(CASE WHEN is_old = 1 THEN number END, 0.4) AS d4,
      percentile(CASE WHEN is_old = 1 THEN number END, 0.5) AS d5,
      percentile(CASE WHEN is_old = 1 THEN number END, 0.6) AS d6,
      percentile(CASE WHEN is_old = 1 THEN number END, 0.7) AS d7,
      percentile(CASE WHEN is_old = 1 THEN number END, 0.8) AS d8,
      percentile(CASE WHEN is_old = 1 THEN number END, 0.9) AS d9
    FROM vals
    GROUP BY workspace_id, endpoint, kind, field
  ),
  binned AS (
    SELECT
      v.workspace_id, v.endpoint, v.kind, v.field, s.field_type, v.number, v.is_new, v.is_old,
      CASE WHEN s.field_type = 'NUMERIC' THEN CAST(
        CAST(v.number > s.d1 AS INT) + CAST(v.number > s.d2 AS INT) + CAST(v.number > s.d3 AS INT)
        + CAST(v.number > s.d4 AS INT) + CAST(v.number > s.d5 AS INT) + CAST(v.number > s.d6 AS INT)
        + CAST(v.number > s.d7 AS INT) + CAST(v.number > s.d8 AS INT) + CAST(v.number > s.d9 AS INT) AS STRING
      ) ELSE v.value END AS bin
    FROM vals AS v
    JOIN stats AS s
      ON v.workspace_id = s.workspace_id AND v.endpoint = s.endpoint AND v.kind = s.kind AND v.field = s.field
    WHERE v.value IS NOT NULL AND s.field_type <> 'TEXT' AND s.new_count >= 30 AND s.old_count >= 30
  ),
  shares AS (
    SELECT
      b.workspace_id, b.endpoint, b.kind, b.field,
      try_divide(b.new_count + 0.5D,
        SUM(b.new_count + 0.5D) OVER (PARTITION BY b.workspace_id, b.endpoint, b.kind, b.field)) AS p,
      try_divide(b.old_count + 0.5D,
        SUM(b.old_count + 0.5D) OVER (PARTITION BY b.workspace_id, b.endpoint, b.kind, b.field)) AS q
    FROM (
      SELECT workspace_id, endpoint, kind, field, bin, SUM(is_new) AS new_count, SUM(is_old) AS old_count
      FROM binned
      GROUP BY workspace_id, endpoint, kind, field, bin
    ) AS b
  ),
  distances AS (
    SELECT
      workspace_id, endpoint, kind, field, SUM((p - q) * ln(try_divide(p, q))) AS psi,
      COUNT(*) - 1 + 3 * sqrt(2 * CAST(COUNT(*) - 1 AS DOUBLE)) AS chance,
      sqrt(greatest(try_divide(SUM(p * ln(try_divide(2 * p, p + q)) + q * ln(try_divide(2 * q, p + q))), 2 * ln(2.0D)), 0.0D)) AS js
    FROM shares
    GROUP BY workspace_id, endpoint, kind, field
  ),
  kolmogorov AS (
    SELECT
      f.workspace_id, f.endpoint, f.kind, f.field, MAX(f.gap) AS d,
      MAX((sqrt(f.effective) + 0.12D + try_divide(0.11D, sqrt(f.effective))) * f.gap) AS scaled
    FROM (
      SELECT
        c.workspace_id, c.endpoint, c.kind, c.field,
        ABS(try_divide(c.new_below, c.new_all) - try_divide(c.old_below, c.old_all)) AS gap,
        try_divide(c.new_all * c.old_all, c.new_all + c.old_all) AS effective
      FROM (
        SELECT
          workspace_id, endpoint, kind, field,
          CAST(SUM(is_new) OVER (PARTITION BY workspace_id, endpoint, kind, field ORDER BY number) AS DOUBLE)
            AS new_below,
          CAST(SUM(is_old) OVER (PARTITION BY workspace_id, endpoint, kind, field ORDER BY number) AS DOUBLE)
            AS old_below,
          CAST(SUM(is_new) OVER (PARTITION BY workspace_id, endpoint, kind, field) AS DOUBLE) AS new_all,
          CAST(SUM(is_old) OVER (PARTITION BY workspace_id, endpoint, kind, field) AS DOUBLE) AS old_all
        FROM binned
        WHERE field_type = 'NUMERIC'
      ) AS c
    ) AS f
    GROUP BY f.workspace_id, f.endpoint, f.kind, f.field
  ),
  tested AS (
    SELECT
      s.*, t.psi, t.js, k.d,
      t.chance * (try_divide(1.0D, CAST(s.new_count AS DOUBLE)) + try_divide(1.0D, CAST(s.old_count AS DOUBLE)))
        AS psi_by_chance,
      CASE WHEN k.scaled IS NULL THEN CAST(NULL AS DOUBLE) WHEN k.scaled < 0.4 THEN 1.0D
        ELSE greatest(0.0D, least(1.0D, 2 * (
          exp(-2 * k.scaled * k.scaled) - exp(-8 * k.scaled * k.scaled) + exp(-18 * k.scaled * k.scaled)
          - exp(-32 * k.scaled * k.scaled)
        ))) END AS p_value
    FROM stats AS s
    LEFT JOIN distances AS t
      ON s.workspace_id = t.workspace_id AND s.endpoint = t.endpoint AND s.kind = t.kind AND s.field = t.field
    LEFT JOIN kolmogorov AS k
      ON s.workspace_id = k.workspace_id AND s.endpoint = k.endpoint AND s.kind = k.kind AND s.field = k.field
  )
  SELECT
    r.workspace_id, r.endpoint, r.kind, r.field, r.field_type, r.new_count, r.old_count,
    100 * try_divide(CAST(r.new_rows - r.new_count AS DOUBLE), CAST(r.new_rows AS DOUBLE)),
    100 * try_divide(CAST(r.old_rows - r.old_count AS DOUBLE), CAST(r.old_rows AS DOUBLE)),
    CASE WHEN r.field_type = 'NUMERIC' THEN r.new_mean END, CASE WHEN r.field_type = 'NUMERIC' THEN r.old_mean END,
    CASE WHEN r.field_type = 'NUMERIC' THEN r.old_sd END,
    CASE WHEN r.field_type = 'NUMERIC' THEN try_divide(r.new_mean - r.old_mean, r.old_sd) END,
    r.psi, r.js, r.d, r.p_value,
    CASE
      WHEN r.psi IS NULL THEN 'UNKNOWN'
      WHEN r.psi <= r.psi_by_chance OR r.p_value >= 0.01 THEN 'NONE'
      WHEN r.psi > 0.25 THEN 'MAJOR'
      WHEN r.psi > 0.1 THEN 'MODERATE'
      ELSE 'NONE'
    END
  FROM tested AS r;
