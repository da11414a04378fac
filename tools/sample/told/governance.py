"""Data quality, governance and ML incidents."""

from collections.abc import Iterator

from tools.sample.moments import at
from tools.sample.plan import Plan
from tools.sample.story import Story


def told(plan: Plan) -> Iterator[Story]:
    yield _stale(plan)
    yield _new_column(plan)
    yield _drift(plan)
    yield _burst(plan)


def _stale(plan: Plan) -> Story:
    feed, waiting = plan.failing, plan.blocked
    return Story(
        "stale",
        ("quality", "reliability"),
        feed.since,
        plan.when.now,
        ({"table": str(feed.job.writes)},),
        "What's the data lineage for the sales_daily table?",
        feed.job.owner.email,
        None,
        {
            "unhealthy": (feed.job.writes, waiting.job.writes, "prod.sales.sales_daily"),
            "stale_since": feed.since,
            "writer": feed.job.name,
            "path": (feed.job.writes, waiting.job.writes, "prod.sales.sales_daily"),
        },
        "failing",
    )


def _new_column(plan: Plan) -> Story:
    one = plan.new_column
    return Story(
        "new-column",
        ("quality", "security"),
        one.seen,
        plan.when.now,
        ({"table": one.table, "column": one.column},),
        "Which columns with personal data are new this week?",
        "",
        None,
        {"class_tag": one.tag, "first_detected": one.seen, "masked": False},
    )


def _drift(plan: Plan) -> Story:
    one = plan.drift
    of = one.endpoint.resource
    return Story(
        "drift",
        ("mlops",),
        at(one.since),
        plan.when.now,
        ({"workspace": of.workspace.name, "endpoint": of.name},),
        "How is my fraud detection model performing in production?",
        of.owner.email,
        None,
        {
            "model": one.endpoint.model,
            "version": one.endpoint.version,
            "slow_since": at(one.slow_since),
            "latency_factor": one.latency_factor,
            "inputs": ("amount", "distance_km"),
            "endpoint_id": of.id,
            "served_entity_id": one.endpoint.entity_id,
        },
    )


def _burst(plan: Plan) -> Story:
    one = plan.burst
    of = one.endpoint.resource
    return Story(
        "burst",
        ("mlops",),
        one.start,
        one.end,
        ({"workspace": of.workspace.name, "endpoint": of.name, "user": one.requester.email},),
        f"Did {of.name} have errors or unusual token use this week?",
        of.owner.email,
        None,
        {"requests": one.requests, "errors": one.errors, "status_code": 429, "served_entity_id": one.endpoint.entity_id},
    )
