"""How spend develops and where it is heading. An unfinished day is never compared with a full one."""

from datetime import date

from tools.limits import one_of, within
from tools.table import Table
from tools.tool import call
from tools.warehouse import Warehouse

ENTITY_TYPES = (
    "WORKSPACE", "JOB", "SKU", "PRODUCT", "USER", "TEAM", "WAREHOUSE", "CLUSTER", "PIPELINE", "ENDPOINT",
)  # fmt: skip


async def get_cost_week_over_week(warehouse: Warehouse, weeks_back: int = 8, as_of: date | None = None) -> Table:
    """Cost per calendar week, oldest first; an unfinished week is compared with the same days of the week before.

    Columns: week_start, days, is_complete, total_cost_usd, prior_week_cost_usd, change_usd, growth_pct,
    avg_4_weeks_usd.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_cost_week_over_week",
        order_by="week_start",
        weeks_back=weeks_back,
        as_of=as_of,
    )


async def get_cost_growth_analysis(
    warehouse: Warehouse, days_back: int = 7, entity_type: str = "WORKSPACE", top_n: int = 20, as_of: date | None = None
) -> Table:
    """What grew most over `days_back` complete days against as many before, largest rise first.

    Columns: rank, entity_type, entity_id, entity_name, current_cost_usd, prior_cost_usd, change_usd, growth_pct,
    growth_class.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call; BadRequestError out of
    range.
    """
    entity_type = one_of("get_cost_growth_analysis", "entity_type", entity_type, ENTITY_TYPES)
    return await call(
        warehouse,
        "get_cost_growth_analysis",
        order_by="rank",
        days_back=days_back,
        entity_type=entity_type,
        top_n=top_n,
        as_of=as_of,
    )


async def get_cost_growth_by_period(
    warehouse: Warehouse, entity_type: str = "WORKSPACE", top_n: int = 20, as_of: date | None = None
) -> Table:
    """Growth over 7 and over 30 complete days side by side, largest rise first.

    Columns: rank, entity_id, entity_name, last_7_days_usd, growth_7_days_pct, last_30_days_usd, growth_30_days_pct,
    growth_class.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call; BadRequestError out of
    range.
    """
    entity_type = one_of("get_cost_growth_by_period", "entity_type", entity_type, ENTITY_TYPES)
    return await call(
        warehouse,
        "get_cost_growth_by_period",
        order_by="rank",
        entity_type=entity_type,
        top_n=top_n,
        as_of=as_of,
    )


async def get_cost_anomalies(warehouse: Warehouse, start_date: date, end_date: date, z_score_threshold: float = 2.0) -> Table:
    """Workspace-days that cost unusually much or little for their weekday, oldest first.

    Columns: usage_date, workspace_id, workspace_name, cost_usd, expected_cost_usd, deviation_usd, deviation_pct,
    z_score, anomaly_type.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call; BadRequestError out of
    range.
    """
    within("get_cost_anomalies", "z_score_threshold", z_score_threshold, 0, 1000)
    return await call(
        warehouse,
        "get_cost_anomalies",
        order_by="usage_date, workspace_id",
        start_date=start_date,
        end_date=end_date,
        z_score_threshold=z_score_threshold,
    )


async def get_cost_mtd_summary(warehouse: Warehouse, as_of: date | None = None) -> Table:
    """The month so far against the month before, and where it will end: one row, or none without usage.

    Columns: month_start, days_complete, days_in_month, mtd_cost_usd, today_cost_usd, last_month_same_days_usd,
    growth_pct, last_month_total_usd, projected_month_usd, projected_vs_last_month_pct, last_usage_date.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call.
    """
    return await call(
        warehouse,
        "get_cost_mtd_summary",
        as_of=as_of,
    )


async def get_commit_vs_actual(
    warehouse: Warehouse, commit_year: int, annual_commit_amount: float, as_of_date: date | None = None
) -> Table:
    """Spend against a yearly commit in USD, month by month.

    Columns: month_num, month_start, monthly_spend_usd, ytd_spend_usd, monthly_target_usd, ytd_target_usd,
    actual_daily_rate_usd, required_daily_rate_usd, projected_annual_usd, variance_usd, variance_pct, commit_status.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call; BadRequestError out of
    range.
    """
    within("get_commit_vs_actual", "commit_year", commit_year, 2015, 2100)
    within("get_commit_vs_actual", "annual_commit_amount", annual_commit_amount, 0, 1e12)
    return await call(
        warehouse,
        "get_commit_vs_actual",
        order_by="month_num",
        commit_year=commit_year,
        annual_commit_amount=annual_commit_amount,
        as_of_date=as_of_date,
    )


async def get_cost_forecast_summary(warehouse: Warehouse, forecast_months: int = 3, as_of: date | None = None) -> Table:
    """A straight line through the last weeks carried into the next months, with an 80 percent range.

    Columns: month_start, forecast_cost_usd, low_cost_usd, high_cost_usd, weekly_trend_usd, weeks_used.
    Source: system.billing.list_prices, system.billing.usage. Errors as in tools.tool.call; BadRequestError out of
    range.
    """
    within("get_cost_forecast_summary", "forecast_months", forecast_months, 1, 24)
    return await call(
        warehouse,
        "get_cost_forecast_summary",
        order_by="month_start",
        forecast_months=forecast_months,
        as_of=as_of,
    )
