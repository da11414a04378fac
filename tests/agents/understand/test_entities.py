"""Names and quantities: found as the account spells them, asked about when unsure, said when unknown."""

import pytest

from agents.question import Entities, Question
from tests.agents.understand.account import NOW, understanding


def entities(text: str, **mentions: str) -> Entities:
    return understanding().understand(text, now=NOW, mentions=mentions).entities


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("cost of workspace prod-analytics", "workspaces", "prod-analytics"),
        ("cost of the Prod Analytics workspace", "workspaces", "prod-analytics"),
        ("spend for workspce prod-analitics", "workspaces", "prod-analytics"),
        ("why is nightly_etl slow", "jobs", "nightly_etl"),
        ("why is NIGHTLY_ETL slow", "jobs", "nightly_etl"),
        ("why is `nigthly_etl` slow", "jobs", "nightly_etl"),
        ("did job sales_daily_load fail", "jobs", "sales_daily_load"),
        ("lineage of sales_daily", "tables", "prod.sales.sales_daily"),
        ("lineage of prod.sales.sales_daily", "tables", "prod.sales.sales_daily"),
        ("who read the payroll table", "tables", "prod.hr.payroll"),
        ("is the fraud detection model drifting", "models", "fraud_detection"),
        ("is the fraud endpoint slow", "endpoints", "fraud-scoring"),
        ("queue on bi-warehouse", "warehouses", "bi-warehouse"),
        ("what did maria.garcia@acme.io do", "users", "maria.garcia@acme.io"),
        ("what did maria do", "users", "maria.garcia@acme.io"),
        ("spend on PREMIUM_JOBS_COMPUTE", "skus", "PREMIUM_JOBS_COMPUTE"),
        ("nulls in column net_amount", "columns", "net_amount"),
    ],
)
def test_names_are_the_accounts_own(text: str, kind: str, name: str) -> None:
    assert getattr(entities(text), kind) == (name,)


def test_a_mention_is_the_person_it_stands_for() -> None:
    assert entities("what did <@U123> do yesterday", U123="maria.garcia@acme.io").users == ("maria.garcia@acme.io",)


def test_the_first_word_of_several_workspaces_means_all_of_them() -> None:
    found = entities("what did we spend in prod")
    assert found.workspaces == ("prod-analytics", "prod-platform") and not found.unsure


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("top 5 jobs by cost", ("job",)),
        ("which users cost the most", ("user",)),
        ("the most expensive warehouses", ("warehouse",)),
        ("which warehouse is the most expensive", ("warehouse",)),
        ("the top 5 spenders among users this week", ("user",)),
        ("who spends the most", ("user",)),
        ("top spenders by team", ("team",)),
    ],
)
def test_a_ranking_names_its_dimension(text: str, group: tuple[str, ...]) -> None:
    assert entities(text).group_by == group


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("spend on 3 December 2026", True),
        ("why will costs rise next Tuesday", True),
        ("cost last Tuesday", False),
        ("which jobs will fail tonight", True),
        ("what failed tonight", False),
        ("how much will we spend in December", True),
        ("what did we spend in December", False),
        ("which tables haven't been updated in a week", False),
        ("cost trend", False),
    ],
)
def test_a_time_to_come_is_known_as_such(text: str, ahead: bool) -> None:
    found = understanding().understand(text, now=NOW)
    assert found.ahead is ahead and not (ahead and found.period)


def test_a_column_is_found_behind_its_table() -> None:
    found = entities("null rate of prod.sales.orders.net_amount")
    assert found.tables == ("prod.sales.orders",) and found.columns == ("net_amount",) and not found.unknown


@pytest.mark.parametrize(
    "text", ["did we spend over $4.5m this year", "which run has the best val_auc", "which workspaces spent over $10k last week"]
)
def test_amounts_measures_and_verbs_are_no_names(text: str) -> None:
    assert entities(text).unknown == ()


def test_an_unknown_name_is_said_with_the_nearest() -> None:
    found = entities("spend for workspace prood")
    assert ("workspace", "prood") in found.unknown
    assert found.unsure[0][0] == "prood" and "prod-analytics" in found.unsure[0][1]


@pytest.mark.parametrize(
    "text", ["why did our costs spike last Tuesday?", "show me slow queries", "which jobs failed in the last 24 hours"]
)
def test_ordinary_words_are_not_names(text: str) -> None:
    found = entities(text)
    assert (found.unknown, found.unsure, found.jobs, found.tables) == ((), (), (), ())


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("top 5 jobs by cost", "top_n", 5),
        ("the 10 most expensive queries", "top_n", 10),
        ("top ten spenders", "top_n", 10),
        ("spend above $5,000", "amount_usd", 5000.0),
        ("are we under our 20k dollars budget", "amount_usd", 20000.0),
        ("jobs missing their 60 minute SLA", "sla_minutes", 60),
        ("compliance with an SLA of 2 hours", "sla_minutes", 120),
        ("/sla sla:45", "sla_minutes", 45),
        ("queries slower than 5 minutes", "threshold", "5 minutes"),
        ("jobs running longer than 2 hours", "threshold", "2 hours"),
        ("cost by team", "group_by", ("team",)),
        ("break it down per workspace and sku", "group_by", ("workspace", "sku")),
        ("Kosten pro Team", "group_by", ("team",)),
        ("spend of team platform", "tags", (("team", "platform"),)),
        ("what did the platform team spend", "tags", (("team", "platform"),)),
        ("costs last week", "top_n", None),
        ("costs last 7 days", "threshold", None),
    ],
)
def test_quantities(text: str, name: str, value: object) -> None:
    assert getattr(entities(text), name) == value


def test_slash_words_mean_what_a_sentence_means() -> None:
    slash = understanding().understand('/cost-spike workspace:prod-analytics when:"last tuesday" top:5', now=NOW)
    spoken = understanding().understand("cost spike for workspace prod-analytics last tuesday, top 5", now=NOW)
    assert meaning(slash) == meaning(spoken)
    assert slash.entities.workspaces == ("prod-analytics",) and slash.entities.top_n == 5 and slash.agents == ("cost",)


def meaning(question: Question) -> tuple[object, ...]:
    return question.agents, question.period, question.entities
