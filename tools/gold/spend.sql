-- Who and what spends, in USD at the price of usage_cost. Dates are UTC days, both ends included.

CREATE OR REPLACE FUNCTION get_spend_by_custom_tags(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  tag_keys STRING DEFAULT 'team,project,cost_center' COMMENT 'comma-separated; upper and lower case alike'
)
RETURNS TABLE (
  tag_key STRING,
  tag_value STRING COMMENT 'Unassigned where the tag is absent',
  total_cost_usd DECIMAL(18, 2),
  pct_of_total DOUBLE COMMENT 'percent of all cost in the period',
  workspaces BIGINT COMMENT 'distinct',
  resources BIGINT COMMENT 'distinct jobs, clusters, warehouses …'
)
COMMENT 'Purpose: cost per value of several tags. Best for: showback and chargeback. Not for: adding up across keys, since each key holds all cost.'
RETURN
  SELECT
    t.tag_key, t.tag_value, CAST(SUM(t.cost) AS DECIMAL(18, 2)),
    100 * try_divide(
      CAST(SUM(t.cost) AS DOUBLE), CAST(SUM(SUM(t.cost)) OVER (PARTITION BY t.tag_key) AS DOUBLE)
    ),
    COUNT(DISTINCT t.workspace_id), COUNT(CASE WHEN t.resource_kind <> 'none' THEN 1 END)
  FROM (
    SELECT
      k.tag_key, u.workspace_id, u.resource_kind, u.resource_id, SUM(u.cost) AS cost,
      COALESCE(CASE lower(k.tag_key)
        WHEN 'team' THEN u.team
        WHEN 'project' THEN u.project
        WHEN 'cost_center' THEN u.cost_center
        WHEN 'env' THEN u.env
        WHEN 'environment' THEN u.env
        ELSE COALESCE(
          u.custom_tags[k.tag_key], u.custom_tags[lower(k.tag_key)], u.custom_tags[upper(k.tag_key)],
          u.custom_tags[CONCAT(upper(substr(k.tag_key, 1, 1)), lower(substr(k.tag_key, 2)))]
        )
      END, 'Unassigned') AS tag_value
    FROM usage_cost AS u
    CROSS JOIN (
      SELECT DISTINCT trim(e.part) AS tag_key
      FROM (SELECT explode(split(tag_keys, ',')) AS part) AS e
    ) AS k
    WHERE u.usage_date >= start_date AND u.usage_date <= end_date
    GROUP BY ALL
  ) AS t
  GROUP BY t.tag_key, t.tag_value;

CREATE OR REPLACE FUNCTION get_cost_by_tag(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  tag_key STRING DEFAULT 'team' COMMENT 'one tag; upper and lower case alike'
)
RETURNS TABLE (
  tag_value STRING COMMENT 'Unassigned where the tag is absent',
  total_cost_usd DECIMAL(18, 2),
  pct_of_total DOUBLE COMMENT 'percent of all cost in the period',
  workspaces BIGINT COMMENT 'distinct',
  resources BIGINT COMMENT 'distinct jobs, clusters, warehouses …'
)
COMMENT 'Purpose: cost per value of one tag. Best for: what does each team spend. Not for: several tags at once.'
RETURN
  SELECT s.tag_value, s.total_cost_usd, s.pct_of_total, s.workspaces, s.resources
  FROM get_spend_by_custom_tags(get_cost_by_tag.start_date, get_cost_by_tag.end_date, get_cost_by_tag.tag_key) AS s;

