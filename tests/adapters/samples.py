"""Answers as the specialists give them: the usual one, and the ones that try a renderer."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from agents.answer import Answer, Cause, Chart, Finding, Grid, Link
from agents.question import Asker, Question
from tools.period import Period
from tools.table import Receipt

NOW = datetime(2026, 11, 18, 15, 30, tzinfo=UTC)
ZONE = "America/New_York"
TUESDAY = date(2026, 11, 17)
DAILY = (
    2114.2,
    2098.77,
    2240.11,
    2301.5,
    1422.06,
    1398.4,
    2155.93,
    2187.02,
    2120.68,
    2263.4,
    2299.9,
    1431.12,
    1402.88,
    6973.02,
)


def question(text: str = "why did our costs spike last Tuesday?") -> Question:
    return Question(
        text=text,
        agents=("cost",),
        topics=("cost.spike",),
        period=Period.of_days(TUESDAY, TUESDAY, ZONE),
        compare=Period.of_days(TUESDAY - timedelta(days=7), TUESDAY - timedelta(days=7), ZONE),
        asker=Asker("ana@example.com", ZONE),
        now=NOW,
    )


CAUSES = (
    Cause(
        {"workspace": "prod-east", "job": "orders_hourly_load"},
        Decimal("3402.11"),
        0.7070,
        "Job orders_hourly_load in prod-east ran 61 times instead of 24 after failing; owner dana@example.com",
        Decimal("3921.40"),
        Decimal("519.29"),
        "https://adb-101.azuredatabricks.net/#job/4411",
    ),
    Cause(
        {"workspace": "ml-lab", "sku": "PREMIUM_ALL_PURPOSE_COMPUTE"},
        Decimal("988.02"),
        0.2053,
        "New all-purpose cluster gpu-scratch in ml-lab, not stopped over night; owner wei@example.com",
        Decimal("988.02"),
        Decimal(0),
    ),
    Cause(
        {"workspace": "prod-east", "warehouse": "bi-large"},
        Decimal("471.50"),
        0.0980,
        "SQL warehouse bi-large in prod-east: 31% more DBUs; owner bi-team",
        Decimal("1992.60"),
        Decimal("1521.10"),
    ),
    Cause({}, Decimal("-49.29"), -0.0103, ""),
)
CHART = Chart(
    title="Cost per day, USD",
    kind="bar",
    x=tuple((TUESDAY - timedelta(days=13 - at)).isoformat() for at in range(14)),
    series={"Cost": DAILY},
    unit="USD",
    alt="Daily cost, 4 to 17 November 2026: $1,398.40 to $2,301.50, then $6,973.02 on Tuesday 17 November.",
    highlight=TUESDAY.isoformat(),
)
RECEIPTS = (
    Receipt(
        "r1",
        "get_cost_trend_by_sku",
        "SELECT usage_date, sku_name, SUM(list_cost) AS cost\nFROM health_monitor.gold.fact_usage\n"
        "WHERE usage_date BETWEEN :start AND :end\nGROUP BY usage_date, sku_name",
        {"start": date(2026, 11, 4), "end": TUESDAY},
        98,
        41.7,
        datetime(2026, 11, 18, 11, 0, tzinfo=UTC),
    ),
    Receipt(
        "r2",
        "get_top_cost_contributors",
        "SELECT workspace_name, job_name, SUM(list_cost) AS cost\nFROM health_monitor.gold.fact_usage\n"
        "WHERE usage_date = :day AND list_cost > 0\nGROUP BY ALL\nORDER BY cost DESC\nLIMIT :top",
        {"day": TUESDAY, "top": 50},
        50,
        63.2,
        datetime(2026, 11, 18, 11, 0, tzinfo=UTC),
    ),
    Receipt(
        "r3",
        "get_failed_jobs",
        "SELECT job_name, COUNT(*) AS runs\nFROM health_monitor.gold.fact_job_run\nWHERE run_date = :day\nGROUP BY ALL",
        {"day": TUESDAY},
        12,
        22.9,
        datetime(2026, 11, 18, 10, 45, tzinfo=UTC),
    ),
)


def spike() -> Answer:
    """The main job's answer: three causes and a rest that sum to the change to the cent."""
    return Answer(
        question=question(),
        headline="Tuesday 17 November cost $6,973.02: $4,812.34 (+223%) more than a usual Tuesday.",
        summary="Most of it is one job that failed and retried all night; a forgotten GPU cluster is the second part.",
        agents=("cost", "reliability"),
        causes=CAUSES,
        findings=(
            Finding(
                "critical",
                "orders_hourly_load failed 37 times and was retried without a limit.",
                "reliability",
                ("r3",),
            ),
            Finding("high", "gpu-scratch ran 19 hours without a command.", "cost", ("r2",)),
            Finding("good", "Prices did not change: all of the change is volume.", "cost", ("r1",)),
        ),
        recommendations=(
            "Set max_retries to 2 on orders_hourly_load and fix the schema error of load_raw (dana@example.com).",
            "Set auto-termination to 30 minutes on gpu-scratch (wei@example.com): about $988.02 a day.",
        ),
        charts=(CHART,),
        links=(
            Link(
                "Cost Intelligence dashboard",
                "https://adb-101.azuredatabricks.net/sql/dashboardsv3/01ef?o=101&f_start=2026-11-17",
            ),
            Link("Job orders_hourly_load", "https://adb-101.azuredatabricks.net/#job/4411"),
        ),
        followups=("And for prod-east only?", "Which jobs failed last Tuesday?"),
        evidence=RECEIPTS,
        as_of=datetime(2026, 11, 18, 11, 0, tzinfo=UTC),
        baseline="the Tuesdays of the last four weeks",
        seconds=0.42,
        id="a1b2c3d4",
    )


