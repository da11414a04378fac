"""What hangs on a job: the jobs that read its tables, the tables below them, and who answers for it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from tools.table import Table
from tools.tool import check
from tools.warehouse import Statement, Warehouse

# A job stands in its own column where the event names it, else in the entity's.
_EVENTS = """events AS (
  SELECT
    workspace_id, COALESCE(entity_metadata.job_info.job_id, entity_id) AS job_id,
    lower(source_table_full_name) AS source, COALESCE(lower(target_table_full_name), target_path) AS target
  FROM system.access.table_lineage
  WHERE event_date >= :first_date AND event_date <= :last_date AND entity_type = 'JOB'
)"""
_FEEDS = """
WITH {events}
SELECT DISTINCT
  r.workspace_id, r.job_id, w.workspace_id AS source_workspace_id, w.job_id AS source_job_id, w.target AS table_full_name
FROM events AS r
JOIN events AS w ON r.source = w.target
WHERE r.workspace_id <> w.workspace_id OR r.job_id <> w.job_id
ORDER BY r.workspace_id, r.job_id, source_workspace_id, source_job_id, table_full_name
"""


async def job_feeds(warehouse: Warehouse, first: date, last: date) -> Table:
    """For each job the jobs that wrote a table it read, in those UTC days.

    Columns: workspace_id, job_id, source_workspace_id, source_job_id, table_full_name.
    """
    check("job_feeds", {"start_date": first, "end_date": last})
    return await warehouse.query(Statement("job_feeds", _FEEDS.format(events=_EVENTS), _days(first, last), max_rows=50_000))


_HOPS = 5
_HOP = "hop{n} AS (SELECT DISTINCT h.job_key, e.target AS node FROM hop{p} AS h JOIN edges AS e ON e.source = h.node)"
_REACHED = "SELECT job_key, node, {n} AS depth FROM hop{n}"
_BELOW = """
WITH edges AS (SELECT * FROM table_edges(start_date => :first_date, end_date => :last_date)),
{events},
hop0 AS (
  SELECT DISTINCT concat(workspace_id, '/', job_id) AS job_key, target AS node
  FROM events
  WHERE target IS NOT NULL AND array_contains(split(:jobs, '\\n'), concat(workspace_id, '/', job_id))
),
{hops}
SELECT job_key, node AS table_full_name, MIN(depth) AS depth
FROM ({reached})
GROUP BY job_key, node
ORDER BY job_key, depth, table_full_name
"""


async def tables_below(warehouse: Warehouse, first: date, last: date, keys: Sequence[str]) -> Table:
    """Tables that jobs (`keys` are workspace id/job id) write (depth 0) and what is made from these, up to five steps.

    Columns: job_key, table_full_name, depth.
    """
    check("tables_below", {"start_date": first, "end_date": last})
    sql = _BELOW.format(
        events=_EVENTS,
        hops=",\n".join(_HOP.format(n=n, p=n - 1) for n in range(1, _HOPS + 1)),
        reached=" UNION ALL ".join(_REACHED.format(n=n) for n in range(_HOPS + 1)),
    )
    params = _days(first, last) | {"jobs": "\n".join(keys)}
    return await warehouse.query(Statement("tables_below", sql, params))


_OWNERS = """
SELECT workspace_id, usage_metadata.job_id AS job_id, max_by(identity_metadata.run_as, usage_end_time) AS owner
FROM system.billing.usage
WHERE usage_date >= :first_date AND usage_date <= :last_date
  AND usage_metadata.job_id IS NOT NULL AND identity_metadata.run_as IS NOT NULL
GROUP BY workspace_id, usage_metadata.job_id
ORDER BY workspace_id, job_id
"""


async def job_owners(warehouse: Warehouse, first: date, last: date) -> Table:
    """Whom jobs run as, by their last usage record in those UTC days. Columns: workspace_id, job_id, owner."""
    check("job_owners", {"start_date": first, "end_date": last})
    return await warehouse.query(Statement("job_owners", _OWNERS, _days(first, last), max_rows=100_000))


def _days(first: date, last: date) -> dict[str, Any]:
    return {"first_date": first, "last_date": last}
