"""What else the sample account pays for: clusters, warehouses, pipelines, endpoints, notebooks and services."""

import random
from dataclasses import dataclass, replace

from tools.sample.jobs import AWKWARD, NODE_TYPES, cluster_id, owner_of, tags
from tools.sample.people import TEAMS, Person
from tools.sample.workspaces import WORKSPACE, WORKSPACES, Workspace

WHOLE_DAY = tuple(range(24))


@dataclass(frozen=True, slots=True)
class Resource:
    """Something billed by the hour while it is up; `usd` is the cost of a usual weekday."""

    workspace: Workspace
    kind: str
    id: str
    name: str
    owner: Person
    team: str
    usd: float
    noise: float
    weekend: float
    hours: tuple[int, ...]
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class Cluster:
    resource: Resource
    node_type: str
    workers: int
    auto_termination: int


@dataclass(frozen=True, slots=True)
class Warehouse:
    resource: Resource
    type: str
    size: str
    max_clusters: int
    auto_stop: int
    queries: int  # on a usual weekday


@dataclass(frozen=True, slots=True)
class Pipeline:
    resource: Resource
    edition: str
    continuous: bool


@dataclass(frozen=True, slots=True)
class Endpoint:
    resource: Resource
    entity_id: str
    entity_type: str
    model: str
    version: str
    task: str | None
    requests: int  # a day
    logged: bool  # has an inference table


