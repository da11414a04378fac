"""A small account's names, and an Understanding of them, for the tests and the evaluation of understanding."""

from datetime import UTC, datetime
from functools import cache

from agents.understand import Understanding
from tools.names import Names

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)  # a Wednesday
NAMES = Names(
    workspaces=("prod-analytics", "prod-platform", "dev-sandbox", "staging-eu"),
    jobs=("nightly_etl", "orders_etl", "sales_daily_load"),
    pipelines=("clickstream_dlt",),
    users=("maria.garcia@acme.io", "john.smith@acme.io", "svc_ingest"),
    tables=(
        "prod.sales.sales_daily",
        "prod.sales.orders",
        "prod.sales.fact_orders",
        "prod.sales.dim_customer",
        "prod.hr.payroll",
        "prod.web.events_raw",
    ),
    columns=("customer_email", "net_amount"),
    models=("fraud_detection", "churn", "demand_forecast"),
    endpoints=("fraud-scoring", "recommender-serving"),
    warehouses=("bi-warehouse",),
    clusters=("etl-cluster-prod",),
    skus=("PREMIUM_JOBS_COMPUTE", "PREMIUM_SERVERLESS_SQL_COMPUTE"),
    experiments=("/Shared/pricing",),
    tags={"team": ("platform", "growth"), "env": ("prod", "dev"), "cost_center": ("cc-100",)},
)


@cache
def understanding() -> Understanding:
    return Understanding(NAMES)
