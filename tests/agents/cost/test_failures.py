"""What failures cost, against the raw rows."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from agents.answer import Answer
from agents.cost import SPECIALIST
from agents.cost.failures import is_about
from agents.figures import money
from agents.specialist import Sources
from tests.agents.ask import DASHBOARDS, CountingWarehouse, days, question
from tests.agents.cost.raw import Priced
from tools.sample.stories import Story

WEEK = days("2026-11-15", "2026-11-21")
FAILED = """
SELECT j.name, sum(p.usd) FROM priced AS p
JOIN (
  SELECT workspace_id, job_id, run_id FROM file.system_lakeflow.job_run_timeline
  GROUP BY ALL
  HAVING min(period_start_time) >= TIMESTAMP '2026-11-15' AND min(period_start_time) < TIMESTAMP '2026-11-22'
    AND max(result_state) IN ('FAILED', 'ERROR', 'TIMED_OUT')
) AS r ON p.workspace_id = r.workspace_id AND p.usage_metadata.job_id = r.job_id AND p.usage_metadata.job_run_id = r.run_id
JOIN (
  SELECT workspace_id, job_id, arg_max(name, change_time) AS name FROM file.system_lakeflow.jobs GROUP BY ALL
) AS j ON p.workspace_id = j.workspace_id AND p.usage_metadata.job_id = j.job_id
GROUP BY 1
"""


async def cost_of_failures(warehouse: CountingWarehouse, now: datetime, topic: str = "trend", **named: Any) -> Answer:
    asked = question("what did failed runs cost us?", f"cost.{topic}", now, period=WEEK, **named)
    return await SPECIALIST.investigations[topic](asked, Sources(warehouse, DASHBOARDS))


@pytest.mark.parametrize("topic", ["trend", "top"])
async def test_it_is_the_usage_of_the_failed_runs(
    warehouse: CountingWarehouse, raw: Priced, now: datetime, told: dict[str, Story], topic: str
) -> None:
    answer = await cost_of_failures(warehouse, now, topic)
    truth = {name: Decimal(usd) for name, usd in raw.rows(FAILED)}
    assert answer.headline.startswith(f"Failed job runs cost {money(sum(truth.values()))} in ")
    assert {row[0]: row[4] for row in answer.tables[0].rows if row[4]}.items() <= {
        name: usd.quantize(Decimal("0.01")) for name, usd in truth.items()
    }.items()
    assert answer.tables[0].rows[0][0] == told["spike"].causes[0]["job"]
    assert answer.findings[0].severity == "high" and told["spike"].causes[0]["job"] in answer.recommendations[0]
    assert len(warehouse.rounds) == 2


async def test_a_job_that_did_not_fail_cost_nothing(warehouse: CountingWarehouse, now: datetime) -> None:
    answer = await cost_of_failures(warehouse, now, jobs=("no_such_job",))
    assert answer.headline.endswith("so failures cost nothing.") and not answer.tables and not answer.findings


@pytest.mark.parametrize(
    ("text", "is_asked"),
    [
        ("how much money do we burn on failed runs", True),
        ("what did failed jobs cost us last month", True),
        ("cost of retries this week", True),
        ("how much did failures cost yesterday", True),
        ("dollars lost to failing pipelines", True),
        ("what did we spend last week?", False),
        ("what did we spend last week and which jobs failed?", False),
        ("why did the cost spike AND were there any job failures?", False),
    ],
)
def test_money_and_failure_must_belong_together(now: datetime, text: str, is_asked: bool) -> None:
    assert is_about(question(text, "cost.trend", now)) is is_asked
