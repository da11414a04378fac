"""Chargeback: to the cent, by a rule that an independent computation repeats; and what carries no tag."""

import csv
import io
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from agents.answer import Answer, Grid
from agents.cost import SPECIALIST
from agents.cost.shares import allocate, apportion
from agents.figures import money
from tests.agents.ask import CountingWarehouse, answered, days, question
from tests.agents.cost.raw import CENT, Priced
from tools.period import Period

OCTOBER = days("2026-10-01", "2026-10-31")
KEYS = {
    "team": "coalesce(custom_tags['team'], custom_tags['Team'], custom_tags['TEAM'])",
    "cost_center": "coalesce(custom_tags['cost_center'], custom_tags['Cost_Center'], custom_tags['COST_CENTER'],"
    " custom_tags['CostCenter'])",
    "owner": "coalesce(identity_metadata.run_as, identity_metadata.owned_by, identity_metadata.created_by)",
    "workspace": "workspace_name",
}


async def charged(warehouse: CountingWarehouse, now: datetime, *by: str, period: Period | None = None, **entities: Any) -> Answer:
    asked = question("chargeback", "cost.chargeback", now, period=period, group_by=by, **entities)
    return await answered(SPECIALIST, asked, warehouse)


def table(answer: Answer, title: str) -> Grid:
    return next(grid for grid in answer.tables if grid.title.startswith(title))


def by_rule(raw: Priced, key: str) -> dict[str, Decimal]:
    """The stated rule, again: what names nobody follows what does, inside its workspace."""
    direct: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for place in raw.by(OCTOBER, "workspace_name"):
        for name, cost in raw.by(OCTOBER, KEYS[key], f"workspace_name = '{place}'").items():
            direct[place][name] = cost
    pays: dict[str, Decimal] = defaultdict(Decimal)
    for costs in direct.values():
        named = {name: cost for name, cost in costs.items() if name}
        for name, cost in named.items():
            pays[name] += cost + costs.get(None, Decimal(0)) * cost / sum(named.values())  # type: ignore[call-overload]
    return pays


