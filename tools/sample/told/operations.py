"""Performance and reliability incidents."""

from collections.abc import Iterator

from tools.sample.incidents import Effect
from tools.sample.moments import at
from tools.sample.plan import Plan
from tools.sample.story import Story


def told(plan: Plan) -> Iterator[Story]:
    yield _slower(plan)
    yield _queueing(plan)
    yield _spill(plan)
    yield _breaching(plan)
    yield from _failing(plan)


def _ids(effect: Effect) -> dict[str, str]:
    return {"workspace_id": effect.job.workspace.id, "job_id": effect.job.id}


def _causes(effect: Effect) -> tuple[dict[str, str], ...]:
    return ({"workspace": effect.job.workspace.name, "job": effect.job.name},)


def _slower(plan: Plan) -> Story:
    effect = plan.slower
    return Story(
        "slower",
        ("performance",),
        effect.since,
        plan.when.now,
        _causes(effect),
        "Why are my ETL jobs running slower than last week?",
        effect.job.owner.email,
        None,
        {
            **_ids(effect),
            "factor": effect.factor,
            "usual_minutes": effect.job.minutes,
            "bottleneck": "cluster",
            "cluster_id": effect.job.cluster_id,
            "old_node_type": effect.job.node_type,
            "new_node_type": plan.smaller_node,
            "changed": effect.since,
        },
    )


def _queueing(plan: Plan) -> Story:
    one = plan.queueing
    of = one.warehouse.resource
    return Story(
        "queueing",
        ("performance",),
        at(one.first),
        plan.when.now,
        ({"workspace": of.workspace.name, "warehouse": of.name},),
        f"Why are queries on {of.name} waiting?",
        of.owner.email,
        None,
        {
            "workspace_id": of.workspace.id,
            "warehouse_id": of.id,
            "hours": one.hours,
            "wait_seconds": one.wait_seconds,
            "max_clusters": one.warehouse.max_clusters,
        },
    )


def _spill(plan: Plan) -> Story:
    one = plan.spill
    of = one.warehouse.resource
    return Story(
        "spill",
        ("performance",),
        at(one.since),
        plan.when.now,
        ({"workspace": of.workspace.name, "warehouse": of.name, "user": one.person.email},),
        "Which queries spill to disk the most this week?",
        one.person.email,
        None,
        {
            "workspace_id": of.workspace.id,
            "warehouse_id": of.id,
            "statement": one.statement,
            "a_day": one.a_day,
            "gigabytes": one.gigabytes,
        },
    )


def _breaching(plan: Plan) -> Story:
    effect = plan.breaching
    return Story(
        "breaching",
        ("reliability", "performance"),
        effect.since,
        plan.when.now,
        _causes(effect),
        "Are we meeting our job SLAs this week?",
        effect.job.owner.email,
        None,
        {
            **_ids(effect),
            "sla_minutes": 60,
            "usual_minutes": effect.job.minutes,
            "factor": effect.factor,
            "step_a_day": effect.step,
        },
    )


def _failing(plan: Plan) -> Iterator[Story]:
    feed, waiting = plan.failing, plan.blocked
    yield Story(
        "failing",
        ("reliability",),
        feed.since,
        plan.when.now,
        _causes(feed),
        "Which incidents are still open?",
        feed.job.owner.email,
        None,
        {
            **_ids(feed),
            "termination_code": feed.code,
            "open": True,
            "writes": feed.job.writes,
            "downstream_job": waiting.job.name,
        },
        "stale",
    )
    yield Story(
        "blocked",
        ("reliability",),
        waiting.since,
        plan.when.now,
        _causes(waiting),
        f"Why does {waiting.job.name} keep failing?",
        waiting.job.owner.email,
        None,
        {
            **_ids(waiting),
            "termination_code": waiting.code,
            "open": True,
            "reads": feed.job.writes,
            "upstream_job": feed.job.name,
        },
        "failing",
    )
