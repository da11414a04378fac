-- Cost: usage with its price, and what people ask of it. Dates are UTC days, both ends included.

CREATE OR REPLACE VIEW dim_sku AS
SELECT DISTINCT sku_name, cloud, usage_unit
FROM system.billing.usage;

CREATE OR REPLACE VIEW fact_list_prices AS
SELECT
  account_id, price_start_time, price_end_time, sku_name, cloud, currency_code, usage_unit,
  pricing.default AS pricing_default,
  pricing.promotional.default AS pricing_promotional_default,
  pricing.effective_list.default AS pricing_effective_list_default,
  CAST(COALESCE(pricing.effective_list.default, pricing.default) AS DECIMAL(12, 6)) AS price
FROM system.billing.list_prices;

CREATE OR REPLACE VIEW fact_account_prices AS
SELECT
  account_id, price_start_time, price_end_time, sku_name, cloud, currency_code, usage_unit,
  pricing.default AS pricing_default,
  CAST(pricing.default AS DECIMAL(12, 6)) AS price
FROM system.billing.account_prices;

-- One row per usage record, corrections included: sum them, never count or filter them.
CREATE OR REPLACE VIEW fact_usage AS
SELECT
  u.account_id,
  u.workspace_id,
  u.record_id,
  u.sku_name,
  u.cloud,
  u.usage_start_time,
  u.usage_end_time,
  u.usage_date,
  u.usage_unit,
  u.usage_quantity,
  u.record_type,
  u.ingestion_date,
  u.billing_origin_product,
  u.usage_type,
  u.custom_tags,
  u.usage_metadata.cluster_id AS usage_metadata_cluster_id,
  u.usage_metadata.job_id AS usage_metadata_job_id,
  u.usage_metadata.warehouse_id AS usage_metadata_warehouse_id,
  u.usage_metadata.instance_pool_id AS usage_metadata_instance_pool_id,
  u.usage_metadata.node_type AS usage_metadata_node_type,
  u.usage_metadata.job_run_id AS usage_metadata_job_run_id,
  u.usage_metadata.notebook_id AS usage_metadata_notebook_id,
  u.usage_metadata.dlt_pipeline_id AS usage_metadata_dlt_pipeline_id,
  u.usage_metadata.endpoint_name AS usage_metadata_endpoint_name,
  u.usage_metadata.endpoint_id AS usage_metadata_endpoint_id,
  u.usage_metadata.dlt_update_id AS usage_metadata_dlt_update_id,
  u.usage_metadata.dlt_maintenance_id AS usage_metadata_dlt_maintenance_id,
  u.usage_metadata.run_name AS usage_metadata_run_name,
  u.usage_metadata.job_name AS usage_metadata_job_name,
  u.usage_metadata.notebook_path AS usage_metadata_notebook_path,
  u.usage_metadata.central_clean_room_id AS usage_metadata_central_clean_room_id,
  u.usage_metadata.source_region AS usage_metadata_source_region,
  u.usage_metadata.destination_region AS usage_metadata_destination_region,
  u.usage_metadata.app_id AS usage_metadata_app_id,
  u.usage_metadata.app_name AS usage_metadata_app_name,
  u.usage_metadata.metastore_id AS usage_metadata_metastore_id,
  u.usage_metadata.private_endpoint_name AS usage_metadata_private_endpoint_name,
  u.usage_metadata.storage_api_type AS usage_metadata_storage_api_type,
  u.usage_metadata.budget_policy_id AS usage_metadata_budget_policy_id,
  u.usage_metadata.ai_runtime_pool_id AS usage_metadata_ai_runtime_pool_id,
  u.usage_metadata.ai_runtime_workload_id AS usage_metadata_ai_runtime_workload_id,
  u.usage_metadata.uc_table_catalog AS usage_metadata_uc_table_catalog,
  u.usage_metadata.uc_table_schema AS usage_metadata_uc_table_schema,
  u.usage_metadata.uc_table_name AS usage_metadata_uc_table_name,
  u.usage_metadata.database_instance_id AS usage_metadata_database_instance_id,
  u.usage_metadata.sharing_materialization_id AS usage_metadata_sharing_materialization_id,
  u.usage_metadata.schema_id AS usage_metadata_schema_id,
  u.usage_metadata.usage_policy_id AS usage_metadata_usage_policy_id,
  u.usage_metadata.base_environment_id AS usage_metadata_base_environment_id,
  u.usage_metadata.agent_bricks_id AS usage_metadata_agent_bricks_id,
  u.usage_metadata.index_id AS usage_metadata_index_id,
  u.usage_metadata.catalog_id AS usage_metadata_catalog_id,
  u.identity_metadata.run_as AS identity_metadata_run_as,
  u.identity_metadata.created_by AS identity_metadata_created_by,
  u.identity_metadata.owned_by AS identity_metadata_owned_by,
  u.product_features.jobs_tier AS product_features_jobs_tier,
  u.product_features.sql_tier AS product_features_sql_tier,
  u.product_features.dlt_tier AS product_features_dlt_tier,
  u.product_features.is_serverless AS product_features_is_serverless,
  u.product_features.is_photon AS product_features_is_photon,
  u.product_features.serving_type AS product_features_serving_type,
  u.product_features.networking.connectivity_type AS product_features_networking,
  u.product_features.ai_runtime.compute_type AS product_features_ai_runtime,
  u.product_features.model_serving.offering_type AS product_features_model_serving,
  u.product_features.ai_gateway.feature_type AS product_features_ai_gateway,
  u.product_features.performance_target AS product_features_performance_target,
  u.product_features.serverless_gpu.workload_type AS product_features_serverless_gpu,
  u.product_features.agent_bricks.problem_type AS product_features_agent_bricks,
  u.product_features.ai_functions.ai_function AS product_features_ai_functions,
  u.product_features.apps.compute_size AS product_features_apps,
  u.product_features.lakeflow_connect.task_type AS product_features_lakeflow_connect,
  p.price AS list_price,
  CAST(u.usage_quantity AS DECIMAL(24, 12)) * p.price AS list_cost,
  COALESCE(size(map_keys(u.custom_tags)), 0) > 0 AS is_tagged,
  COALESCE(size(map_keys(u.custom_tags)), 0) AS tag_count
