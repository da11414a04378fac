-- Security: who did what, and what is unusual for them. Dates are UTC days, both ends included.

-- One row per event. E-mails are compared in lower case; an identity without "@" is a service principal.
CREATE OR REPLACE VIEW fact_audit_logs AS
SELECT
  c.account_id, c.workspace_id, c.version, c.event_time, c.event_date, c.source_ip_address, c.user_agent, c.session_id,
  c.service_name, c.action_name, c.request_id, c.audit_level, c.event_id,
  c.user_identity.email AS user_identity_email,
  c.user_identity.subject_name AS user_identity_subject_name,
  c.request_params,
  c.response.status_code AS response_status_code,
  c.response.error_message AS response_error_message,
  c.response.result AS response_result,
  c.identity_metadata.run_by AS identity_metadata_run_by,
  c.identity_metadata.run_as AS identity_metadata_run_as,
  c.identity_metadata.acting_resource AS identity_metadata_acting_resource,
  c.user_email,
  CASE
    WHEN c.user_email IN ('unknown', 'anonymous') THEN 'UNKNOWN'
    WHEN c.user_email LIKE 'system-user%' THEN 'SYSTEM'
    WHEN c.user_email LIKE '%@databricks.com' OR c.user_email LIKE 'databricks-%' THEN 'PLATFORM'
    WHEN c.user_email NOT LIKE '%@%' OR c.user_email LIKE '%.gserviceaccount.com' THEN 'SERVICE_PRINCIPAL'
    ELSE 'HUMAN_USER'
  END AS user_type,
  c.action_category,
  COALESCE(c.response.status_code >= 400, c.response.error_message <> '', FALSE) AS is_failed_action,
  c.action_category = 'PERMISSION'
    OR c.is_export
    OR (c.action_category = 'DELETE' AND c.service_name IN ('unityCatalog', 'accounts', 'secrets', 'workspace'))
    OR (c.action_category NOT IN ('READ', 'AUTHENTICATION') AND c.action RLIKE 'token|secret|credential|ipaccess|setting|recipient|conf')
    OR c.action IN ('getsecret', 'putsecret')
    AS is_sensitive_action,
  c.is_export
FROM (
  SELECT
    b.*,
    b.action RLIKE '^(download|export)|workspaceexport|sharedlink|queryresult$' AS is_export,
    CASE
      WHEN b.action RLIKE 'login|logout|mfa|authenticat|authoriz|ipaccessdenied|ipaclsvalidation'
        THEN 'AUTHENTICATION'
      WHEN b.action RLIKE '^(get|list|read|view|search|download|export|describe|preview|generate|metadata|query)'
        AND b.action NOT LIKE 'generatedbtoken%' THEN 'READ'
      WHEN b.action RLIKE 'permission|acls?$|^grant|^revoke|owner|admin$|roleassignment|principals?(to|from)group'
        THEN 'PERMISSION'
      WHEN b.action RLIKE '^(delete|remove|drop|purge|destroy|revert|trash)' THEN 'DELETE'
      WHEN b.action RLIKE '^(create|add|put|import|upload|generate|register|submit|clone|enable|start)' THEN 'CREATE'
      WHEN b.action RLIKE '^(update|edit|change|modify|set|rename|move|replace|resize|reset|patch|transition)|edit$'
        THEN 'UPDATE'
      ELSE 'OTHER'
    END AS action_category
  FROM (
    SELECT
      a.*,
      lower(COALESCE(a.action_name, '')) AS action,
      lower(COALESCE(
        NULLIF(trim(a.user_identity.email), ''), NULLIF(trim(a.user_identity.subject_name), ''), 'unknown'
      )) AS user_email
    FROM system.access.audit AS a
  ) AS b
) AS c;

-- Blocked connections. The deny outcome is spelled in several ways; a dry run blocks nothing.
CREATE OR REPLACE VIEW fact_inbound_network AS
SELECT
  account_id, workspace_id, event_id, request_path, authenticated_as, event_time, policy_outcome,
  source.ip AS source_ip,
  upper(policy_outcome) LIKE '%DRY%' AS is_dry_run
FROM system.access.inbound_network;

CREATE OR REPLACE VIEW fact_outbound_network AS
SELECT
  account_id, workspace_id, destination_type, destination, event_time, access_type, event_id, network_source_type,
  dns_event.domain_name AS dns_event_domain_name,
  dns_event.rcode AS dns_event_rcode,
  storage_event.hostname AS storage_event_hostname,
  storage_event.path AS storage_event_path,
  storage_event.rejection_reason AS storage_event_rejection_reason
FROM system.access.outbound_network;

CREATE OR REPLACE VIEW fact_assistant_events AS
SELECT account_id, workspace_id, event_id, event_time, event_date, user_agent, initiated_by
FROM system.access.assistant_events;

