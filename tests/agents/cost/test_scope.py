"""The product that a question names narrows its cost, exactly."""

from dataclasses import replace
from datetime import datetime

import pytest

from agents.cost import SPECIALIST
from agents.cost.scope import scope_of
from agents.figures import money
from agents.understand.products import read_products
from tests.agents.ask import CountingWarehouse, answered, days, question
from tests.agents.cost.raw import Priced

WEEK = days("2026-11-16", "2026-11-22")
SERVERLESS_SQL = "billing_origin_product = 'SQL' AND product_features.is_serverless"


async def test_serverless_sql_is_that_of_the_raw_rows(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    asked = question("cost of serverless SQL last week", "cost.trend", now, period=WEEK)
    answer = await answered(SPECIALIST, asked, warehouse)
    assert f"for serverless SQL cost {money(raw.cost(WEEK, SERVERLESS_SQL))}," in answer.headline


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("what do we pay for model serving?", "billing_origin_product = 'MODEL_SERVING'"),
        (
            "spend on classic SQL warehouses",
            "billing_origin_product = 'SQL' AND NOT coalesce(product_features.is_serverless, false)",
        ),
        ("how much is serverless costing us", "product_features.is_serverless"),
        ("storage cost", "billing_origin_product = 'DEFAULT_STORAGE'"),
    ],
)
async def test_products_in_plain_words(warehouse: CountingWarehouse, raw: Priced, now: datetime, text: str, where: str) -> None:
    answer = await answered(SPECIALIST, question(text, "cost.trend", now, period=WEEK), warehouse)
    assert f" cost {money(raw.cost(WEEK, where))}, " in answer.headline


async def test_products_and_skus_that_understanding_found(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    for topic in ("cost.trend", "cost.top"):
        by_product = await answered(SPECIALIST, question("cost?", topic, now, period=WEEK, products=("DLT",)), warehouse)
        text = f"{by_product.headline} {by_product.summary}"
        assert money(raw.cost(WEEK, "billing_origin_product = 'DLT'")) in text
        sku = "PREMIUM_SQL_COMPUTE"
        by_sku = await answered(SPECIALIST, question("cost?", topic, now, period=WEEK, skus=(sku,)), warehouse)
        assert money(raw.cost(WEEK, f"sku_name = '{sku}'")) in f"{by_sku.headline} {by_sku.summary}"


async def test_a_ranking_within_a_product(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    asked = question("top workspaces by serverless SQL cost", "cost.top", now, period=WEEK, group_by=("workspace",))
    answer = await answered(SPECIALIST, asked, warehouse)
    by = raw.by(WEEK, "workspace_name", SERVERLESS_SQL)
    dearest = max(by, key=lambda name: by[name])
    assert answer.tables[0].rows[0][:2] == (dearest, by[dearest].quantize(answer.tables[0].rows[0][1]))


async def test_why_of_a_product_adds_up_to_it(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    asked = question("why did SQL cost go up on 18 November?", "cost.spike", now, period=days("2026-11-18", "2026-11-18"))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert money(raw.cost(days("2026-11-18", "2026-11-18"), "billing_origin_product = 'SQL'")) in answer.headline


async def test_a_cluster_a_pipeline_an_endpoint_and_a_cost_center_narrow_too(
    warehouse: CountingWarehouse, raw: Priced, now: datetime
) -> None:
    cluster = "cluster_id IN (SELECT cluster_id FROM file.system_compute.clusters WHERE cluster_name = 'noor.nakamura-cluster')"
    of = f"billing_origin_product = 'ALL_PURPOSE' AND workspace_name = 'dev-sandbox' AND usage_metadata.{cluster}"
    answer = await answered(
        SPECIALIST,
        question("how expensive is it", "cost.trend", now, period=WEEK, clusters=("noor.nakamura-cluster",)),
        warehouse,
    )
    assert f"cost {money(raw.cost(WEEK, of))}" in answer.headline
    tag = (
        "coalesce(custom_tags['cost_center'], custom_tags['Cost_Center'], custom_tags['COST_CENTER'], custom_tags['CostCenter'])"
    )
    center = next(name for name in sorted(raw.by(WEEK, tag), key=str) if name)
    asked = question("cost of it", "cost.trend", now, period=WEEK, tags=(("cost_center", center),))
    answer = await answered(SPECIALIST, asked, warehouse)
    spent = raw.cost(WEEK, f"{tag} = '{center}'")
    assert f"cost {money(spent)}" in answer.headline
    endpoint = next(name for name in raw.by(WEEK, "usage_metadata.endpoint_name") if name)
    answer = await answered(SPECIALIST, question("cost?", "cost.trend", now, period=WEEK, endpoints=(endpoint,)), warehouse)
    spent = raw.cost(WEEK, f"usage_metadata.endpoint_name = '{endpoint}'")
    assert f"cost {money(spent)}" in answer.headline


@pytest.mark.parametrize(
    ("text", "entities", "expected"),
    [
        ("serverless vs classic spend", {}, ((), None)),
        ("what portion of spend is serverless", {}, ((), None)),
        ("has the bill come down since we moved to serverless", {}, ((), None)),
        ("cost of sql-lab", {"workspaces": ("sql-lab",)}, ((), None)),
        ("cost of adhoc-warehouse", {"warehouses": ("adhoc-warehouse",)}, ((), None)),
        ("all-purpose compute costs", {}, (("ALL_PURPOSE",), None)),
        ("vector search and networking", {}, (("VECTOR_SEARCH", "NETWORKING"), None)),
    ],
)
def test_words_that_are_no_products(
    now: datetime, text: str, entities: dict[str, tuple[str, ...]], expected: tuple[tuple[str, ...], bool | None]
) -> None:
    assert read_products(question(text, "cost.trend", now, **entities)) == expected


def test_a_question_to_several_specialists_is_not_narrowed(now: datetime) -> None:
    asked = question("Why did costs spike and which SQL warehouses queue?", "cost.spike", now)
    assert scope_of(asked).products == ("SQL",)
    assert scope_of(replace(asked, agents=("cost", "performance"))).products == ()
