"""Everything that is billed, one row each: what the usage rows are made of."""

from datetime import timedelta

from tools.sample.plan import Plan
from tools.sample.prices import Sku, sku
from tools.sample.resources import Resource
from tools.sample.rows import pairs


def works(plan: Plan) -> list[dict[str, object]]:
    """One row for everything that is billed; job numbers first, so that runs join on them."""
    found = [_job_work(plan, number) for number in range(len(plan.account.jobs))]
    for field, kind, items in (
        ("cluster_id", "", [one.resource for one in plan.account.clusters]),
        ("warehouse_id", "", [one.resource for one in plan.account.warehouses]),
        ("pipeline_id", "", [one.resource for one in plan.account.pipelines]),
        ("endpoint_id", "", [one.resource for one in plan.account.endpoints]),
        ("notebook_id", "", plan.account.notebooks),
        ("", "", plan.account.services),
    ):
        found += [_resource_work(plan, resource, field, kind) for resource in items]
    moved = plan.migration
    place = moved.warehouse.resource.workspace
    for row in found:
        if (row["workspace_id"], row["warehouse_id"]) == (place.id, moved.warehouse.resource.id):
            row["last"] = moved.start
    after = _resource_work(plan, moved.warehouse.resource, "warehouse_id", moved.new_kind)
    found.append(after | {"first": moved.start, "usd": moved.new_usd})
    return [{"work": number} | row for number, row in enumerate(found, start=1)]


def _row(plan: Plan, price: Sku, run_as: str | None, usd: float, noise: float, weekend: float) -> dict[str, object]:
    meter = price.meter
    return {
        "usd": usd,
        "noise": noise,
        "weekend": weekend,
        "first": plan.when.first,
        "last": plan.when.today + timedelta(days=1),
        "price": float(price.price),
        "sku_name": price.name,
        "cloud": price.cloud,
        "unit": meter.unit,
        "product": meter.product,
        "usage_type": meter.usage_type,
        "is_serverless": meter.serverless,
        "is_photon": meter.photon,
        "run_as": run_as,
        "jobs_tier": None if meter.product != "JOBS" else "SERVERLESS" if meter.serverless else "CLASSIC",
        "sql_tier": {"SQL_COMPUTE": "CLASSIC", "SQL_PRO_COMPUTE": "PRO", "SERVERLESS_SQL_COMPUTE": "PRO"}.get(meter.stem),
        "dlt_tier": meter.stem.split("_")[1] if meter.product == "DLT" else None,
        "serving_type": "MODEL" if meter.product == "MODEL_SERVING" else None,
        "performance_target": "PERFORMANCE_OPTIMIZED" if meter.stem == "JOBS_SERVERLESS_COMPUTE" else None,
        "hours": None,
        "cluster_id": None,
        "job_id": None,
        "job_name": None,
        "warehouse_id": None,
        "node_type": None,
        "notebook_id": None,
        "notebook_path": None,
        "pipeline_id": None,
        "endpoint_name": None,
        "endpoint_id": None,
        "app_id": None,
        "app_name": None,
        "metastore_id": None,
        "database_id": None,
        "index_id": None,
        "created_by": None,
        "owned_by": None,
    }


def _job_work(plan: Plan, position: int) -> dict[str, object]:
    job = plan.account.jobs[position]
    row = _row(plan, sku(job.kind, job.workspace), job.owner.email, float(job.usd), job.noise, job.weekend)
    return row | {
        "workspace_id": job.workspace.id,
        "tags_pairs": pairs(job.tags),
        "cluster_id": job.cluster_id,
        "job_id": job.id,
        "job_name": job.name,
        "node_type": job.node_type if job.cluster_id else None,
    }


def _resource_work(plan: Plan, resource: Resource, field: str, kind: str = "") -> dict[str, object]:
    named: dict[str, object] = {field: resource.id} if field else {}
    who = resource.owner.email
    if field == "endpoint_id":
        named |= {"endpoint_name": resource.name, "created_by": who}
    elif field == "notebook_id":
        named["notebook_path"] = resource.name
    elif field == "warehouse_id":
        named["owned_by"] = who
    elif not field:
        column = {"storage": "metastore_id", "apps": "app_id", "lakebase": "database_id", "vector_search": "index_id"}.get(
            resource.kind
        )
        named |= {column: resource.id} if column else {}
        named |= {"app_name": resource.name} if resource.kind == "apps" else {}
    run_as = who if field in ("cluster_id", "pipeline_id", "notebook_id") else None
    row = _row(plan, sku(kind or resource.kind, resource.workspace), run_as, resource.usd, resource.noise, resource.weekend)
    return (
        row | {"workspace_id": resource.workspace.id, "tags_pairs": pairs(resource.tags), "hours": list(resource.hours)} | named
    )