FROM system.billing.usage AS u
LEFT JOIN (SELECT * FROM fact_list_prices WHERE currency_code = 'USD') AS p
  ON u.sku_name = p.sku_name AND u.cloud = p.cloud AND u.usage_unit = p.usage_unit
  AND u.usage_end_time >= p.price_start_time
  AND (p.price_end_time IS NULL OR u.usage_end_time < p.price_end_time);

-- Usage as people ask about it: the contract's price where there is one, what caused it, whose team it is.
-- Cost is a DOUBLE: good to a billionth of a dollar, and several times faster to add up than DECIMAL(38, 18).
CREATE OR REPLACE VIEW usage_cost AS
SELECT
  u.account_id, u.workspace_id, u.usage_date, u.usage_start_time, u.usage_end_time, u.ingestion_date, u.record_type,
  u.cloud, u.sku_name, u.billing_origin_product, u.usage_unit, u.usage_type,
  u.usage_quantity,
  COALESCE(c.price, u.list_price) AS price,
  CASE WHEN c.price IS NOT NULL THEN 'contract' WHEN u.list_price IS NOT NULL THEN 'list' ELSE 'none' END AS price_source,
  CAST(u.usage_quantity AS DOUBLE) * CAST(COALESCE(c.price, u.list_price) AS DOUBLE) AS cost,
  CASE
    WHEN u.usage_metadata_job_id IS NOT NULL THEN 'job'
    WHEN u.usage_metadata_dlt_pipeline_id IS NOT NULL THEN 'pipeline'
    WHEN u.usage_metadata_warehouse_id IS NOT NULL THEN 'warehouse'
    WHEN u.usage_metadata_endpoint_name IS NOT NULL THEN 'endpoint'
    WHEN u.usage_metadata_cluster_id IS NOT NULL THEN 'cluster'
    WHEN u.usage_metadata_app_name IS NOT NULL THEN 'app'
    WHEN u.usage_metadata_notebook_id IS NOT NULL THEN 'notebook'
    ELSE 'none'
  END AS resource_kind,
  COALESCE(
    u.usage_metadata_job_id, u.usage_metadata_dlt_pipeline_id, u.usage_metadata_warehouse_id,
    u.usage_metadata_endpoint_name, u.usage_metadata_cluster_id, u.usage_metadata_app_name,
    u.usage_metadata_notebook_id, ''
  ) AS resource_id,
  u.usage_metadata_job_run_id AS job_run_id,
  COALESCE(u.identity_metadata_run_as, u.identity_metadata_owned_by, u.identity_metadata_created_by) AS run_as,
  COALESCE(u.identity_metadata_owned_by, u.identity_metadata_created_by) AS owned_by,
  COALESCE(u.custom_tags['team'], u.custom_tags['Team'], u.custom_tags['TEAM']) AS team,
  COALESCE(u.custom_tags['project'], u.custom_tags['Project'], u.custom_tags['PROJECT']) AS project,
  COALESCE(u.custom_tags['cost_center'], u.custom_tags['Cost_Center'], u.custom_tags['COST_CENTER'],
           u.custom_tags['CostCenter']) AS cost_center,
  COALESCE(u.custom_tags['env'], u.custom_tags['Env'], u.custom_tags['ENV'], u.custom_tags['environment']) AS env,
  u.custom_tags,
  u.is_tagged,
  COALESCE(u.product_features_is_serverless, FALSE) AS is_serverless
