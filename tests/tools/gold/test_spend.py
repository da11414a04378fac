"""Who spends and how spend develops: rows that would show each mistake, and figures computed by hand."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.tools.gold.accounts import JOBS, PRICES, USAGE, job, opened, price, usage
from tools.errors import BadRequestError
from tools.spend import (
    get_all_purpose_cluster_cost,
    get_cost_by_owner,
    get_cost_by_tag,
    get_spend_by_custom_tags,
    get_tag_coverage,
    get_untagged_resources,
)
from tools.spend_trends import (
    get_commit_vs_actual,
    get_cost_anomalies,
    get_cost_forecast_summary,
    get_cost_growth_analysis,
    get_cost_growth_by_period,
    get_cost_mtd_summary,
    get_cost_week_over_week,
)
from tools.warehouse.embedded import EmbeddedWarehouse

SATURDAY = datetime(2026, 11, 7, 8)
DAY = SATURDAY.date()
CLUSTERS = "system.compute.clusters"
WHO = {
    JOBS: [job("1", "nightly_etl")],
    CLUSTERS: [
        {"workspace_id": "1", "cluster_id": "c", "cluster_name": "ann-notebooks", "owned_by": "ann@x.com",
         "auto_termination_minutes": 0, "worker_count": 4, "change_time": datetime(2026, 1, 1)},
    ],
    PRICES: [
        price(price_end_time=datetime(2026, 11, 8)),
        price(dollars=9, start=datetime(2026, 11, 8)),
        price(dollars=5, currency_code="EUR"),
        price("AP", dollars=2, price_end_time=datetime(2026, 11, 1)),
        price("AP", dollars=3, start=datetime(2026, 11, 1)),
    ],
    USAGE: [
        usage(SATURDAY, 60, job_id="1", custom_tags={"Team": "payments", "cost_center": "cc1"}),
        usage(SATURDAY, -20, job_id="1", custom_tags={"Team": "payments"}, record_type="RETRACTION"),
        usage(SATURDAY, 10, "2", job_id="1", custom_tags={"TEAM": "payments", "Squad": "red"}, run_as="bob@x.com"),
        usage(SATURDAY, 5, job_id="9"),
        usage(SATURDAY, 15, cluster_id="c", sku_name="AP", billing_origin_product="ALL_PURPOSE"),
        usage(SATURDAY - timedelta(days=7), 1000, job_id="1"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def who(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with opened(tmp_path_factory.mktemp("who"), WHO) as warehouse:
        yield warehouse


async def test_tag_keys_of_any_case_are_one_tag(who: EmbeddedWarehouse) -> None:
    rows = list(await get_cost_by_tag(who, DAY, DAY))
    assert [(r["tag_value"], r["total_cost_usd"], r["pct_of_total"]) for r in rows] == [
        ("Unassigned", Decimal("50.00"), 50),
        ("payments", Decimal("50.00"), 50),
    ]
    assert rows[1]["workspaces"] == 2 and rows[1]["resources"] == 2
    squads = {r["tag_value"]: r["total_cost_usd"] for r in await get_cost_by_tag(who, DAY, DAY, "squad")}
    assert squads == {"red": Decimal("10.00"), "Unassigned": Decimal("90.00")}


async def test_each_tag_key_holds_all_cost(who: EmbeddedWarehouse) -> None:
    rows = list(await get_spend_by_custom_tags(who, DAY, DAY, "team, cost_center"))
    totals: dict[str, Decimal] = {}
    for row in rows:
        totals[row["tag_key"]] = totals.get(row["tag_key"], Decimal(0)) + row["total_cost_usd"]
    assert totals == {"team": Decimal("100.00"), "cost_center": Decimal("100.00")}
    assert [r["total_cost_usd"] for r in rows if r["tag_value"] == "cc1"] == [Decimal("60.00")]


async def test_cost_by_owner_splits_by_kind_of_work(who: EmbeddedWarehouse) -> None:
    ann, bob = list(await get_cost_by_owner(who, DAY, DAY))
    assert (ann["owner"], ann["total_cost_usd"], ann["job_cost_usd"], ann["interactive_cost_usd"]) == (
        "ann@x.com", Decimal("90.00"), Decimal("45.00"), Decimal("45.00"),
    )  # fmt: skip
    assert (bob["owner"], bob["rank"], bob["pct_of_total"]) == ("bob@x.com", 2, 10)


async def test_tag_coverage_is_by_cost_not_by_rows(who: EmbeddedWarehouse) -> None:
    rows = {r["product"]: r for r in await get_tag_coverage(who, DAY, DAY)}
    assert rows["ALL"]["total_cost_usd"] == Decimal("100.00")
    assert (rows["ALL"]["tag_coverage_pct"], rows["JOBS"]["tag_coverage_pct"]) == (50, pytest.approx(100 * 50 / 55))
    assert (rows["ALL"]["resources"], rows["ALL"]["untagged_resources"]) == (4, 2)


async def test_untagged_resources_are_named(who: EmbeddedWarehouse) -> None:
    rows = list(await get_untagged_resources(who, DAY, DAY))
    assert [(r["resource_type"], r["resource_name"], r["untagged_cost_usd"]) for r in rows] == [
        ("CLUSTER", "ann-notebooks", Decimal("45.00")),
        ("JOB", "9", Decimal("5.00")),
    ]
    assert [r["resource_id"] for r in await get_untagged_resources(who, DAY, DAY, "job")] == ["9"]
    with pytest.raises(BadRequestError, match="resource_type = 'BOAT'"):
        await get_untagged_resources(who, DAY, DAY, "BOAT")


async def test_all_purpose_clusters_cost_what_their_price_window_says(who: EmbeddedWarehouse) -> None:
    (row,) = list(await get_all_purpose_cluster_cost(who, DAY, DAY))
    assert (row["cluster_name"], row["total_cost_usd"], row["weekend_cost_usd"]) == (
        "ann-notebooks", Decimal("45.00"), Decimal("45.00"),
    )  # fmt: skip
    assert (row["advice"], row["usage_hours"]) == ("Set auto-termination", 1)


# 100 dollars a weekday, 40 on Saturday and Sunday, from Monday 31 August; 500 more on Tuesday 17 November; a tenth of
# a day on 24 November. Workspace 2 costs 10 a day since 17 November.
MONDAY = datetime(2026, 8, 31, 8)
TODAY = date(2026, 11, 24)


def usual(day: datetime) -> int:
    return 100 if day.weekday() < 5 else 40


DAYS = [MONDAY + timedelta(days=n) for n in range(85)]
WHEN = {
    PRICES: [price()],
    USAGE: [
        *(usage(day, usual(day), job_id="1") for day in DAYS),
        usage(datetime(2026, 11, 17, 9), 500, job_id="1"),
        *(usage(datetime(2026, 11, day, 5), 10, "2", warehouse_id="w") for day in range(17, 24)),
        usage(datetime(2026, 11, 24, 3), 10, job_id="1"),
    ],
}


@pytest.fixture(scope="module")
def when(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with opened(tmp_path_factory.mktemp("when"), WHEN) as warehouse:
        yield warehouse


async def test_an_unfinished_week_is_compared_with_the_same_days(when: EmbeddedWarehouse) -> None:
    rows = list(await get_cost_week_over_week(when, 3, TODAY))
    assert [(r["week_start"], r["days"], r["is_complete"]) for r in rows] == [
        (date(2026, 11, 9), 7, True), (date(2026, 11, 16), 7, True), (date(2026, 11, 23), 1, False),
    ]  # fmt: skip
    assert [r["total_cost_usd"] for r in rows] == [Decimal(580), Decimal(580 + 500 + 60), Decimal(110)]
    assert (rows[1]["prior_week_cost_usd"], rows[2]["prior_week_cost_usd"]) == (Decimal(580), Decimal(100))
    assert rows[2]["growth_pct"] == pytest.approx(10)
    assert rows[1]["avg_4_weeks_usd"] == Decimal(580)


async def test_growth_leaves_the_unfinished_day_out(when: EmbeddedWarehouse) -> None:
    first, second = list(await get_cost_growth_analysis(when, 7, "workspace", as_of=TODAY))
    assert (first["entity_id"], first["current_cost_usd"], first["prior_cost_usd"]) == (
        "1", Decimal(1080), Decimal(580),
    )  # fmt: skip
    assert (second["entity_id"], second["growth_class"], second["growth_pct"]) == ("2", "NEW", None)
    (only,) = list(await get_cost_growth_analysis(when, 7, "JOB", as_of=TODAY))
    assert (only["entity_id"], only["growth_class"]) == ("1/1", "SPIKE")
    with pytest.raises(BadRequestError, match="entity_type = 'PLANET'"):
        await get_cost_growth_analysis(when, 7, "PLANET")


async def test_short_and_long_growth_side_by_side(when: EmbeddedWarehouse) -> None:
    row = next(iter(await get_cost_growth_by_period(when, "WORKSPACE", as_of=TODAY)))
    month = sum(usual(day) for day in DAYS[-30:]) + 500
    before = sum(usual(day) for day in DAYS[-60:-30])
    assert (row["last_7_days_usd"], row["last_30_days_usd"]) == (Decimal(1080), Decimal(month))
    assert row["growth_30_days_pct"] == pytest.approx(100 * (month / before - 1))


async def test_a_weekend_is_no_dip_and_a_spike_is_measured_against_its_weekday(when: EmbeddedWarehouse) -> None:
    (row,) = list(await get_cost_anomalies(when, date(2026, 10, 26), date(2026, 11, 22)))
    assert (row["usage_date"], row["workspace_id"], row["anomaly_type"]) == (date(2026, 11, 17), "1", "SPIKE")
    assert (row["cost_usd"], row["expected_cost_usd"], row["deviation_usd"]) == (
        Decimal(600), Decimal(100), Decimal(500),
    )  # fmt: skip
    assert row["z_score"] == pytest.approx(5 / 0.03)


async def test_month_to_date_counts_complete_days_and_projects_by_weekday(when: EmbeddedWarehouse) -> None:
    (row,) = list(await get_cost_mtd_summary(when, TODAY))
    november = [datetime(2026, 11, 1, 8) + timedelta(days=n) for n in range(30)]
    done = sum(map(usual, november[:23])) + 500 + 70
    october = [datetime(2026, 10, 1, 8) + timedelta(days=n) for n in range(31)]
    assert (row["days_complete"], row["days_in_month"], row["today_cost_usd"]) == (23, 30, Decimal(10))
    assert row["mtd_cost_usd"] == Decimal(done)
    assert row["last_month_total_usd"] == sum(map(usual, october))
    assert row["last_month_same_days_usd"] == sum(map(usual, october[:23]))
    # each weekday of the 28 days before: one of four has the 500 (a Tuesday) and the 10 of workspace 2
    rest = sum(map(usual, november[23:])) + 7 * 2.5 + 125
    assert row["projected_month_usd"] == Decimal(str(done + rest))


async def test_commit_is_spread_over_the_days_of_the_year(when: EmbeddedWarehouse) -> None:
    rows = list(await get_commit_vs_actual(when, 2026, 36_500, TODAY))
    assert [r["month_num"] for r in rows] == [8, 9, 10, 11]
    last = rows[-1]
    spent = sum(map(usual, DAYS)) + 500 + 70
    assert last["ytd_spend_usd"] == Decimal(spent)
    assert (last["monthly_target_usd"], last["ytd_target_usd"]) == (Decimal(3000), Decimal(32_700))
    projected = spent + spent / 85 * 38
    assert float(last["projected_annual_usd"]) == pytest.approx(projected, abs=0.01)
    assert last["commit_status"] == "UNDERSHOOT_RISK"
    assert float(last["required_daily_rate_usd"]) == pytest.approx((36_500 - spent) / 38, abs=0.01)
    with pytest.raises(BadRequestError, match="commit_year"):
        await get_commit_vs_actual(when, 12, 1.0)


LINE = {
    PRICES: [price()],
    USAGE: [usage(datetime(2026, 11, 23, 8) - timedelta(days=n), 100 - n // 7, job_id="1") for n in range(90)],
}


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedWarehouse]:
    with opened(tmp_path_factory.mktemp("line"), LINE) as warehouse:
        yield warehouse


async def test_forecast_is_a_line_through_complete_weeks(line: EmbeddedWarehouse) -> None:
    row, _ = list(await get_cost_forecast_summary(line, 2, TODAY))
    assert (row["month_start"], row["weeks_used"], row["weekly_trend_usd"]) == (date(2026, 12, 1), 12, Decimal(7))
    # The middle of the last week lies half a week back, the middle of December a week and 31 / 14 ahead.
    middle = 700 + 7 * (0.5 + 1 + 31 / 14)
    assert float(row["forecast_cost_usd"]) == pytest.approx(middle * 31 / 7, abs=0.01)
    assert float(row["high_cost_usd"]) == pytest.approx(float(row["low_cost_usd"]), abs=0.02)


async def test_no_usage_is_no_forecast(line: EmbeddedWarehouse) -> None:
    assert len(await get_cost_forecast_summary(line, 2, date(2026, 8, 1))) == 0
    assert len(await get_cost_mtd_summary(line, date(2025, 8, 1))) == 0
