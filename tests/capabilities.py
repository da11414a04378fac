"""What the bot can do: a plain question for each capability, and where it is tested.

`python -m tests.capabilities` writes docs/capabilities.md; a test keeps it true.
"""

# ruff: noqa: E501  (a capability stays on one line)

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.answer import Answer
from bot.compose import service
from bot.message import Message
from bot.settings import Settings
from tests.conftest import NOW

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "capabilities.md"
INTRODUCTION = """# What it can do

A capability is an investigation over the tools, reached by a plain question; this page is written by running each question on the
sample account, and a test keeps it true. Without a language model.

| specialist | capability | ask, for example | tools it asks | tested in `tests/agents/` |
|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Capability:
    """`topic` as agents/understand names it; `test` is a file under tests/agents."""

    topic: str
    what: str
    question: str
    test: str

    @property
    def agent(self) -> str:
        return self.topic.partition(".")[0]


CAPABILITIES = (
    Capability("cost.spike", "a spike and its causes, to the cent", "Why did our costs spike last Tuesday?", "cost/test_answers.py"),
    Capability("cost.trend", "the trend of spend", "How did our spend develop last month?", "cost/test_answers.py"),
    Capability("cost.top", "top contributors", "What were the top 10 cost contributors last week?", "cost/test_answers.py"),
    Capability("cost.budget", "budgets: variance, overshoot date", "Are we within budget this month?", "cost/test_budget.py"),
    Capability("cost.forecast", "forecast with an interval", "What will we spend by the end of the month?", "cost/test_forecast.py"),
    Capability("cost.anomalies", "anomalies over a period", "Were there any cost anomalies this month?", "cost/test_anomalies.py"),
    Capability("cost.chargeback", "chargeback and showback", "Show me the chargeback by team for last month", "cost/test_chargeback.py"),
    Capability("cost.commitment", "commitment tracking", "How much of our commitment have we used?", "cost/test_commitment.py"),
    Capability("cost.optimization", "savings, each with its dollars", "Where can we save money?", "cost/test_optimization.py"),
    Capability("cost.untagged", "untagged spend", "How much of our spend is untagged?", "cost/test_chargeback.py"),
    Capability(
        "security.threats", "a threat report", "Were there any suspicious activities in the last 24 hours?", "security/test_threats.py"
    ),
    Capability("security.user", "a person against their habit", "What did omar.costa@lakeshore.example do last week?", "security/test_topics.py"),
    Capability("security.access", "who read a table", "Who accessed sales_daily last week?", "security/test_topics.py"),
    Capability("security.permissions", "changes of rights", "What permissions were changed this week?", "security/test_topics.py"),
    Capability("security.logins", "failed sign-ins", "Were there failed logins yesterday?", "security/test_topics.py"),
    Capability("security.principals", "service principals", "What are our service principals doing?", "security/test_topics.py"),
    Capability("security.compliance", "a compliance report", "Give me a compliance report for last month", "security/test_topics.py"),
    Capability("performance.jobs", "slower jobs and why", "Why are my ETL jobs running slower than last week?", "performance/test_jobs.py"),
    Capability("performance.queries", "slow queries and why", "What are the slowest queries this week?", "performance/test_topics.py"),
    Capability("performance.warehouses", "queueing and sizing of warehouses", "Are our SQL warehouses queueing?", "performance/test_topics.py"),
    Capability("performance.clusters", "use and size of clusters", "Which clusters are oversized?", "performance/test_topics.py"),
    Capability("performance.forecast", "latency tomorrow", "What query latency do we expect tomorrow?", "performance/test_topics.py"),
    Capability("reliability.sla", "SLA compliance", "Are we meeting our job SLAs this week?", "reliability/test_sla.py"),
    Capability("reliability.failures", "failed jobs and why", "Which jobs failed yesterday?", "reliability/test_failures.py"),
    Capability("reliability.patterns", "patterns of failure", "Is there a pattern in our job failures?", "reliability/test_habits.py"),
    Capability("reliability.incidents", "incidents and recovery", "What incidents did we have this week and what is our MTTR?", "reliability/test_incidents.py"),
    Capability("reliability.retries", "retries and their cost", "How many retries did we have last week?", "reliability/test_habits.py"),
    Capability("reliability.drift", "runs that drift", "Have our job runs drifted from last week?", "reliability/test_habits.py"),
    Capability("reliability.risk", "jobs at risk", "Which jobs are at risk of failing next?", "reliability/test_risk.py"),
    Capability("reliability.runbook", "runbooks", "What is the runbook for a job that times out?", "reliability/test_runbooks.py"),
    Capability("quality.lineage", "lineage, up and down", "What's the data lineage for the sales_daily table?", "quality/test_lineage.py"),
    Capability("quality.impact", "impact of a broken table", "What breaks if sales_daily is broken?", "quality/test_topics.py"),
    Capability("quality.results", "results of quality checks", "Which data quality checks failed this week?", "quality/test_topics.py"),
    Capability("quality.freshness", "stale tables", "Which tables are stale?", "quality/test_topics.py"),
    Capability("quality.classification", "personal data and its coverage", "Which tables hold unclassified personal data?", "quality/test_topics.py"),
    Capability("quality.ownership", "owners and documentation", "Which tables have no owner?", "quality/test_topics.py"),
    Capability("mlops.health", "a model in production", "How is my fraud detection model performing in production?", "mlops/test_models.py"),
    Capability("mlops.endpoints", "serving endpoints", "Are any serving endpoints failing?", "mlops/test_endpoints.py"),
    Capability("mlops.drift", "drift of predictions and inputs", "Is there drift in the fraud model?", "mlops/test_models.py"),
    Capability("mlops.retraining", "whether to retrain", "Should we retrain the fraud model?", "mlops/test_models.py"),
    Capability("mlops.experiments", "experiments and runs compared", "Compare the latest experiment runs", "mlops/test_experiments.py"),
    Capability("mlops.features", "freshness of features", "Are the feature tables fresh?", "mlops/test_models.py"),
    Capability(
        "cost.spike+reliability.failures", "did one cause the other", "Why did the cost spike AND were there any job failures?",
        "test_correlation.py",
    ),
    Capability("overview", "the platform at a glance", "How is the platform today?", "test_correlation.py"),
)  # fmt: skip


async def answers() -> list[Answer]:
    """Each capability's question on the sample account of a fixed day."""
    async with service(Settings(), now=NOW) as bot:
        return [await bot.answer(Message("shell", "", each.question)) for each in CAPABILITIES]


def page(told: Sequence[Answer]) -> str:
    lines = []
    for each, answer in zip(CAPABILITIES, told, strict=True):
        tools = ", ".join(f"`{name}`" for name in sorted({receipt.tool for receipt in answer.evidence}))
        agent = "all six" if each.topic == "overview" else " + ".join(answer.agents)
        if each.topic == "overview":
            tools = "the first investigation of each"
        lines.append(f"| {agent} | {each.what} | {each.question} | {tools} | `{each.test}` |")
    return INTRODUCTION + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(asyncio.run(answers())))