CREATE OR REPLACE FUNCTION get_cost_by_owner(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  top_n INT DEFAULT 20 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = highest cost',
  owner STRING COMMENT 'identity the work ran as, else its owner; Unknown where the usage names none',
  total_cost_usd DECIMAL(18, 2),
  pct_of_total DOUBLE COMMENT 'percent of all cost in the period',
  job_cost_usd DECIMAL(18, 2) COMMENT 'jobs and pipelines',
  interactive_cost_usd DECIMAL(18, 2) COMMENT 'all-purpose clusters and notebooks',
  sql_cost_usd DECIMAL(18, 2) COMMENT 'SQL warehouses',
  serving_cost_usd DECIMAL(18, 2) COMMENT 'model serving endpoints',
  workspaces BIGINT COMMENT 'distinct',
  top_sku STRING COMMENT 'the SKU with most of it'
)
COMMENT 'Purpose: cost per identity. Best for: whom to ask. Not for: shared warehouses, whose cost falls on their owner.'
RETURN
  SELECT
    s.rank, s.owner, CAST(s.cost AS DECIMAL(18, 2)),
    100 * try_divide(CAST(s.cost AS DOUBLE), CAST(s.all_cost AS DOUBLE)), CAST(s.job_cost AS DECIMAL(18, 2)),
    CAST(s.interactive AS DECIMAL(18, 2)), CAST(s.sql_cost AS DECIMAL(18, 2)), CAST(s.serving AS DECIMAL(18, 2)),
    s.workspaces, s.top_sku
  FROM (
    SELECT
      a.*, SUM(a.cost) OVER () AS all_cost,
      CAST(ROW_NUMBER() OVER (ORDER BY a.cost DESC, a.owner) AS INT) AS rank
    FROM (
      SELECT
        d.owner, SUM(d.cost) AS cost,
        SUM(CASE WHEN d.resource_kind IN ('job', 'pipeline') THEN d.cost ELSE 0 END) AS job_cost,
        SUM(CASE WHEN d.resource_kind IN ('cluster', 'notebook') THEN d.cost ELSE 0 END) AS interactive,
        SUM(CASE WHEN d.resource_kind = 'warehouse' THEN d.cost ELSE 0 END) AS sql_cost,
        SUM(CASE WHEN d.resource_kind = 'endpoint' THEN d.cost ELSE 0 END) AS serving,
        COUNT(DISTINCT d.workspace_id) AS workspaces, MAX(d.top_sku) AS top_sku
      FROM (
        SELECT
          c.*, first_value(c.sku_name) OVER (PARTITION BY c.owner ORDER BY c.sku_cost DESC, c.sku_name) AS top_sku
        FROM (
          SELECT
            COALESCE(u.run_as, 'Unknown') AS owner, u.resource_kind, u.workspace_id, u.sku_name, SUM(u.cost) AS cost,
            SUM(SUM(u.cost)) OVER (PARTITION BY COALESCE(u.run_as, 'Unknown'), u.sku_name) AS sku_cost
          FROM usage_cost AS u
          WHERE u.usage_date >= start_date AND u.usage_date <= end_date
          GROUP BY COALESCE(u.run_as, 'Unknown'), u.resource_kind, u.workspace_id, u.sku_name
        ) AS c
      ) AS d
      GROUP BY d.owner
    ) AS a
  ) AS s
  WHERE s.rank <= top_n;

CREATE OR REPLACE FUNCTION get_tag_coverage(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included'
)
RETURNS TABLE (
  product STRING COMMENT 'billing_origin_product, or ALL for the whole account',
  total_cost_usd DECIMAL(18, 2),
  tagged_cost_usd DECIMAL(18, 2) COMMENT 'usage with any custom tag',
  untagged_cost_usd DECIMAL(18, 2),
  tag_coverage_pct DOUBLE COMMENT 'tagged cost, percent of all',
  team_coverage_pct DOUBLE COMMENT 'cost with a team tag, percent of all',
  resources BIGINT COMMENT 'distinct jobs, clusters, warehouses …',
  untagged_resources BIGINT COMMENT 'resources none of whose usage has a tag'
)
COMMENT 'Purpose: how much spend is tagged, per product. Best for: is showback possible. Not for: which resource, see get_untagged_resources.'
RETURN
  SELECT
    COALESCE(r.product, 'ALL'), CAST(SUM(r.cost) AS DECIMAL(18, 2)), CAST(SUM(r.tagged) AS DECIMAL(18, 2)),
    CAST(SUM(r.cost - r.tagged) AS DECIMAL(18, 2)),
    100 * try_divide(CAST(SUM(r.tagged) AS DOUBLE), CAST(SUM(r.cost) AS DOUBLE)),
    100 * try_divide(CAST(SUM(r.with_team) AS DOUBLE), CAST(SUM(r.cost) AS DOUBLE)),
    COUNT(CASE WHEN r.resource_kind <> 'none' THEN 1 END),
    COUNT(CASE WHEN r.resource_kind <> 'none' AND r.tagged_rows = 0 THEN 1 END)
  FROM (
    SELECT
      COALESCE(u.billing_origin_product, 'OTHER') AS product, u.workspace_id, u.resource_kind, u.resource_id,
      COALESCE(SUM(u.cost), 0) AS cost, COALESCE(SUM(CASE WHEN u.is_tagged THEN u.cost ELSE 0 END), 0) AS tagged,
      COALESCE(SUM(CASE WHEN u.team IS NOT NULL THEN u.cost ELSE 0 END), 0) AS with_team,
      COUNT(CASE WHEN u.is_tagged THEN 1 END) AS tagged_rows
    FROM usage_cost AS u
    WHERE u.usage_date >= start_date AND u.usage_date <= end_date
    GROUP BY COALESCE(u.billing_origin_product, 'OTHER'), u.workspace_id, u.resource_kind, u.resource_id
  ) AS r
  GROUP BY GROUPING SETS ((r.product), ());