def spike_in_words() -> Answer:
    return replace(spike(), charts=())


def bare() -> Answer:
    return Answer(question=question("hm"), headline="Nothing unusual on Tuesday 17 November: $2,160.68.", id="bare0001")


def failed() -> Answer:
    return Answer(
        question=question(),
        headline="The table system.billing.usage is not available.",
        summary="Ask an administrator to enable the schema and run: "
        "GRANT USE SCHEMA, SELECT ON SCHEMA system.billing TO <this app>.",
        error_id="0badc0de",
    )


def clarify() -> Answer:
    asked = Question(
        text="costs?",
        action="clarify",
        reason="Which period do you mean?",
        asker=Asker("ana@example.com", ZONE),
        choices=("What did we spend yesterday?", "Why did costs spike last Tuesday?", "What will November cost?"),
        now=NOW,
    )
    return Answer(question=asked, headline="Which period do you mean?", id="c1a21f70")


def decline() -> Answer:
    asked = Question(text="delete job 4", action="decline", reason="I only read.", now=NOW)
    return Answer(
        question=asked,
        headline="I only read system tables; I cannot delete a job.",
        summary="Ask me what the job costs or how often it fails.",
        followups=("What does job 4 cost?",),
    )


def grid() -> Grid:
    return Grid(
        "Top workspaces",
        ("Workspace", "Day", "Cost", "Share", "Runs"),
        (
            ("prod-east", TUESDAY, Decimal("5103.2"), 0.7318, 1204),
            ("ml-lab", TUESDAY, Decimal("1012.5"), 0.1452, 33),
            ("dev", TUESDAY, None, 0.004, 8),
        ),
        ("text", "date", "usd", "percent", "number"),
    )


def top() -> Answer:
    return Answer(
        question=question("what cost most last Tuesday?"),
        headline="prod-east cost most: $5,103.20.",
        agents=("cost",),
        tables=(grid(), grid()),
        charts=(CHART,),
        evidence=RECEIPTS[:1],
        partial=("system.lakeflow.jobs is not granted, so jobs are shown by id.",),
        seconds=1.26,
        id="70b00001",
    )


HOSTILE = "<!channel> <@U0ADMIN> <https://evil.example|click> & `code` *bold* </script>\u202e"


def hostile() -> Answer:
    """Every text that can come from data is an attack."""
    return Answer(
        question=question(HOSTILE),
        headline=f"{HOSTILE} cost $12.00",
        summary=HOSTILE,
        agents=("cost",),
        causes=(
            Cause({"job": HOSTILE}, Decimal("12.00"), 1.0, HOSTILE, url="javascript:alert(1)"),
            Cause({"job": HOSTILE}, Decimal("-3"), -0.3, ""),
        ),
        findings=(Finding("low", HOSTILE, "cost"),),
        recommendations=(HOSTILE,),
        tables=(Grid(HOSTILE, (HOSTILE,), ((HOSTILE,),)),),
        charts=(Chart(HOSTILE, "bar", (HOSTILE,), {HOSTILE: (1.0,)}, HOSTILE, HOSTILE),),
        links=(Link(HOSTILE, "javascript:alert(1)"), Link(HOSTILE, "https://adb-101.azuredatabricks.net/x|y>z")),
        followups=(HOSTILE, HOSTILE),
        evidence=(Receipt("r1", HOSTILE, f"SELECT '{HOSTILE}' -- ```", {HOSTILE: HOSTILE}, 1, 1.0),),
        partial=(HOSTILE,),
        baseline=HOSTILE,
        id="405711e0",
    )


def long() -> Answer:
    """Far more than one Slack message holds."""
    many = tuple(
        Cause(
            {"job": f"job_{n}_" + "with_a_long_name_" * 10},
            Decimal(n),
            0.01,
            f"Job number {n} " + "did more of the same thing " * 6,
        )
        for n in range(150)
    )
    return Answer(
        question=question("everything " * 900),
        headline="Costs rose $11,175.00 " + "because of a great many things " * 150,
        summary="A long story. " * 600,
        agents=("cost", "security", "performance", "reliability", "quality", "mlops"),
        causes=many,
        findings=tuple(Finding("medium", f"Finding {n}: " + "something was found here " * 20, "cost") for n in range(80)),
        recommendations=tuple(f"Step {n}: " + "do this thing " * 30 for n in range(40)),
        tables=tuple(
            Grid(
                f"Table {n}",
                tuple(f"c{c}" for c in range(30)),
                tuple(tuple(f"{r}.{c}" for c in range(30)) for r in range(150)),
            )
            for n in range(5)
        ),
        charts=(CHART, CHART),
        links=tuple(
            Link(f"Dashboard {n} " * 20, f"https://adb-101.azuredatabricks.net/{n}?" + "q" * 4000 * (n % 2)) for n in range(40)
        ),
        followups=tuple(f"And number {n}? " * 200 for n in range(12)),
        evidence=tuple(
            Receipt(f"r{n}", "get_rows", "SELECT 1 -- " + "x" * 9000, {f"p{p}": "v" * 500 for p in range(30)}, n, 1.5)
            for n in range(150)
        ),
        partial=tuple(f"Source {n} is missing " * 30 for n in range(20)),
        baseline="a baseline " * 300,
        seconds=9.87,
        id="10400000",
    )