# name, workspace, meter, type, size, max clusters, auto stop, USD a day, first hour, last hour, queries a day
WAREHOUSES = (
    ("bi-warehouse", "prod-analytics", "sql_serverless", "SERVERLESS", "LARGE", 3, 10, 330, 6, 22, 420),
    ("exec-dashboards", "prod-analytics", "sql_serverless", "SERVERLESS", "MEDIUM", 2, 10, 150, 7, 20, 150),
    ("dbt-warehouse", "prod-platform", "sql_serverless", "SERVERLESS", "LARGE", 2, 15, 210, 0, 9, 130),
    ("adhoc-warehouse", "prod-platform", "sql_pro", "PRO", "MEDIUM", 2, 30, 140, 7, 21, 160),
    ("payments-warehouse", "prod-payments", "sql_serverless", "SERVERLESS", "SMALL", 2, 10, 95, 6, 22, 110),
    ("ds-warehouse", "prod-ml", "sql_pro", "PRO", "SMALL", 1, 45, 75, 8, 20, 60),
    ("eu-warehouse", "prod-eu", "sql_serverless", "SERVERLESS", "MEDIUM", 2, 10, 120, 6, 19, 90),
    ("staging-warehouse", "staging-us", "sql_classic", "CLASSIC", "SMALL", 1, 0, 40, 0, 23, 30),
    ("dev-warehouse", "dev-sandbox", "sql_classic", "CLASSIC", "X_SMALL", 1, 60, 22, 8, 19, 40),
    ("finance-warehouse", "finance-reporting", "sql_pro", "PRO", "MEDIUM", 2, 30, 165, 6, 20, 70),
    ("emea-warehouse", "emea-insights", "sql_pro", "PRO", "LARGE", 2, 30, 175, 6, 20, 80),
    ("marketing-warehouse", "prod-analytics", "sql_serverless", "SERVERLESS", "SMALL", 1, 10, 60, 8, 20, 60),
)
# name, workspace, team, meter, entity type, model, version, task, USD a day, requests a day, has an inference table
ENDPOINTS = (
    ("fraud-detection", "prod-ml", "risk", "serving", "CUSTOM_MODEL", "prod.ml.fraud_detection", "14", None, 95, 260, True),
    ("churn-score", "prod-ml", "data-science", "serving", "CUSTOM_MODEL", "prod.ml.churn_score", "6", None, 40, 70, True),
    (
        "product-recommender",
        "prod-ml",
        "growth",
        "serving",
        "CUSTOM_MODEL",
        "prod.ml.product_recommender",
        "21",
        None,
        85,
        180,
        False,
    ),
    (
        "demand-forecast",
        "prod-ml",
        "supply-chain",
        "serving",
        "CUSTOM_MODEL",
        "prod.ml.demand_forecast",
        "3",
        None,
        25,
        40,
        False,
    ),
    (
        "search-embeddings",
        "prod-ml",
        "platform",
        "serving",
        "FOUNDATION_MODEL",
        "system.ai.gte_large_en_v1_5",
        "1",
        "llm/v1/embeddings",
        55,
        160,
        False,
    ),
    (
        "support-assistant",
        "prod-platform",
        "platform",
        "llm",
        "EXTERNAL_MODEL",
        "claude-sonnet",
        "1",
        "llm/v1/chat",
        70,
        150,
        True,
    ),
    (
        "doc-summarizer",
        "prod-analytics",
        "finance",
        "llm",
        "FOUNDATION_MODEL",
        "system.ai.llama_v3_3_70b_instruct",
        "2",
        "llm/v1/chat",
        45,
        90,
        False,
    ),
    (
        "contract-extractor",
        "prod-platform",
        "finance",
        "llm",
        "EXTERNAL_MODEL",
        "claude-haiku",
        "1",
        "llm/v1/chat",
        30,
        60,
        False,
    ),
    ("credit-limit", "prod-payments", "risk", "serving", "CUSTOM_MODEL", "prod.ml.credit_limit", "9", None, 35, 60, True),
    ("price-optimizer", "prod-ml", "growth", "serving", "CUSTOM_MODEL", "prod.ml.price_optimizer", "4", None, 30, 40, False),
    (
        "customer-features",
        "prod-ml",
        "marketing",
        "serving",
        "FEATURE_SPEC",
        "prod.ml.customer_features",
        "1",
        None,
        20,
        50,
        False,
    ),
    ("sentiment-staging", "staging-us", "marketing", "serving", "CUSTOM_MODEL", "staging.ml.sentiment", "2", None, 12, 15, False),
)
# name, workspace, team, meter, edition, continuous, USD a day
PIPELINES = (
    ("sales_medallion", "prod-analytics", "supply-chain", "dlt_advanced", "ADVANCED", False, 95),
    ("web_sessions_live", "prod-platform", "growth", "dlt_pro", "PRO", True, 110),
    ("payments_cdc", "prod-payments", "payments", "dlt_pro", "PRO", True, 105),
    ("inventory_cdc", "prod-platform", "supply-chain", "dlt_core", "CORE", True, 60),
    ("crm_sync", "prod-analytics", "marketing", "dlt_core", "CORE", False, 40),
    ("ledger_quality", "prod-payments", "finance", "dlt_advanced", "ADVANCED", False, 70),
    ("eu_orders_medallion", "prod-eu", "growth", "dlt_pro", "PRO", False, 75),
    ("telemetry_bronze", "prod-platform", "platform", "dlt_core", "CORE", True, 55),
    ("feature_pipeline", "prod-ml", "data-science", "dlt_core", "CORE", False, 35),
    ("finance_close", "finance-reporting", "finance", "dlt_core", "CORE", False, 30),
    ("emea_marts", "emea-insights", "marketing", "dlt_pro", "PRO", False, 30),
    ("staging_medallion", "staging-us", "platform", "dlt_core", "CORE", False, 12),
)
SERVICES = (
    ("storage", "metastore storage", 30, 0.01),
    ("optimization", "predictive optimization", 16, 0.08),
    ("egress", "egress", 5, 0.1),
)
EXTRA_SERVICES = (
    ("connectivity", "prod-platform", "private link", 12),
    ("vector_search", "prod-ml", "support-index", 45),
    ("lakebase", "prod-platform", "orders-db", 48),
    ("lakebase", "prod-payments", "wallet-db", 40),
    ("apps", "prod-analytics", "store-planner", 30),
    ("apps", "finance-reporting", "close-tracker", 22),
    ("monitoring", "prod-ml", "inference monitors", 26),
    ("monitoring", "prod-analytics", "table monitors", 38),
    ("tokens", "prod-platform", "gateway", 28),
    ("clean_room", "prod-eu", "retail-partners", 14),
)


def warehouses(seed: int, staff: tuple[Person, ...]) -> tuple[Warehouse, ...]:
    dice, found = random.Random(f"warehouses-{seed}"), []
    for name, place, kind, type_, size, most, stop, usd, first, last, queries in WAREHOUSES:
        team = dice.choice(TEAMS)
        who = owner_of(dice, staff, team, human=True)
        resource = _resource(
            dice, place, kind, f"{dice.getrandbits(64):016x}", name, team, usd, 0.05, 0.45, range(first, last + 1), staff, who
        )
        found.append(Warehouse(resource, type_, size, most, stop, queries))
    # The same id in two workspaces: a join without workspace_id mixes them up.
    found[8] = replace(found[8], resource=replace(found[8].resource, id=found[0].resource.id))
    return tuple(found)