async def test_each_dimension_is_the_rule_and_sums_to_the_cent(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    total = raw.cost(OCTOBER)
    for key in KEYS:
        answer = await charged(warehouse, now, key)
        grid = table(answer, "Chargeback by")
        *rows, last = grid.rows
        assert answer.question.period == OCTOBER and money(total) in answer.headline
        assert last[3] == total == sum(row[3] for row in rows) and last[1] + last[2] == total
        expected = by_rule(raw, key)
        for row in rows:
            if row[0] in expected:
                assert abs(row[3] - expected[row[0]]) <= CENT, row
    assert len(warehouse.rounds) == 2 * len(KEYS)


async def test_the_export_holds_every_payer_of_every_dimension(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    grid = table(await charged(warehouse, now), "Chargeback rows for export")
    file = io.StringIO()
    csv.writer(file).writerows([grid.columns, *grid.rows])
    read = list(csv.DictReader(io.StringIO(file.getvalue())))
    for kind in ("team", "cost center", "workspace", "owner"):
        rows = [row for row in read if row["charged_by"] == kind]
        assert sum(Decimal(row["total_usd"]) for row in rows) == raw.cost(OCTOBER), kind
        assert all(Decimal(row["own_usd"]) + Decimal(row["shared_usd"]) == Decimal(row["total_usd"]) for row in rows)
    assert len([row for row in read if row["charged_by"] == "owner"]) > 40 and grid.detail


async def test_one_team_is_told_what_it_owes(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    answer = await charged(warehouse, now, tags=(("team", "marketing"),))
    own = raw.cost(OCTOBER, f"{KEYS['team']} = 'marketing'")
    assert answer.headline.startswith("Team marketing owes ") and f"{money(own)} of its own" in answer.headline
    assert sum(row[2] for row in table(answer, "What marketing spent itself").rows) == own
    nobody = await charged(warehouse, now, tags=(("team", "astronauts"),))
    assert nobody.headline.startswith(f"No cost of {OCTOBER} carries team astronauts.")


async def test_within_a_workspace(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    answer = await charged(warehouse, now, workspaces=("prod-ml",))
    assert money(raw.cost(OCTOBER, "workspace_name = 'prod-ml'")) in answer.headline


async def test_an_empty_period_and_an_unknown_workspace_say_what_there_is(warehouse: CountingWarehouse, now: datetime) -> None:
    empty = await charged(warehouse, now, period=days("2025-03-01", "2025-03-31"))
    assert empty.headline.startswith("There is no usage in") and "The account has usage from" in empty.summary
    unknown = await charged(warehouse, now, workspaces=("nowhere",))
    assert unknown.headline.startswith("There is no usage for nowhere")


async def test_untagged_spend_is_that_of_the_raw_rows(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    asked = question("untagged spend last month", "cost.untagged", now, period=OCTOBER)
    answer = await answered(SPECIALIST, asked, warehouse)
    bare = "cardinality(coalesce(custom_tags, MAP {})) = 0"
    assert f"{money(raw.cost(OCTOBER, bare))} (" in answer.headline and money(raw.cost(OCTOBER)) in answer.headline
    by = raw.by(OCTOBER, "workspace_name", bare)
    assert {row[0]: row[2] for row in table(answer, "By workspace").rows if row[2]} == {
        name: cost.quantize(CENT) for name, cost in by.items()
    }
    resources = table(answer, "Without a tag").rows
    assert resources[0][0] == "dbt-warehouse" and resources[0][3] in answer.recommendations[0]
    assert "not a saving" in answer.summary and len(warehouse.rounds) == 2


async def test_the_tag_and_the_kind_that_are_asked_for(warehouse: CountingWarehouse, raw: Priced, now: datetime) -> None:
    asked = question("which jobs are missing cost center tags", "cost.untagged", now, period=OCTOBER)
    answer = await answered(SPECIALIST, asked, warehouse)
    bare = f"usage_metadata.job_id IS NOT NULL AND {KEYS['cost_center']} IS NULL"
    assert answer.headline.startswith(money(raw.cost(OCTOBER, bare))) and "cost center tag" in answer.headline
    assert {row[1] for row in table(answer, "Without a cost center tag").rows} == {"job"}


async def test_where_all_is_tagged_that_is_good(warehouse: CountingWarehouse, now: datetime) -> None:
    asked = question("untagged pipelines", "cost.untagged", now, period=OCTOBER)
    answer = await answered(SPECIALIST, asked, warehouse)
    assert answer.headline.startswith("All of the $") and answer.findings[0].severity == "good"


def test_cents_are_apportioned_whole() -> None:
    dice = Random(3)
    for _ in range(300):
        parts = [Decimal(str(round(dice.uniform(-1, 100), 5))) for _ in range(dice.randint(1, 60))]
        total = sum(parts).quantize(CENT)
        shares = apportion(parts, Decimal(total))
        assert sum(shares) == total and all(abs(a - b) < Decimal("0.0101") for a, b in zip(shares, parts, strict=True))


def test_a_workspace_without_any_tag_follows_the_account() -> None:
    rows = [
        {"workspace": "a", "team": "x", "cost_usd": 30.0},
        {"workspace": "a", "team": "y", "cost_usd": 10.0},
        {"workspace": "b", "team": None, "cost_usd": 8.0},
        {"workspace": None, "team": None, "cost_usd": 4.0},
        {"workspace": "a", "team": None, "cost_usd": 4.0},
    ]
    assert {share.name: share.total for share in allocate(rows, "team")} == {"x": Decimal("42.00"), "y": Decimal("14.00")}
    assert [(share.name, share.direct) for share in allocate(rows[2:3], "team")] == [("(nobody)", Decimal("8.00"))]
    assert allocate([], "team") == ()
