"""The cost incidents, planted row by row: their dollars are exact because they are made here."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from tools.sample.account import Account
from tools.sample.jobs import NODE_TYPES, Job, cluster_id, owner_of, starts, tags
from tools.sample.moments import Moments, at, day_number
from tools.sample.prices import Sku, sku
from tools.sample.resources import Cluster, Warehouse
from tools.sample.workspaces import WORKSPACE

MICRO, CENT = Decimal("0.000001"), Decimal("0.01")
SPIKE_JOBS = ("settlement_reconciliation", "ledger_matching", "customer_360_merge", "shipment_planning")
NEWCOMERS = ("product_embeddings_refresh", "propensity_scoring", "image_catalog_vectors", "route_optimizer")
# First start of a failing run on the Tuesday and its attempts; all over by 18:00 so that no row can be late.
CHAINS = ((0, 10, 8), (4, 10, 8), (8, 10, 9), (12, 10, 7), (16, 10, 2))
RERUNS = ((9, 30, 9), (10, 40, 8), (13, 20, 5))


@dataclass(frozen=True, slots=True)
class Usage:
    """One hour's planted usage row."""

    start: datetime
    quantity: Decimal
    sku: Sku
    job: Job | None = None
    run_id: str | None = None
    cluster: Cluster | None = None

    @property
    def usd(self) -> Decimal:
        return self.quantity * self.sku.price


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a task; the first of a scheduled run costs what the run usually costs, the others are extra."""

    run_id: str
    number: int
    start: datetime
    end: datetime
    scheduled: bool

    @property
    def extra(self) -> bool:
        return self.number > 0 or not self.scheduled


@dataclass(frozen=True, slots=True)
class Spike:
    job: Job
    day: date
    attempts: tuple[Attempt, ...]
    usage: tuple[Usage, ...]


@dataclass(frozen=True, slots=True)
class LeftOn:
    cluster: Cluster
    start: datetime
    end: datetime
    usage: tuple[Usage, ...]


@dataclass(frozen=True, slots=True)
class Repricing:
    sku_name: str
    cloud: str
    start: date
    old: Decimal
    new: Decimal


@dataclass(frozen=True, slots=True)
class Migration:
    warehouse: Warehouse
    start: date
    new_kind: str
    new_usd: float


@dataclass(frozen=True, slots=True)
class Newcomer:
    job: Job
    usage: tuple[Usage, ...]


def run_id(day: date, job: Job, slot: int, copy: int = 0) -> str:
    """The id of a run, the same here and in SQL."""
    return str(day_number(day) * 10**8 + job.number * 10**4 + slot * 100 + copy)


def total(usage: tuple[Usage, ...]) -> Decimal:
    return sum((row.usd for row in usage), Decimal(0)).quantize(CENT)


def spike(account: Account, when: Moments, seed: int) -> Spike:
    dice = random.Random(f"spike-{seed}")
    job = account.job(dice.choice(SPIKE_JOBS))
    attempts = tuple(_attempts(dice, job, when.tuesday))
    minutes = sum((attempt.end - attempt.start).seconds / 60 for attempt in attempts if attempt.extra)
    per_minute = dice.uniform(4450, 4900) / minutes
    price = sku(job.kind, job.workspace)
    usage = tuple(
        row
        for attempt in attempts
        if attempt.extra
        for row in hourly(attempt.start, attempt.end, per_minute, price, job=job, run_id=attempt.run_id)
    )
    return Spike(job, when.tuesday, attempts, usage)


def left_on(account: Account, when: Moments, seed: int) -> LeftOn:
    dice = random.Random(f"left-on-{seed}")
    cluster = dice.choice([one for one in account.clusters if one.resource.workspace.name == "dev-sandbox"])
    hours = cluster.resource.hours
    start = at(when.left_on - timedelta(days=1), max(hours)) + timedelta(hours=1)
    end = at(when.left_on + timedelta(days=2), min(hours))
    price = sku(cluster.resource.kind, cluster.resource.workspace)
    return LeftOn(cluster, start, end, tuple(hourly(start, end, dice.uniform(13, 18) / 60, price, cluster=cluster)))


def repricing(account: Account, when: Moments, seed: int) -> Repricing:
    dice = random.Random(f"repricing-{seed}")
    new = sku("sql_serverless", account.workspaces[0])
    ratio = Decimal(dice.choice((112, 114, 116, 118))) / 100
    return Repricing(new.name, new.cloud, when.repriced, new.list_price, (new.list_price * ratio).quantize(Decimal("0.0001")))


def migration(account: Account, when: Moments, seed: int) -> Migration:
    dice = random.Random(f"migration-{seed}")
    warehouse = account.warehouse(dice.choice(("emea-warehouse", "finance-warehouse")))
    return Migration(warehouse, when.migrated, "sql_serverless", round(warehouse.resource.usd * dice.uniform(1.15, 1.3), 2))


def newcomer(account: Account, when: Moments, seed: int) -> Newcomer:
    """A job that did not exist before; it runs on Mondays, Wednesdays and Fridays, so Tuesdays stay comparable."""
    dice = random.Random(f"newcomer-{seed}")
    place = WORKSPACE["prod-ml"]
    job = Job(
        len(account.jobs) + 1,
        place,
        str(dice.randint(10**14, 10**15 - 1)),
        dice.choice(NEWCOMERS),
        "data-science",
        owner_of(dice, account.people, "data-science", human=True),
        "jobs_photon",
        (1, 3, 5),
        None,
        starts("daily", 120),
        174.0,
        dice.uniform(280, 340),
        0.0,
        1.0,
        0.0,
        cluster_id(dice),
        NODE_TYPES["AWS"][2],
        12,
        ("features", "fit", "evaluate"),
        tags(dice, "data-science", "prod"),
        ("prod.web.sessions",),
        "prod.ml.product_vectors",
        (when.today - when.newcomer).days,
        billed=False,
    )
    usage: list[Usage] = []
    for ahead in range((when.today - when.newcomer).days + 1):
        day = when.newcomer + timedelta(days=ahead)
        start = at(day, 2)
        end = start + timedelta(minutes=job.minutes)
        if day.isoweekday() in job.weekdays and end <= when.complete_until:
            usage += hourly(
                start,
                end,
                job.usd * dice.uniform(0.97, 1.03) / job.minutes,
                sku(job.kind, place),
                job=job,
                run_id=run_id(day, job, 0),
            )
    return Newcomer(job, tuple(usage))


def hourly(
    start: datetime,
    end: datetime,
    usd_per_minute: float,
    price: Sku,
    *,
    job: Job | None = None,
    run_id: str | None = None,
    cluster: Cluster | None = None,
) -> Iterator[Usage]:
    """The usage rows of something that ran from `start` to `end`: one an hour."""
    hour = start.replace(minute=0, second=0, microsecond=0)
    while hour < end:
        minutes = (min(end, hour + timedelta(hours=1)) - max(start, hour)).total_seconds() / 60
        quantity = (Decimal(repr(minutes * usd_per_minute)) / price.price).quantize(MICRO)
        yield Usage(hour, quantity, price, job, run_id, cluster)
        hour += timedelta(hours=1)


def _attempts(dice: random.Random, job: Job, day: date) -> Iterator[Attempt]:
    for scheduled, chains in ((True, CHAINS), (False, RERUNS)):
        for number, (hour, minute, count) in enumerate(chains):
            start = at(day, hour, minute) + timedelta(minutes=3)
            for attempt in range(count):
                minutes = job.minutes - 3 if scheduled and attempt == 0 else dice.uniform(42, 47)
                end = start + timedelta(minutes=round(minutes, 1))
                yield Attempt(run_id(day, job, number if scheduled else 50 + number), attempt, start, end, scheduled)
                start = end + timedelta(seconds=20)


def with_newcomer(account: Account, arrival: Newcomer) -> Account:
    return replace(account, jobs=(*account.jobs, arrival.job))