def clusters(seed: int, staff: tuple[Person, ...]) -> tuple[Cluster, ...]:
    """All-purpose clusters, each of one person."""
    dice, found = random.Random(f"clusters-{seed}"), []
    humans = [person for person in staff if person.human and person.active]
    places = (
        "prod-analytics",
        "prod-platform",
        "prod-ml",
        "dev-sandbox",
        "dev-sandbox",
        "prod-eu",
        "finance-reporting",
        "emea-insights",
    )
    for number in range(38):
        person, place = humans[number % len(humans)], places[number % len(places)]
        first, cloud = dice.randint(6, 14), WORKSPACE[place].cloud
        use = dice.choice(("cluster", "explore", "notebook", "gpu-lab"))
        name = AWKWARD[number % 6][:60] if number % 13 == 12 else f"{person.email.split('@')[0]}-{use}"
        resource = _resource(
            dice,
            place,
            dice.choice(("all_purpose", "all_purpose", "all_purpose_photon")),
            cluster_id(dice),
            name,
            person.team,
            min(22 * dice.lognormvariate(0, 0.6), 80),
            0.15,
            0.0,
            range(first, first + dice.randint(5, 9)),
            staff,
            owner=person,
        )
        found.append(Cluster(resource, dice.choice(NODE_TYPES[cloud]), dice.randint(1, 6), dice.choice((30, 45, 60, 120))))
    found[4] = replace(found[4], resource=replace(found[4].resource, id=found[0].resource.id))
    return tuple(found)


def pipelines(seed: int, staff: tuple[Person, ...]) -> tuple[Pipeline, ...]:
    dice, found = random.Random(f"pipelines-{seed}"), []
    for name, place, team, kind, edition, continuous, usd in PIPELINES:
        hours = WHOLE_DAY if continuous else tuple(range(dice.randint(0, 3), 24, 2))
        resource = _resource(dice, place, kind, _uuid(dice), name, team, usd, 0.05, 0.9, hours, staff)
        found.append(Pipeline(resource, edition, continuous))
    found[11] = replace(found[11], resource=replace(found[11].resource, id=found[0].resource.id))
    return tuple(found)


def endpoints(seed: int, staff: tuple[Person, ...]) -> tuple[Endpoint, ...]:
    dice, found = random.Random(f"endpoints-{seed}"), []
    for name, place, team, kind, entity_type, model, version, task, usd, requests, logged in ENDPOINTS:
        who = owner_of(dice, staff, team, human=True)
        resource = _resource(
            dice, place, kind, f"{dice.getrandbits(128):032x}", name, team, usd, 0.05, 0.8, WHOLE_DAY, staff, who
        )
        found.append(Endpoint(resource, f"{dice.getrandbits(128):032x}", entity_type, model, version, task, requests, logged))
    return tuple(found)


def notebooks(seed: int, staff: tuple[Person, ...]) -> tuple[Resource, ...]:
    """Serverless notebooks of people, by working hours."""
    dice = random.Random(f"notebooks-{seed}")
    humans = [person for person in staff if person.human and person.active][:32]
    return tuple(
        _resource(
            dice,
            dice.choice(("prod-analytics", "prod-ml", "dev-sandbox", "prod-eu")),
            "interactive",
            str(dice.randint(10**14, 10**15)),
            f"/Users/{person.email}/{dice.choice(('exploration', 'adhoc', 'report', 'prototype'))}",
            person.team,
            11 * dice.lognormvariate(0, 0.5),
            0.25,
            0.0,
            range(8, 8 + dice.randint(3, 8)),
            staff,
            owner=person,
        )
        for person in humans
    )


def services(seed: int, staff: tuple[Person, ...]) -> tuple[Resource, ...]:
    """Storage, network and platform services; nobody runs them, so they have no run_as."""
    dice = random.Random(f"services-{seed}")
    lines = [
        (kind, workspace.name, name, usd * (2.0 if workspace.environment == "prod" else 0.5), noise)
        for workspace in WORKSPACES
        for kind, name, usd, noise in SERVICES
    ]
    lines += [(kind, place, name, float(usd), 0.04) for kind, place, name, usd in EXTRA_SERVICES]
    return tuple(
        _resource(dice, place, kind, _uuid(dice), name, "platform", usd, noise, 1.0, WHOLE_DAY, staff)
        for kind, place, name, usd, noise in lines
    )


def _resource(
    dice: random.Random,
    place: str,
    kind: str,
    id_: str,
    name: str,
    team: str,
    usd: float,
    noise: float,
    weekend: float,
    hours: range | tuple[int, ...],
    staff: tuple[Person, ...],
    owner: Person | None = None,
) -> Resource:
    workspace = WORKSPACE[place]
    labels = tags(dice, team, workspace.environment, tagged=dice.random() > 0.1)
    person = owner or owner_of(dice, staff, team, human=dice.random() < 0.6)
    return Resource(workspace, kind, id_, name, person, team, usd, noise, weekend, tuple(hour % 24 for hour in hours), labels)


def _uuid(dice: random.Random) -> str:
    text = f"{dice.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
