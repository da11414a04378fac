"""The incidents that are not about cost: who, what and when."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tools.sample.account import Account
from tools.sample.jobs import Job
from tools.sample.moments import Moments, at
from tools.sample.people import Person
from tools.sample.resources import Endpoint, Warehouse
from tools.sample.workspaces import WORKSPACE, Workspace

SENSITIVE = (
    "prod.crm.customers",
    "prod.payments.transactions",
    "prod.hr.employees",
    "prod.payments.cards",
    "prod.crm.support_tickets",
)
NEW_COLUMNS = (
    ("prod.marketing.leads", "contact_phone", "class.phone_number"),
    ("prod.supply.deliveries", "recipient_address", "class.location"),
    ("prod.web.signups", "birth_date", "class.date_of_birth"),
)
ETL_JOBS = ("orders_etl", "customers_etl", "inventory_etl", "web_events_etl")
SLA_JOBS = ("store_replenishment", "risk_positions", "campaign_attribution")
# A feed, the job that enriches it, the tables they write.
FEEDS = (
    ("erp_orders_ingest", "orders_enrichment"),
    ("returns_ingest", "returns_enrichment"),
    ("pos_sales_ingest", "pos_enrichment"),
)


@dataclass(frozen=True, slots=True)
class Effect:
    """What happens to all runs of a job from a moment on: `factor` (+ `step` a day) on the duration, or an outcome."""

    job: Job
    since: datetime
    factor: float = 1.0
    step: float = 0.0
    state: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Attack:
    """Failed logins of one account from addresses never seen before, then one that succeeds."""

    person: Person
    addresses: tuple[str, ...]
    start: datetime
    failures: int
    success: datetime


@dataclass(frozen=True, slots=True)
class MassRead:
    person: Person
    workspace: Workspace
    tables: tuple[str, ...]
    start: datetime
    end: datetime
    reads: int
    downloads: int


@dataclass(frozen=True, slots=True)
class Escalation:
    person: Person
    workspace: Workspace
    start: datetime
    catalog: str


@dataclass(frozen=True, slots=True)
class Revival:
    person: Person
    last_seen: date
    start: datetime
    address: str
    events: int


@dataclass(frozen=True, slots=True)
class Queueing:
    warehouse: Warehouse
    first: date
    last: date
    hours: tuple[int, ...]
    wait_seconds: int


@dataclass(frozen=True, slots=True)
class Spill:
    warehouse: Warehouse
    person: Person
    since: date
    a_day: int
    gigabytes: int
    statement: str


@dataclass(frozen=True, slots=True)
class Drift:
    """Inputs and predictions move from `since` on; latency grows from `slow_since` on."""

    endpoint: Endpoint
    since: date
    slow_since: date
    latency_factor: float


@dataclass(frozen=True, slots=True)
class Burst:
    endpoint: Endpoint
    requester: Person
    start: datetime
    end: datetime
    requests: int
    errors: int


@dataclass(frozen=True, slots=True)
class NewColumn:
    table: str
    column: str
    tag: str
    seen: datetime


def effects(cast: Account, when: Moments, seed: int) -> tuple[Effect, Effect, Effect, Effect]:
    """A slower ETL job, a job over its SLA, a feed that fails, and the job that waits for it."""
    since, broke = at(when.monday), at(when.today - timedelta(days=4), 3)
    feed, enrichment = FEEDS[seed % 3]
    return (
        Effect(cast.job(ETL_JOBS[seed % 4]), since, factor=1.8),
        Effect(cast.job(SLA_JOBS[seed % 3]), since, factor=1.38, step=0.04),
        Effect(cast.job(feed), broke, state="FAILED", code="STORAGE_ACCESS_ERROR"),
        Effect(cast.job(enrichment), broke + timedelta(hours=1), state="FAILED", code="RUN_EXECUTION_ERROR"),
    )


def attack(cast: Account, when: Moments, seed: int) -> Attack:
    dice = random.Random(f"attack-{seed}")
    person = dice.choice([one for one in _humans(cast) if one.admin])
    start = when.now.replace(second=0, microsecond=0) - timedelta(hours=9, minutes=dice.randint(0, 50))
    addresses = tuple(f"192.0.2.{number}" for number in dice.sample(range(2, 250), 3))
    return Attack(person, addresses, start, dice.randint(38, 64), start + timedelta(minutes=31))


def mass_read(cast: Account, when: Moments, seed: int) -> MassRead:
    """Two nights ago, between two and four in the morning where that person lives."""
    dice = random.Random(f"mass-read-{seed}")
    person = dice.choice([one for one in _humans(cast) if not one.admin and one.team in ("growth", "marketing", "supply-chain")])
    local = datetime.combine(when.today - timedelta(days=2), datetime.min.time(), ZoneInfo(person.zone)) + timedelta(hours=2)
    start = local.astimezone(at(when.today).tzinfo)
    return MassRead(
        person,
        WORKSPACE["prod-analytics"],
        SENSITIVE,
        start,
        start + timedelta(hours=2),
        dice.randint(320, 480),
        dice.randint(35, 60),
    )


def escalation(cast: Account, when: Moments, seed: int) -> Escalation:
    dice = random.Random(f"escalation-{seed}")
    busy = {attack(cast, when, seed).person, mass_read(cast, when, seed).person}
    person = dice.choice([one for one in _humans(cast) if not one.admin and one not in busy])
    return Escalation(person, WORKSPACE["prod-payments"], at(when.today - timedelta(days=5), 15, dice.randint(0, 50)), "prod")


def revival(cast: Account, when: Moments, seed: int) -> Revival:
    dice = random.Random(f"revival-{seed}")
    person = next(one for one in cast.people if not one.active)
    start = at(when.today - timedelta(days=1), 11, dice.randint(0, 50))
    return Revival(person, when.today - timedelta(days=101), start, f"192.0.2.{dice.randint(2, 250)}", dice.randint(22, 40))


def queueing(cast: Account, when: Moments, seed: int) -> Queueing:
    dice = random.Random(f"queueing-{seed}")
    warehouse = cast.warehouse(dice.choice(("bi-warehouse", "bi-warehouse", "exec-dashboards")))
    return Queueing(warehouse, when.today - timedelta(days=3), when.today, (13, 14, 15), dice.randint(45, 75))


def spill(cast: Account, when: Moments, seed: int) -> Spill:
    dice = random.Random(f"spill-{seed}")
    person = dice.choice([one for one in _humans(cast) if one.team in ("finance", "marketing")])
    statement = (
        "SELECT c.customer_id, s.session_id, sum(s.amount) FROM prod.web.sessions s "
        "JOIN prod.crm.customers c ON s.visitor = c.visitor "
        "CROSS JOIN prod.ref.calendar d WHERE c.email = 'jane.roe@example.com' GROUP BY ALL ORDER BY 3 DESC"
    )
    return Spill(cast.warehouse("adhoc-warehouse"), person, when.today - timedelta(days=6), 8, dice.randint(48, 80), statement)


def drift(cast: Account, when: Moments, seed: int) -> Drift:
    dice = random.Random(f"drift-{seed}")
    return Drift(
        cast.endpoint("fraud-detection"),
        when.today - timedelta(days=6),
        when.today - timedelta(days=4),
        round(dice.uniform(2.2, 2.8), 2),
    )


def burst(cast: Account, when: Moments, seed: int) -> Burst:
    dice = random.Random(f"burst-{seed}")
    endpoint = cast.endpoint(dice.choice(("support-assistant", "doc-summarizer", "contract-extractor")))
    requester = dice.choice([one for one in cast.people if not one.human])
    requests = dice.randint(900, 1300)
    start = at(when.today - timedelta(days=2), 14)
    return Burst(endpoint, requester, start, start + timedelta(hours=3), requests, int(requests * dice.uniform(0.4, 0.5)))


def new_column(when: Moments, seed: int) -> NewColumn:
    table, column, tag = NEW_COLUMNS[seed % len(NEW_COLUMNS)]
    return NewColumn(table, column, tag, at(when.today - timedelta(days=3), 4, 30))


def _humans(cast: Account) -> list[Person]:
    return [one for one in cast.people if one.human and one.active]