FROM fact_usage AS u
LEFT JOIN (SELECT * FROM fact_account_prices WHERE currency_code = 'USD') AS c
  ON u.sku_name = c.sku_name AND u.cloud = c.cloud AND u.usage_unit = c.usage_unit
  AND u.usage_end_time >= c.price_start_time
  AND (c.price_end_time IS NULL OR u.usage_end_time < c.price_end_time);

CREATE OR REPLACE VIEW usage_cost_named AS
SELECT u.*, w.workspace_name, j.name AS job_name
FROM usage_cost AS u
LEFT JOIN dim_workspace AS w ON u.workspace_id = w.workspace_id
LEFT JOIN dim_job AS j ON u.resource_kind = 'job' AND u.workspace_id = j.workspace_id AND u.resource_id = j.job_id;

CREATE OR REPLACE FUNCTION get_top_cost_contributors(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  top_n INT DEFAULT 10 COMMENT 'rows to return'
)
RETURNS TABLE (
  rank INT COMMENT '1 = highest cost',
  workspace_id STRING,
  workspace_name STRING,
  sku_name STRING,
  total_dbu DOUBLE COMMENT 'DBUs; other units are left out',
  total_cost_usd DECIMAL(18, 2) COMMENT 'contract price where there is one, else list price',
  pct_of_total DOUBLE COMMENT 'share of all cost in the period, percent'
)
COMMENT 'Purpose: what costs most, by workspace and SKU. Best for: where does the money go. Not for: why it changed.'
RETURN
  SELECT rank, workspace_id, workspace_name, sku_name, total_dbu, total_cost_usd, pct_of_total
  FROM (
    SELECT
      CAST(ROW_NUMBER() OVER (ORDER BY s.cost DESC, s.workspace_id, s.sku_name) AS INT) AS rank,
      s.workspace_id,
      COALESCE(w.workspace_name, s.workspace_id) AS workspace_name,
      s.sku_name,
      CAST(s.dbu AS DOUBLE) AS total_dbu,
      CAST(s.cost AS DECIMAL(18, 2)) AS total_cost_usd,
      100 * try_divide(CAST(s.cost AS DOUBLE), CAST(SUM(s.cost) OVER () AS DOUBLE)) AS pct_of_total
    FROM (
      SELECT
        workspace_id, sku_name, SUM(cost) AS cost,
        SUM(CASE WHEN usage_unit = 'DBU' THEN usage_quantity ELSE 0 END) AS dbu
      FROM usage_cost
      WHERE usage_date >= start_date AND usage_date <= end_date
      GROUP BY workspace_id, sku_name
    ) AS s
    LEFT JOIN dim_workspace AS w ON s.workspace_id = w.workspace_id
  ) AS ranked
  WHERE rank <= top_n;

