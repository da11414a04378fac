"""The stories are true in the rows: dollars to the cent, counts exactly, computed in SQL from nothing but the file."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import duckdb

from tests.tools.sample.ask import one
from tests.tools.sample.conftest import TODAY
from tools.sample.stories import Story

Stories = dict[str, Story]
CENT = Decimal("0.01")


def test_there_are_stories_for_all_six_specialists(story: Stories) -> None:
    assert len(story) >= 14
    assert {agent for told in story.values() for agent in told.agents} == {
        "cost",
        "security",
        "performance",
        "reliability",
        "quality",
        "mlops",
    }
    assert all(story[told.linked].key for told in story.values() if told.linked)
    assert all(told.start < told.end <= TODAY for told in story.values())


def test_names_do_not_give_a_story_away(story: Stories) -> None:
    names = [name.lower() for told in story.values() for cause in told.causes for name in cause.values()]
    assert not [name for name in names for word in ("spike", "runaway", "bad", "anomal", "incident", "leak") if word in name]


def test_the_slower_etl_job_has_smaller_workers(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["slower"]
    before, after = one(
        sample,
        """
        SELECT median(epoch(ended - started)) FILTER (started < ?), median(epoch(ended - started)) FILTER (started >= ?)
        FROM runs WHERE workspace_id = ? AND job_id = ? AND state = 'SUCCEEDED' AND started >= ?""",
        told.start,
        told.start,
        told.facts["workspace_id"],
        told.facts["job_id"],
        told.start - timedelta(days=7),
    )
    assert abs(after / before - told.facts["factor"]) < 0.12
    nodes = sample.execute(
        "SELECT worker_node_type FROM system_compute.clusters WHERE cluster_id = ? AND workspace_id = ? ORDER BY change_time",
        [told.facts["cluster_id"], told.facts["workspace_id"]],
    ).fetchall()
    assert [node for (node,) in nodes] == [told.facts["old_node_type"], told.facts["new_node_type"]]
    busy = one(
        sample,
        """
        SELECT avg(cpu_user_percent) FILTER (start_time >= ?) - avg(cpu_user_percent) FILTER (start_time < ?)
        FROM system_compute.node_timeline WHERE cluster_id = ? AND workspace_id = ? AND NOT driver""",
        told.start,
        told.start,
        told.facts["cluster_id"],
        told.facts["workspace_id"],
    )
    assert busy > 20


def test_one_job_breaches_its_sla_this_week(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["breaching"]
    sql = """SELECT count(*) FILTER (epoch(ended - started) > 3600), count(*) FROM runs
        WHERE workspace_id = ? AND job_id = ? AND state = 'SUCCEEDED' AND started >= ? AND started < ?"""
    ids = (told.facts["workspace_id"], told.facts["job_id"])
    late, runs = one(sample, sql, *ids, told.start, told.end)
    assert late > 0.8 * runs > 0
    late, runs = one(sample, sql, *ids, told.start - timedelta(days=7), told.start)
    assert late < 0.1 * runs
    assert (
        one(sample, "SELECT max(tags['sla_minutes']) FROM system_lakeflow.jobs WHERE workspace_id = ? AND job_id = ?", *ids)
        == "60"
    )


def test_the_feed_and_what_waits_for_it_fail_to_this_hour(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    for key in ("failing", "blocked"):
        told = story[key]
        states = sample.execute(
            """
            SELECT state, code, count(*) FROM runs WHERE workspace_id = ? AND job_id = ? AND started >= ?
                AND state IS NOT NULL GROUP BY ALL""",
            [told.facts["workspace_id"], told.facts["job_id"], told.start],
        ).fetchall()
        assert [(state, code) for state, code, _ in states] == [("FAILED", told.facts["termination_code"])]
        assert states[0][2] >= 20


def test_tables_downstream_of_the_feed_are_unhealthy(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["stale"]
    latest = sample.execute("""
        SELECT catalog_name || '.' || schema_name || '.' || table_name FROM system_data_quality_monitoring.table_results
        WHERE freshness.status = 'Unhealthy' QUALIFY row_number() OVER (
            PARTITION BY catalog_name, schema_name, table_name ORDER BY event_time DESC) = 1""").fetchall()
    assert {name for (name,) in latest} == set(told.facts["unhealthy"])
    path = told.facts["path"]
    for source, target in pairwise(path):
        assert (
            one(
                sample,
                "SELECT count(*) FROM system_access.table_lineage WHERE source_table_full_name = ? "
                "AND target_table_full_name = ?",
                source,
                target,
            )
            > 0
        )
    assert one(
        sample, "SELECT max(event_time) FROM system_access.table_lineage WHERE target_table_full_name = ?", path[0]
    ) < told.start.replace(tzinfo=None)


def test_sales_daily_has_three_levels_up_and_down(sample: duckdb.DuckDBPyConnection) -> None:
    for here, there in (("target", "source"), ("source", "target")):
        levels = one(
            sample,
            f"""
            WITH RECURSIVE edges AS (SELECT DISTINCT {here}_table_full_name AS here, {there}_table_full_name AS there
                FROM system_access.table_lineage
                WHERE source_table_full_name IS NOT NULL AND target_table_full_name IS NOT NULL
            ), walk AS (
                SELECT there AS name, 1 AS level FROM edges WHERE here = 'prod.sales.sales_daily'
                UNION SELECT e.there, level + 1 FROM walk w JOIN edges e ON e.here = w.name WHERE level < 6
            ) SELECT max(level) FROM walk""",
        )
        assert levels >= 3, here


def test_the_warehouse_queues_at_its_hours_only(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["queueing"]
    inside, outside = one(
        sample,
        """
        SELECT median(waiting_at_capacity_duration_ms) FILTER (hour(start_time) IN (13, 14, 15) AND start_time >= ?),
               quantile_cont(waiting_at_capacity_duration_ms, 0.9) FILTER (hour(start_time) NOT IN (13, 14, 15))
        FROM system_query.history WHERE compute.warehouse_id = ? AND workspace_id = ? AND NOT from_result_cache""",
        told.start,
        told.facts["warehouse_id"],
        told.facts["workspace_id"],
    )
    assert 0.6 < inside / (told.facts["wait_seconds"] * 1000) < 1.4
    assert outside < 2000


def test_one_statement_spills(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["spill"]
    top = sample.execute(
        """
        SELECT statement_text, executed_by, count(*), min(spilled_local_bytes) FROM system_query.history
        WHERE start_time >= ? GROUP BY ALL ORDER BY sum(spilled_local_bytes) DESC LIMIT 1""",
        [told.start],
    ).fetchone()
    assert top is not None
    assert top[:2] == (told.facts["statement"], told.owner)
    assert top[2] >= 6 * told.facts["a_day"]
    assert top[3] > 0.85 * told.facts["gigabytes"] * 2**30


def test_the_login_attack_ends_in_a_success(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["attack"]
    failures, new = one(
        sample,
        """
        SELECT count(*) FILTER (response.status_code = 401), count(DISTINCT source_ip_address) FROM system_access.audit
        WHERE user_identity.email = ? AND event_time >= ? AND event_time < ? AND list_contains(?, source_ip_address)""",
        told.owner,
        told.start,
        told.end,
        list(told.facts["addresses"]),
    )
    assert (failures, new) == (told.facts["failures"], 3)
    assert (
        one(
            sample,
            "SELECT count(*) FROM system_access.audit WHERE list_contains(?, source_ip_address) AND event_time < ?",
            list(told.facts["addresses"]),
            told.start,
        )
        == 0
    )
    assert (
        one(
            sample,
            "SELECT count(*) FROM system_access.audit WHERE action_name = 'login' AND response.status_code "
            "= 200 "
            "AND event_time = ? AND source_ip_address = ?",
            told.facts["success"],
            told.facts["addresses"][0],
        )
        == 1
    )
    assert told.start > TODAY - timedelta(hours=24)


def test_the_night_reader_reads_what_that_person_never_read(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["mass-read"]
    who = (told.owner, told.start, told.end)
    assert (
        one(
            sample,
            "SELECT count(*) FROM system_access.audit WHERE user_identity.email = ? AND event_time >= ? "
            "AND event_time < ? "
            "AND action_name = 'generateTemporaryTableCredential'",
            *who,
        )
        == told.facts["reads"]
    )
    assert (
        one(
            sample,
            "SELECT count(*) FROM system_access.audit WHERE user_identity.email = ? AND event_time >= ? "
            "AND event_time < ? "
            "AND action_name = 'downloadQueryResult'",
            *who,
        )
        == told.facts["downloads"]
    )
    earlier = one(
        sample,
        "SELECT count(*) FROM system_access.audit WHERE user_identity.email = ? AND event_time < ? "
        "AND list_contains(?, coalesce(request_params['table_full_name'], "
        "request_params['full_name_arg']))",
        told.owner,
        told.start,
        list(told.facts["tables"]),
    )
    assert earlier == 0
    assert one(sample, "SELECT hour(timezone(?, CAST(? AS TIMESTAMPTZ)))", told.facts["zone"], told.start) == 2


def test_grants_to_oneself_come_from_the_one_who_is_told(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["escalation"]
    actions = sample.execute(
        """
        SELECT action_name FROM system_access.audit WHERE user_identity.email = ? AND event_time >= ? AND event_time < ?
          AND (request_params['targetUserName'] = ?
          OR request_params['changes'] LIKE '%' || ? || '%') ORDER BY event_time""",
        [told.owner, told.start, told.end, told.owner, told.owner],
    ).fetchall()
    assert [action for (action,) in actions] == ["updatePermissions", "addPrincipalToGroup", "setAdmin"]


def test_the_dormant_account_was_silent_for_more_than_90_days(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["revival"]
    last, events = one(
        sample,
        """
        SELECT max(event_time) FILTER (event_time < ?), count(*) FILTER (event_time >= ?) FROM system_access.audit
            WHERE user_identity.email = ?""",
        told.start,
        told.start,
        told.owner,
    )
    assert told.start.replace(tzinfo=None) - last > timedelta(days=90)
    assert events == told.facts["events"]


def test_the_new_column_is_the_only_new_finding(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["new-column"]
    found = sample.execute(
        "SELECT catalog_name || '.' || schema_name || '.' || table_name, column_name, class_tag "
        "FROM system_data_classification.results WHERE first_detected_time >= ?",
        [TODAY - timedelta(days=30)],
    ).fetchall()
    assert found == [(told.causes[0]["table"], told.causes[0]["column"], told.facts["class_tag"])]


def test_fraud_inputs_and_predictions_drift_and_latency_grows(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["drift"]
    sql = """SELECT median(CAST(request->'dataframe_records'->0->>'amount' AS DOUBLE)),
        median(CAST(response->'predictions'->>0 AS DOUBLE)),
        median(execution_duration_ms) FROM system___internal_logging.payload_logs WHERE served_entity_id = ?
            AND request_time >= ? AND request_time < ?"""
    entity = told.facts["served_entity_id"]
    before = one(sample, sql, entity, told.start - timedelta(days=20), told.start)
    after = one(sample, sql, entity, told.facts["slow_since"], told.end)
    assert after[0] / before[0] > 1.6
    assert after[1] / before[1] > 1.25
    assert abs(after[2] / before[2] - told.facts["latency_factor"]) < 0.3


def test_the_burst_has_its_requests_and_errors(sample: duckdb.DuckDBPyConnection, story: Stories) -> None:
    told = story["burst"]
    counted = one(
        sample,
        """
        SELECT count(*), count(*) FILTER (status_code = 429) FROM system_serving.endpoint_usage
            WHERE served_entity_id = ?
          AND requester = ? AND request_time >= ? AND request_time < ?""",
        told.facts["served_entity_id"],
        told.causes[0]["user"],
        told.start,
        told.end,
    )
    assert counted[1] == told.facts["errors"]
    assert told.facts["requests"] <= counted[0] <= told.facts["requests"] + 20