CREATE OR REPLACE VIEW fact_clean_room_events AS
SELECT
  account_id, metastore_id, event_id, clean_room_name, central_clean_room_id, initiator_global_metastore_id, event_type,
  event_time, initiator_collaborator_alias,
  to_json(clean_room_created_metadata.collaborators) AS clean_room_created_metadata_collaborators,
  to_json(clean_room_created_metadata.egress_network_policy) AS clean_room_created_metadata_egress_network_policy,
  to_json(clean_room_created_metadata.compliance_profile) AS clean_room_created_metadata_compliance_profile,
  clean_room_deleted_metadata.central_clean_room_id AS clean_room_deleted_metadata_central_clean_room_id,
  run_notebook_started_metadata.notebook_name AS run_notebook_started_metadata_notebook_name,
  run_notebook_started_metadata.notebook_checksum AS run_notebook_started_metadata_notebook_checksum,
  run_notebook_started_metadata.run_id AS run_notebook_started_metadata_run_id,
  run_notebook_started_metadata.notebook_etag AS run_notebook_started_metadata_notebook_etag,
  run_notebook_started_metadata.notebook_update_time AS run_notebook_started_metadata_notebook_update_time,
  run_notebook_completed_metadata.notebook_name AS run_notebook_completed_metadata_notebook_name,
  run_notebook_completed_metadata.run_id AS run_notebook_completed_metadata_run_id,
  run_notebook_completed_metadata.state AS run_notebook_completed_metadata_state,
  run_notebook_completed_metadata.duration_in_seconds AS run_notebook_completed_metadata_duration_in_seconds,
  to_json(run_notebook_completed_metadata.output_schema) AS run_notebook_completed_metadata_output_schema,
  to_json(clean_room_assets_updated_metadata.added_assets) AS clean_room_assets_updated_metadata_added_assets,
  to_json(clean_room_assets_updated_metadata.updated_assets) AS clean_room_assets_updated_metadata_updated_assets,
  to_json(clean_room_assets_updated_metadata.removed_assets) AS clean_room_assets_updated_metadata_removed_assets,
  output_schema_deleted_metadata.name AS output_schema_deleted_metadata_name,
  output_schema_deleted_metadata.owner_global_metastore_id AS output_schema_deleted_metadata_owner_global_metastore_id,
  output_schema_deleted_metadata.action AS output_schema_deleted_metadata_action,
  output_schema_deleted_metadata.expire_time AS output_schema_deleted_metadata_expire_time,
  asset_review_created_metadata.asset_name AS asset_review_created_metadata_asset_name,
  asset_review_created_metadata.data_object_type AS asset_review_created_metadata_data_object_type,
  asset_review_created_metadata.review_state AS asset_review_created_metadata_review_state,
  asset_review_created_metadata.review_sub_reason AS asset_review_created_metadata_review_sub_reason,
  asset_review_created_metadata.auto_approval_rule_id AS asset_review_created_metadata_auto_approval_rule_id,
  asset_review_created_metadata.notebook_metadata.etag AS asset_review_created_metadata_notebook_metadata
FROM system.access.clean_room_events;

-- Everyone seen in the last 90 days of the audit log, in query history or in usage. There is no system table of users.
CREATE OR REPLACE VIEW dim_user AS
SELECT
  MAX(s.user_id) AS user_id,
  s.email,
  COALESCE(MAX(s.display_name), s.email) AS display_name,
  CASE
    WHEN s.email LIKE 'system-user%' THEN 'SYSTEM'
    WHEN s.email LIKE '%@databricks.com' OR s.email LIKE 'databricks-%' THEN 'PLATFORM'
    WHEN s.email NOT LIKE '%@%' OR s.email LIKE '%.gserviceaccount.com' THEN 'SERVICE_PRINCIPAL'
    ELSE 'HUMAN_USER'
  END AS user_type,
  MIN(s.first_day) AS first_seen_date,
  MAX(s.last_day) AS last_seen_date
FROM (
  SELECT
    CAST(NULL AS STRING) AS user_id, a.user_email AS email, MAX(a.user_identity_subject_name) AS display_name,
    MIN(a.event_date) AS first_day, MAX(a.event_date) AS last_day
  FROM fact_audit_logs AS a
  WHERE a.event_date > date_sub((SELECT MAX(l.event_date) FROM system.access.audit AS l), 90)
  GROUP BY a.user_email
  UNION ALL
  SELECT
    MAX(q.executed_by_user_id), lower(q.executed_by), CAST(NULL AS STRING),
    CAST(MIN(q.start_time) AS DATE), CAST(MAX(q.start_time) AS DATE)
  FROM system.query.history AS q
  WHERE q.executed_by IS NOT NULL
    AND q.start_time > date_sub(CAST((SELECT MAX(l.start_time) FROM system.query.history AS l) AS DATE), 90)
  GROUP BY lower(q.executed_by)
  UNION ALL
  SELECT
    CAST(NULL AS STRING), lower(u.identity_metadata.run_as), CAST(NULL AS STRING), MIN(u.usage_date), MAX(u.usage_date)
  FROM system.billing.usage AS u
  WHERE u.identity_metadata.run_as IS NOT NULL
    AND u.usage_date > date_sub((SELECT MAX(l.usage_date) FROM system.billing.usage AS l), 90)
  GROUP BY lower(u.identity_metadata.run_as)
) AS s
WHERE s.email <> '' AND s.email NOT IN ('unknown', 'anonymous')
GROUP BY s.email;

-- Events with what people call their place; workspace 0 is the account itself.
CREATE OR REPLACE VIEW audit_events_named AS
SELECT
  a.*,
  CASE WHEN a.workspace_id = '0' THEN 'account level' ELSE COALESCE(w.workspace_name, a.workspace_id) END
    AS workspace_name
FROM fact_audit_logs AS a
LEFT JOIN dim_workspace AS w ON a.workspace_id = w.workspace_id;