CREATE OR REPLACE FUNCTION get_untagged_resources(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  resource_type STRING DEFAULT 'ALL' COMMENT 'JOB, PIPELINE, WAREHOUSE, CLUSTER, ENDPOINT, APP, NOTEBOOK or ALL',
  top_n INT DEFAULT 50 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = highest untagged cost',
  resource_type STRING,
  workspace_id STRING,
  workspace_name STRING,
  resource_id STRING,
  resource_name STRING COMMENT 'the id where no name is known',
  owner STRING,
  untagged_cost_usd DECIMAL(18, 2),
  total_cost_usd DECIMAL(18, 2),
  last_usage_date DATE
)
COMMENT 'Purpose: resources with usage that has no custom tag. Best for: whom to ask for tags. Not for: usage that names no resource.'
RETURN
  SELECT
    s.rank, upper(s.kind), s.workspace_id, COALESCE(w.workspace_name, s.workspace_id), s.resource_id,
    COALESCE(j.name, p.name, h.warehouse_name, c.cluster_name, s.resource_id), s.owner,
    CAST(s.untagged AS DECIMAL(18, 2)), CAST(s.cost AS DECIMAL(18, 2)), s.last_day
  FROM (
    SELECT
      a.*, CAST(ROW_NUMBER() OVER (ORDER BY a.untagged DESC, a.kind, a.workspace_id, a.resource_id) AS INT) AS rank
    FROM (
      SELECT
        u.resource_kind AS kind, u.workspace_id, u.resource_id, MAX(u.run_as) AS owner, SUM(u.cost) AS cost,
        SUM(CASE WHEN NOT u.is_tagged THEN u.cost ELSE 0 END) AS untagged, MAX(u.usage_date) AS last_day
      FROM usage_cost AS u
      WHERE u.usage_date >= get_untagged_resources.start_date AND u.usage_date <= get_untagged_resources.end_date
        AND u.resource_kind <> 'none'
        AND (
          get_untagged_resources.resource_type = 'ALL' OR u.resource_kind = lower(get_untagged_resources.resource_type)
        )
      GROUP BY u.resource_kind, u.workspace_id, u.resource_id
    ) AS a
    WHERE a.untagged > 0
  ) AS s
  LEFT JOIN dim_workspace AS w ON s.workspace_id = w.workspace_id
  LEFT JOIN dim_job AS j ON s.kind = 'job' AND s.workspace_id = j.workspace_id AND s.resource_id = j.job_id
  LEFT JOIN dim_pipeline AS p
    ON s.kind = 'pipeline' AND s.workspace_id = p.workspace_id AND s.resource_id = p.pipeline_id
  LEFT JOIN dim_warehouse AS h
    ON s.kind = 'warehouse' AND s.workspace_id = h.workspace_id AND s.resource_id = h.warehouse_id
  LEFT JOIN dim_cluster AS c
    ON s.kind = 'cluster' AND s.workspace_id = c.workspace_id AND s.resource_id = c.cluster_id
  WHERE s.rank <= get_untagged_resources.top_n;

CREATE OR REPLACE FUNCTION get_all_purpose_cluster_cost(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  top_n INT DEFAULT 20 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = highest cost',
  workspace_id STRING,
  workspace_name STRING,
  cluster_id STRING,
  cluster_name STRING,
  owner STRING,
  total_cost_usd DECIMAL(18, 2),
  weekend_cost_usd DECIMAL(18, 2) COMMENT 'Saturday and Sunday UTC',
  active_days BIGINT,
  usage_hours BIGINT COMMENT 'distinct clock hours with usage',
  auto_termination_minutes BIGINT COMMENT '0 = never',
  worker_count BIGINT COMMENT 'null where it scales',
  advice STRING
)
COMMENT 'Purpose: all-purpose clusters by cost. Best for: idle or never-ending interactive clusters. Not for: job clusters.'
RETURN
  SELECT
    s.rank, s.workspace_id, COALESCE(w.workspace_name, s.workspace_id), s.cluster_id,
    COALESCE(c.cluster_name, s.cluster_id), COALESCE(c.owned_by, s.owner), CAST(s.cost AS DECIMAL(18, 2)),
    CAST(s.weekend AS DECIMAL(18, 2)), s.days, s.hours, c.auto_termination_minutes, c.worker_count,
    CASE
      WHEN COALESCE(c.auto_termination_minutes, 0) = 0 THEN 'Set auto-termination'
      WHEN c.auto_termination_minutes > 120 THEN 'Shorten auto-termination'
      WHEN c.max_autoscale_workers IS NULL AND c.worker_count > 1 THEN 'Use autoscaling'
      ELSE 'Move scheduled work to job or serverless compute'
    END
  FROM (
    SELECT
      a.*, CAST(ROW_NUMBER() OVER (ORDER BY a.cost DESC, a.workspace_id, a.cluster_id) AS INT) AS rank
    FROM (
      SELECT
        u.workspace_id, u.resource_id AS cluster_id, MAX(u.run_as) AS owner, SUM(u.cost) AS cost,
        SUM(CASE WHEN dayofweek(u.usage_date) IN (1, 7) THEN u.cost ELSE 0 END) AS weekend,
        COUNT(DISTINCT u.usage_date) AS days, COUNT(DISTINCT date_trunc('HOUR', u.usage_start_time)) AS hours
      FROM usage_cost AS u
      WHERE u.usage_date >= start_date AND u.usage_date <= end_date
        AND u.billing_origin_product IN ('ALL_PURPOSE', 'INTERACTIVE') AND u.resource_kind = 'cluster'
      GROUP BY u.workspace_id, u.resource_id
    ) AS a
  ) AS s
  LEFT JOIN dim_cluster AS c ON s.workspace_id = c.workspace_id AND s.cluster_id = c.cluster_id
  LEFT JOIN dim_workspace AS w ON s.workspace_id = w.workspace_id
  WHERE s.rank <= top_n;
