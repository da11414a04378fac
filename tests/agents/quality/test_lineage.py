"""The lineage of the sample's tables, against the planted path and the raw rows."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from adapters.words import plain_text
from agents.answer import Graph
from agents.quality import SPECIALIST
from tests.agents.ask import CountingWarehouse, answered, days, question, rows
from tools.errors import BadRequestError
from tools.sample.stories import Story

SALES = "prod.sales.sales_daily"


def raw_reach(sample_file: Path, start: str, *, up: bool) -> dict[str, int]:
    """Every node on one side with its distance, walked step by step over the raw rows."""
    pairs = rows(
        sample_file,
        "SELECT DISTINCT coalesce(lower(source_table_full_name), source_path), lower(target_table_full_name) "
        "FROM system_access.table_lineage WHERE event_date > DATE '2026-10-25' AND event_date <= DATE '2026-11-24'",
    )
    onward: dict[str, set[str]] = {}
    for source, target in pairs:
        if source and target and source != target:
            onward.setdefault(target if up else source, set()).add(source if up else target)
    depth, waiting = {start: 0}, [start]
    for node in waiting:
        for other in onward.get(node, ()):
            if other not in depth:
                depth[other] = depth[node] + 1
                waiting.append(other)
    return {node: steps for node, steps in depth.items() if 0 < steps <= 6}


async def test_the_missions_example_names_where_the_fault_begins(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    story = told["stale"]
    answer = await answered(SPECIALIST, question(story.question, "quality.lineage", now, tables=(SALES,)), warehouse)
    first, *carried = story.facts["path"]
    assert f"the fault begins at {first}" in answer.headline
    worst = answer.findings[0]
    assert worst.severity == "critical" and first in worst.text and story.facts["writer"] in worst.text
    assert all(node.rpartition(".")[2] in answer.findings[1].text for node in carried)
    assert story.owner in answer.recommendations[0] and story.facts["writer"] in answer.recommendations[0]
    assert answer.recommendations[1].index("returns_enrichment") < answer.recommendations[1].index("nightly_etl")
    assert len(warehouse.rounds) == 2


async def test_both_sides_are_those_of_the_raw_rows(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    answer = await answered(SPECIALIST, question("lineage", "quality.lineage", now, tables=(SALES,)), warehouse)
    every = next(grid for grid in answer.tables if grid.title.startswith("Every table"))
    assert every.detail
    for name, up in (("upstream", True), ("downstream", False)):
        shown = {row[2]: row[1] for row in every.rows if row[0] == name}
        assert shown == raw_reach(sample_file, SALES, up=up)


async def test_the_tree_has_branches_states_and_writers(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("lineage", "quality.lineage", now, tables=(SALES,)), warehouse)
    up, down = answer.tables[:2]
    assert up.kinds[0] == down.kinds[0] == "tree"
    cells = {row[0].lstrip("│├└─ ").split(" … ")[0]: row for row in up.rows}
    assert up.rows[0][0] == SALES
    assert cells["prod.raw.returns"][1:] == ("fails freshness", "4.3 days", "returns_ingest")
    assert cells["prod.raw.returns"][0] == "   └─ prod.raw.returns"
    assert "└─ prod.ml.demand_forecast" in [row[0] for row in down.rows]
    text = plain_text(answer)
    assert "├─ prod.sales.orders_clean" in text and "│  └─ prod.gold.revenue_report" in text


async def test_a_tree_that_is_cut_counts_what_it_leaves_out(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("lineage", "quality.lineage", now, tables=(SALES,)), warehouse)
    lines = [row[0] for row in answer.tables[0].rows]
    assert len(lines) <= 15
    left_out = sum(int(line.split(" … and ")[1].split()[0]) for line in lines if " … and " in line)
    every = next(grid for grid in answer.tables if grid.title.startswith("Every table"))
    assert len(lines) - 1 + left_out == sum(row[0] == "upstream" for row in every.rows)


async def test_the_picture_holds_the_planted_path_and_tells_it_in_words(
    warehouse: CountingWarehouse, told: dict[str, Story], now: datetime
) -> None:
    answer = await answered(SPECIALIST, question("lineage", "quality.lineage", now, tables=(SALES,)), warehouse)
    graph = answer.charts[0]
    assert isinstance(graph, Graph) and graph.subject == SALES
    path = told["stale"].facts["path"]
    assert set(pairwise(path)) <= set(graph.edges)
    states = {node.key: node.state for node in graph.nodes}
    assert all(states[node] == "bad" for node in path)
    layers = {node.key: node.layer for node in graph.nodes}
    assert [layers[node] for node in path] == [-2, -1, 0] and layers["prod.gold.sales_monthly"] == 1
    assert "returns → returns_clean" in graph.alt and "returns_clean fails freshness" in graph.alt
    assert len(graph.nodes) <= 23


async def test_a_circle_is_told_and_ends(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("lineage", "quality.lineage", now, tables=("prod.crm.customers",))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert any("goes round between customer_360 and customers" in finding.text for finding in answer.findings)
    graph = answer.charts[0]
    assert isinstance(graph, Graph)
    assert {("prod.crm.customers", "prod.crm.customer_360"), ("prod.crm.customer_360", "prod.crm.customers")} <= set(graph.edges)


async def test_what_writes_a_table_is_told_first_where_that_is_asked(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await answered(SPECIALIST, question("which job writes it", "quality.lineage", now, tables=(SALES,)), warehouse)
    assert answer.headline.startswith(
        "nightly_etl in prod-analytics (job) writes prod.sales.sales_daily, last on Tue 24 Nov 2026"
    )


async def test_dashboards_of_a_table(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    table = "prod.gold.sales_monthly"
    answer = await answered(SPECIALIST, question("which dashboards use it", "quality.lineage", now, tables=(table,)), warehouse)
    raw = rows(
        sample_file,
        "SELECT DISTINCT entity_id FROM system_access.table_lineage WHERE source_table_full_name = $table "
        "AND entity_type = 'DASHBOARD_V3' AND event_date > DATE '2026-10-25'",
        {"table": table},
    )
    assert raw and answer.headline.startswith(f"{len(raw)} dashboard") and raw[0][0] in answer.headline


async def test_a_column_is_followed_by_its_own_lineage(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    asked = question("where does it come from", "quality.lineage", now, tables=(SALES,), columns=("net_amount",))
    answer = await answered(SPECIALIST, asked, warehouse)
    direct = rows(
        sample_file,
        "SELECT DISTINCT source_table_full_name || '.' || source_column_name FROM system_access.column_lineage "
        "WHERE target_table_full_name = $table AND target_column_name = 'net_amount' AND event_date > DATE '2026-10-25'",
        {"table": SALES},
    )
    tree = answer.tables[0].rows
    assert {row[0][3:].split(" … ")[0] for row in tree[1:] if row[0][0] in "├└"} == {name for (name,) in direct}
    assert "prod.raw.returns" in answer.findings[0].text and answer.findings[0].severity == "high"
    assert isinstance(answer.charts[0], Graph) and "returns.amount → returns_clean.amount" in answer.charts[0].alt
    assert len(warehouse.rounds) == 2


async def test_a_column_of_several_tables_is_asked_back(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("where does net_amount come from", "quality.lineage", now, columns=("net_amount",))
    with pytest.raises(BadRequestError) as caught:
        await answered(SPECIALIST, asked, warehouse)
    assert caught.value.choices[0] == "Where does net_amount in prod.sales.sales_daily come from?"


async def test_without_a_table_the_hubs_are_shown(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    answer = await answered(SPECIALIST, question("lineage", "quality.lineage", now), warehouse)
    top, feeds = rows(
        sample_file,
        "SELECT source_table_full_name, count(DISTINCT target_table_full_name) AS n FROM system_access.table_lineage "
        "WHERE source_table_full_name <> target_table_full_name AND event_date > DATE '2026-10-25' GROUP BY 1 ORDER BY n DESC, 1",
    )[0]
    assert answer.tables[0].rows[0][:2] == (top, feeds)


async def test_what_a_job_touches(warehouse: CountingWarehouse, now: datetime, sample_file: Path) -> None:
    answer = await answered(SPECIALIST, question("what does it write", "quality.lineage", now, jobs=("nightly_etl",)), warehouse)
    assert "writes prod.sales.sales_daily" in answer.headline
    raw = rows(
        sample_file,
        "SELECT DISTINCT source_table_full_name FROM system_access.table_lineage WHERE target_table_full_name = $table "
        "AND source_table_full_name IS NOT NULL AND event_date > DATE '2026-10-25'",
        {"table": SALES},
    )
    assert {row[1] for row in answer.tables[0].rows if row[0] == "reads"} == {name for (name,) in raw}
    assert any("prod.sales.sales_daily, which it writes, fails freshness" in finding.text for finding in answer.findings)


async def test_a_table_that_lineage_does_not_know_is_not_called_unused(warehouse: CountingWarehouse, now: datetime) -> None:
    for topic in ("lineage", "impact", "freshness"):
        answer = await answered(SPECIALIST, question("x", f"quality.{topic}", now, tables=("prod.no.such",)), warehouse)
        assert answer.headline.startswith("Lineage has recorded nothing that reads or writes prod.no.such")
        assert "holds events from Tue 28 Jul 2026 to Tue 24 Nov 2026" in answer.summary


async def test_an_empty_period_says_which_days_there_are(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("lineage", "quality.lineage", now, period=days("2025-01-01", "2025-01-31"), tables=(SALES,))
    answer = await answered(SPECIALIST, asked, warehouse)
    assert "Wed 1 Jan 2025 – Fri 31 Jan 2025" in answer.headline
    assert "28 Jul 2026" in answer.summary
