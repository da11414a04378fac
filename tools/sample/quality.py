"""system.data_quality_monitoring, data_classification and storage: the state of tables."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb

from tools.sample.catalog import tables
from tools.sample.moments import at
from tools.sample.plan import Plan
from tools.sample.rows import insert, pairs
from tools.sample.workspaces import ACCOUNT_ID, METASTORE_ID

Row = dict[str, object]
DAYS_MONITORED = 30
CLASSES = (
    ("prod.crm.customers", "email", "class.email_address", "HIGH", 0.99),
    ("prod.crm.customers", "phone", "class.phone_number", "HIGH", 0.94),
    ("prod.crm.customers", "full_name", "class.name", "HIGH", 0.97),
    ("prod.crm.customers", "address", "class.location", "LOW", 0.61),
    ("prod.payments.cards", "card_number", "class.credit_card", "HIGH", 1.0),
    ("prod.payments.transactions", "card", "class.credit_card", "HIGH", 0.98),
    ("prod.payments.transactions", "ip", "class.ip_address", "HIGH", 0.99),
    ("prod.hr.employees", "ssn", "class.us_ssn", "HIGH", 1.0),
    ("prod.hr.employees", "email", "class.email_address", "HIGH", 1.0),
    ("prod.crm.support_tickets", "body", "class.email_address", "LOW", 0.21),
    ("prod.sales.orders_clean", "ship_to", "class.location", "LOW", 0.55),
    ("prod.web.sessions", "ip", "class.ip_address", "HIGH", 0.99),
    ("prod.crm.customer_360", "email", "class.email_address", "HIGH", 0.98),
)


def plant(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Daily health of the production tables, findings of the classifier, and maintenance operations."""
    names = [name for name in tables(plan.account) if name.startswith("prod.") and not name.startswith("prod.hr")]
    days = [plan.days_ago(back) for back in range(DAYS_MONITORED, -1, -1)]
    insert(
        connection, "system_data_quality_monitoring.table_results", [row for day in days for row in _results(plan, day, names)]
    )
    insert(connection, "system_data_classification.results", list(_classified(plan)))
    insert(connection, "system_storage.predictive_optimization_operations_history", list(_operations(plan, names)))


def _results(plan: Plan, day: date, names: list[str]) -> Iterator[Row]:
    """One row a table and day at 05:00; from the day after the feed broke, what lies downstream is not healthy."""
    when = at(day, 5)
    if when > plan.when.now:
        return
    dice = random.Random(f"quality-{plan.seed}-{day}")
    stale = {plan.failing.job.writes: 3, plan.blocked.job.writes: 2, "prod.sales.sales_daily": 1}
    for name in names:
        broken = name in stale and when > plan.failing.since + timedelta(hours=6)
        flaw = dice.random() < 0.006
        yield _result(
            plan, name, when, plan.failing.since if broken else None, flaw, stale.get(name, 0), dice.randint(20_000, 900_000)
        )


def _result(plan: Plan, name: str, when: datetime, stale_since: datetime | None, flaw: bool, impact: int, count: int) -> Row:
    catalog, schema, table = name.split(".", 2)
    late = stale_since is not None
    bad, good = "Unhealthy", "Healthy"
    feed = plan.failing.job
    upstream = [
        {
            "job_id": feed.id,
            "workspace_id": feed.workspace.id,
            "job_name": feed.name,
            "last_run_status": "FAILED",
            "run_page_url": f"https://{feed.workspace.host}/jobs/{feed.id}",
        }
    ]
    rows = count // 3 if flaw else count
    return {
        "event_time": when,
        "catalog_name": catalog,
        "schema_name": schema,
        "table_name": table,
        "catalog_id": f"id-{catalog}",
        "schema_id": f"id-{catalog}-{schema}",
        "table_id": f"id-{name}",
        "status": bad if late or flaw else good,
        "freshness": {
            "status": bad if late else good,
            "commit_freshness": {
                "status": bad if late else good,
                "error_code": None,
                "last_value": stale_since or when - timedelta(hours=2),
                "predicted_value": when - timedelta(hours=1),
            },
        },
        "completeness": {
            "status": bad if flaw else good,
            "total_row_count": {
                "status": good,
                "error_code": None,
                "last_value": count * 40,
                "min_predicted_value": count * 38,
                "max_predicted_value": count * 42,
            },
            "daily_row_count": {
                "status": bad if flaw else good,
                "error_code": None,
                "last_value": rows,
                "min_predicted_value": int(count * 0.8),
                "max_predicted_value": int(count * 1.2),
            },
        },
        "downstream_impact": {
            "impact_level": impact if late else 0,
            "num_downstream_tables": 2 + impact,
            "num_queries_on_affected_tables": 40 * (1 + impact),
        },
        "root_cause_analysis": {"upstream_jobs": upstream if late else None},
    }


def _classified(plan: Plan) -> Iterator[Row]:
    fresh = plan.new_column
    lines = [
        (table, column, tag, confidence, frequency, at(plan.days_ago(180 + number)))
        for number, (table, column, tag, confidence, frequency) in enumerate(CLASSES)
    ]
    for table, column, tag, confidence, frequency, first in [
        *lines,
        (fresh.table, fresh.column, fresh.tag, "HIGH", 0.97, fresh.seen),
    ]:
        catalog, schema, name = table.split(".")
        yield {
            "catalog_id": f"id-{catalog}",
            "table_id": f"id-{table}",
            "latest_detected_time": at(plan.days_ago(1), 4, 30),
            "first_detected_time": first,
            "catalog_name": catalog,
            "schema_name": schema,
            "table_name": name,
            "column_name": column,
            "data_type": "string",
            "class_tag": tag,
            "samples": ["jane.roe@example.com", "+1 555 0100"],
            "confidence": confidence,
            "frequency": frequency,
        }


def _operations(plan: Plan, names: list[str]) -> Iterator[Row]:
    dice = random.Random(f"storage-{plan.seed}")
    for back in range(60, 0, -1):
        for name in dice.sample(names, 14):
            catalog, schema, table = name.split(".", 2)
            start = at(plan.days_ago(back), dice.randint(0, 22), dice.randint(0, 59))
            kind = dice.choice(("COMPACTION", "VACUUM", "ANALYZE", "CLUSTERING"))
            yield {
                "account_id": ACCOUNT_ID,
                "workspace_id": plan.account.workspaces[0].id,
                "start_time": start,
                "end_time": start + timedelta(minutes=dice.randint(1, 40)),
                "metastore_name": "lakeshore",
                "metastore_id": METASTORE_ID,
                "catalog_name": catalog,
                "schema_name": schema,
                "table_name": table,
                "table_id": f"id-{name}",
                "operation_type": kind,
                "operation_id": f"{dice.getrandbits(96):024x}",
                "operation_status": "FAILED: INTERNAL_ERROR" if dice.random() < 0.02 else "SUCCESSFUL",
                "operation_metrics_pairs": pairs(
                    {"number_of_output_files": str(dice.randint(1, 40)), "amount_of_data_bytes": str(dice.randint(10**6, 10**10))}
                ),
                "usage_unit": "ESTIMATED_DBU",
                "usage_quantity": Decimal(dice.randint(1, 4000)) / 1000,
            }