CREATE OR REPLACE FUNCTION get_cost_trend_by_sku(
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  sku_name STRING DEFAULT 'ALL' COMMENT 'an exact SKU name, or ALL'
)
RETURNS TABLE (
  usage_date DATE,
  sku_name STRING,
  daily_dbu DOUBLE COMMENT 'DBUs; other units are left out',
  daily_cost_usd DECIMAL(18, 2),
  cumulative_cost_usd DECIMAL(18, 2) COMMENT 'running sum per SKU within the period',
  pct_change_vs_prior DOUBLE COMMENT 'percent against the previous day with usage of that SKU'
)
COMMENT 'Purpose: daily cost per SKU. Best for: trends and price changes. Not for: who caused it.'
RETURN
  SELECT usage_date, sku, dbu, cost, running, pct
  FROM (
    SELECT
      d.usage_date,
      d.sku,
      CAST(d.dbu AS DOUBLE) AS dbu,
      CAST(d.cost AS DECIMAL(18, 2)) AS cost,
      CAST(SUM(d.cost) OVER (PARTITION BY d.sku ORDER BY d.usage_date) AS DECIMAL(18, 2)) AS running,
      100 * (try_divide(
        CAST(d.cost AS DOUBLE),
        CAST(LAG(d.cost) OVER (PARTITION BY d.sku ORDER BY d.usage_date) AS DOUBLE)
      ) - 1) AS pct
    FROM (
      SELECT
        c.usage_date, c.sku_name AS sku, SUM(c.cost) AS cost,
        SUM(CASE WHEN c.usage_unit = 'DBU' THEN c.usage_quantity ELSE 0 END) AS dbu
      FROM usage_cost AS c
      WHERE c.usage_date >= get_cost_trend_by_sku.start_date AND c.usage_date <= get_cost_trend_by_sku.end_date
        AND (get_cost_trend_by_sku.sku_name = 'ALL' OR c.sku_name = get_cost_trend_by_sku.sku_name)
      GROUP BY c.usage_date, c.sku_name
    ) AS d
  ) AS trend;

CREATE OR REPLACE FUNCTION get_budget_variance(
  budget DOUBLE COMMENT 'USD per calendar month',
  start_date DATE COMMENT 'first UTC day',
  end_date DATE COMMENT 'last UTC day, included',
  workspace_filter STRING DEFAULT 'ALL' COMMENT 'a workspace id, or ALL',
  tag_key STRING DEFAULT 'ALL' COMMENT 'team, project, cost_center or env, or ALL',
  tag_value STRING DEFAULT 'ALL' COMMENT 'the value of that tag'
)
RETURNS TABLE (
  budget_usd DECIMAL(18, 2) COMMENT 'the budget for exactly these days: each day has its share of its month',
  actual_usd DECIMAL(18, 2),
  variance_usd DECIMAL(18, 2) COMMENT 'actual minus budget; positive = over',
  variance_pct DOUBLE COMMENT 'percent of the budget',
  days INT COMMENT 'days in the period',
  last_usage_date DATE COMMENT 'last day with usage'
)
COMMENT 'Purpose: spend against a monthly budget. Best for: are we over budget. Not for: forecasts.'
RETURN
  SELECT
    CAST(b.budget_usd AS DECIMAL(18, 2)), CAST(a.actual_usd AS DECIMAL(18, 2)),
    CAST(a.actual_usd - b.budget_usd AS DECIMAL(18, 2)),
    100 * try_divide(CAST(a.actual_usd AS DOUBLE) - CAST(b.budget_usd AS DOUBLE), CAST(b.budget_usd AS DOUBLE)),
    b.days, a.last_usage_date
  FROM (
    SELECT
      CAST(COALESCE(SUM(cost), 0) AS DECIMAL(24, 6)) AS actual_usd,
      MAX(usage_date) AS last_usage_date
    FROM usage_cost
    WHERE usage_date >= start_date AND usage_date <= end_date
      AND (workspace_filter = 'ALL' OR workspace_id = workspace_filter)
      AND (
        tag_key = 'ALL'
        OR (tag_key = 'team' AND team = tag_value)
        OR (tag_key = 'project' AND project = tag_value)
        OR (tag_key = 'cost_center' AND cost_center = tag_value)
        OR (tag_key = 'env' AND env = tag_value)
      )
  ) AS a
  CROSS JOIN (
    SELECT CAST(SUM(share) AS DECIMAL(24, 6)) AS budget_usd, CAST(COUNT(*) AS INT) AS days
    FROM (
      SELECT try_divide(budget, CAST(day(last_day(d)) AS DOUBLE)) AS share
      FROM (SELECT explode(sequence(start_date, end_date, INTERVAL 1 DAY)) AS d) AS calendar
    ) AS shares
  ) AS b;
