-- What things are called: the latest state of each, one row per key. Keys hold only within a workspace.

CREATE OR REPLACE VIEW dim_workspace AS
SELECT account_id, workspace_id, workspace_name, workspace_url, create_time, status
FROM system.access.workspaces_latest;

CREATE OR REPLACE VIEW dim_job AS
SELECT
  account_id, workspace_id, job_id, name, creator_id, run_as, change_time, delete_time, description,
  to_json(tags) AS tags_json
FROM system.lakeflow.jobs
QUALIFY ROW_NUMBER() OVER (PARTITION BY workspace_id, job_id ORDER BY change_time DESC) = 1;

CREATE OR REPLACE VIEW dim_pipeline AS
SELECT
  workspace_id, pipeline_id, pipeline_type, name, created_by, run_as, change_time, delete_time, account_id,
  to_json(tags) AS tags_json,
  settings.photon AS settings_photon, settings.development AS settings_development,
  settings.continuous AS settings_continuous, settings.serverless AS settings_serverless,
  settings.edition AS settings_edition, settings.channel AS settings_channel,
  to_json(configuration) AS configuration_json
FROM system.lakeflow.pipelines
QUALIFY ROW_NUMBER() OVER (PARTITION BY workspace_id, pipeline_id ORDER BY change_time DESC) = 1;

CREATE OR REPLACE VIEW dim_cluster AS
SELECT
  account_id, workspace_id, cluster_id, cluster_name, owned_by, create_time, delete_time,
  driver_node_type, worker_node_type, worker_count, min_autoscale_workers, max_autoscale_workers,
  auto_termination_minutes, enable_elastic_disk, cluster_source, driver_instance_pool_id, worker_instance_pool_id,
  dbr_version, change_time, change_date, data_security_mode, policy_id,
  to_json(tags) AS tags_json
FROM system.compute.clusters
QUALIFY ROW_NUMBER() OVER (PARTITION BY workspace_id, cluster_id ORDER BY change_time DESC) = 1;

CREATE OR REPLACE VIEW dim_warehouse AS
SELECT
  warehouse_id, workspace_id, account_id, warehouse_name, warehouse_type, warehouse_channel, warehouse_size,
  min_clusters, max_clusters, auto_stop_minutes, change_time, delete_time, created_by,
  to_json(tags) AS tags_json
FROM system.compute.warehouses
QUALIFY ROW_NUMBER() OVER (PARTITION BY workspace_id, warehouse_id ORDER BY change_time DESC) = 1;

CREATE OR REPLACE VIEW dim_served_entities AS
SELECT
  served_entity_id, account_id, workspace_id, created_by, endpoint_name, endpoint_id, served_entity_name, entity_type,
  entity_name, entity_version, endpoint_config_version, task, change_time, endpoint_delete_time
FROM system.serving.served_entities
QUALIFY ROW_NUMBER() OVER (PARTITION BY served_entity_id ORDER BY change_time DESC) = 1;
