"""Cost incidents, and the failing retries behind the largest of them."""

from collections.abc import Iterator
from datetime import timedelta

from tools.sample.costs import total
from tools.sample.jobs import Job
from tools.sample.moments import at
from tools.sample.plan import Plan
from tools.sample.prices import sku
from tools.sample.story import Story


def told(plan: Plan) -> Iterator[Story]:
    yield from _spike(plan)
    yield _left_on(plan)
    yield _repricing(plan)
    yield _migration(plan)
    yield _newcomer(plan)


def job_dims(job: Job) -> dict[str, str]:
    """Everything that gold says about the rows of a job."""
    price = sku(job.kind, job.workspace)
    return {
        "workspace": job.workspace.name,
        "product": price.meter.product,
        "sku": price.name,
        "job": job.name,
        "run_as": job.owner.email,
        "team": job.team,
    }


def _spike(plan: Plan) -> Iterator[Story]:
    spike, job = plan.spike, plan.spike.job
    start, end = at(spike.day), at(spike.day + timedelta(days=1))
    runs = {attempt.run_id for attempt in spike.attempts}
    extra = [attempt for attempt in spike.attempts if attempt.extra]
    ids = {
        "workspace_id": job.workspace.id,
        "job_id": job.id,
        "run_ids": tuple(sorted(runs)),
        "day": spike.day,
        "dims": job_dims(job),
    }
    yield Story(
        "spike",
        ("cost", "reliability"),
        start,
        end,
        ({"workspace": job.workspace.name, "job": job.name},),
        "Why did our costs spike last Tuesday?",
        job.owner.email,
        total(spike.usage),
        {**ids, "retries": len(extra), "usual_usd_about": round(job.usd), "retracted_job": "card_transactions_stream"},
        "retries",
    )
    yield Story(
        "retries",
        ("reliability", "cost"),
        start,
        end,
        ({"workspace": job.workspace.name, "job": job.name},),
        "Which jobs failed last Tuesday?",
        job.owner.email,
        total(spike.usage),
        {
            **ids,
            "failed_runs": len(runs),
            "failed_attempts": len(spike.attempts),
            "retries": len(extra),
            "task": job.tasks[1],
            "termination_code": "RUN_EXECUTION_ERROR",
            "reruns": len({one.run_id for one in spike.attempts if not one.scheduled}),
            "recovered": start + timedelta(minutes=job.starts[-1]),
        },
        "spike",
    )


def _left_on(plan: Plan) -> Story:
    of = plan.left_on.cluster.resource
    return Story(
        "left-on",
        ("cost",),
        plan.left_on.start,
        plan.left_on.end,
        ({"workspace": of.workspace.name, "cluster": of.name},),
        f"Which all-purpose cluster ran over the weekend of {plan.when.left_on:%-d %B}?",
        of.owner.email,
        total(plan.left_on.usage),
        {
            "workspace_id": of.workspace.id,
            "cluster_id": of.id,
            "hours": len(plan.left_on.usage),
            "run_as": of.owner.email,
            "sku": sku(of.kind, of.workspace).name,
            "product": "ALL_PURPOSE",
            "auto_termination_minutes": 0,
        },
    )


def _repricing(plan: Plan) -> Story:
    change = plan.repricing
    return Story(
        "repricing",
        ("cost",),
        at(change.start),
        plan.when.now,
        ({"sku": change.sku_name},),
        "Did the price of any SKU change in the last six weeks, and what does that cost us?",
        "",
        None,
        {
            "old_price": change.old,
            "new_price": change.new,
            "ratio": change.new / change.old,
            "cloud": change.cloud,
            "excess": "usage since the change, times the difference of the prices",
        },
    )


def _migration(plan: Plan) -> Story:
    move, of = plan.migration, plan.migration.warehouse.resource
    old, new = sku(of.kind, of.workspace).name, sku(move.new_kind, of.workspace).name
    return Story(
        "migration",
        ("cost",),
        at(move.start),
        plan.when.now,
        ({"workspace": of.workspace.name, "sku": old}, {"workspace": of.workspace.name, "sku": new}),
        f"What happened to SQL costs in {of.workspace.name} five weeks ago?",
        of.owner.email,
        None,
        {
            "falls": old,
            "rises": new,
            "warehouse": of.name,
            "warehouse_id": of.id,
            "workspace_id": of.workspace.id,
            "usd_before": of.usd,
            "usd_after": move.new_usd,
        },
    )


def _newcomer(plan: Plan) -> Story:
    job, usage = plan.newcomer.job, plan.newcomer.usage
    return Story(
        "newcomer",
        ("cost",),
        at(plan.when.newcomer),
        at(plan.when.today),
        ({"workspace": job.workspace.name, "job": job.name},),
        "Which new jobs cost us money in the last two weeks?",
        job.owner.email,
        total(tuple(row for row in usage if row.start < at(plan.when.today))),
        {
            "workspace_id": job.workspace.id,
            "job_id": job.id,
            "weekdays": (1, 3, 5),
            "dims": job_dims(job),
            "runs": len({row.run_id for row in usage if row.start < at(plan.when.today)}),
        },
    )
