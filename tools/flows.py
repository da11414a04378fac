"""What moves data between given tables: the edges among them, what writes them and what reads them. From lineage, by UTC days."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from tools.table import Table
from tools.warehouse import Statement, Warehouse

MOST_NODES = 500  # names bound in one statement; the callers pass the nearest first
_EDGES = """
SELECT
  e.source, e.target, e.source_type, e.target_type, e.events, e.last_seen, e.last_user,
  COALESCE(j.name, p.name, e.last_entity) AS entity_name
FROM table_edges(:first_date, :last_date) AS e
LEFT JOIN dim_job AS j ON e.last_workspace_id = j.workspace_id AND e.last_entity = CONCAT('JOB ', j.job_id)
LEFT JOIN dim_pipeline AS p ON e.last_workspace_id = p.workspace_id AND e.last_entity = CONCAT('PIPELINE ', p.pipeline_id)
WHERE array_contains(split(:nodes, '\\n'), e.source) AND array_contains(split(:nodes, '\\n'), e.target)
ORDER BY e.source, e.target
"""
_USERS = """
WITH events AS (
  SELECT
    COALESCE(lower(l.{side}_table_full_name), l.{side}_path) AS node, COALESCE(l.entity_type, 'QUERY') AS entity_type,
    COALESCE(
      l.entity_metadata.job_info.job_id, l.entity_metadata.dlt_pipeline_info.dlt_pipeline_id, l.entity_id, l.created_by
    ) AS entity_id,
    l.workspace_id, l.created_by, l.event_time
  FROM system.access.table_lineage AS l
  WHERE l.event_date >= :first_date AND l.event_date <= :last_date
),
used AS (
  SELECT
    node, entity_type, entity_id, workspace_id, COUNT(DISTINCT event_time) AS events, MAX(event_time) AS last_time,
    max_by(created_by, event_time) FILTER (WHERE created_by IS NOT NULL) AS last_user
  FROM events
  WHERE node IS NOT NULL AND (:every OR array_contains(split(:nodes, '\\n'), node))
  GROUP BY node, entity_type, entity_id, workspace_id
)
SELECT
  u.node, u.entity_type, u.entity_id, COALESCE(j.name, p.name, u.entity_id) AS entity_name, u.workspace_id,
  COALESCE(w.workspace_name, u.workspace_id) AS workspace_name, w.workspace_url, u.last_user, u.events, u.last_time
FROM used AS u
LEFT JOIN dim_job AS j ON u.entity_type = 'JOB' AND u.workspace_id = j.workspace_id AND u.entity_id = j.job_id
LEFT JOIN dim_pipeline AS p
  ON u.entity_type = 'PIPELINE' AND u.workspace_id = p.workspace_id AND u.entity_id = p.pipeline_id
LEFT JOIN dim_workspace AS w ON u.workspace_id = w.workspace_id
ORDER BY u.events DESC, u.node, u.entity_type, u.entity_id
"""
_HUBS = """
SELECT
  n.node, SUM(n.feeds) AS feeds, SUM(n.made_from) AS made_from, MAX(n.last_seen) AS last_seen
FROM (
  SELECT e.source AS node, 1 AS feeds, 0 AS made_from, e.last_seen FROM table_edges(:first_date, :last_date) AS e
  UNION ALL
  SELECT e.target AS node, 0 AS feeds, 1 AS made_from, e.last_seen FROM table_edges(:first_date, :last_date) AS e
) AS n
GROUP BY n.node
ORDER BY feeds DESC, made_from DESC, n.node
"""
_WITH_COLUMN = """
SELECT n.table_name, COUNT(*) AS events
FROM (
  SELECT lower(l.target_table_full_name) AS table_name
  FROM system.access.column_lineage AS l
  WHERE l.event_date >= :first_date AND l.event_date <= :last_date AND lower(l.target_column_name) = :column
  UNION ALL
  SELECT lower(l.source_table_full_name) AS table_name
  FROM system.access.column_lineage AS l
  WHERE l.event_date >= :first_date AND l.event_date <= :last_date AND lower(l.source_column_name) = :column
) AS n
WHERE n.table_name IS NOT NULL
GROUP BY n.table_name
ORDER BY events DESC, n.table_name
"""


async def edges_between(warehouse: Warehouse, nodes: Iterable[str], first: date, last: date) -> Table:
    """Every step of data from one of the nodes to another.

    Columns: source, target, source_type, target_type, events, last_seen, last_user, entity_name (job, pipeline or kind and id).
    """
    return await _asked(warehouse, "edges_between", _EDGES, nodes, first, last)


async def writers(warehouse: Warehouse, nodes: Iterable[str] | None, first: date, last: date) -> Table:
    """What wrote the nodes (None = all), most often first.

    Columns: node, entity_type, entity_id, entity_name, workspace_id, workspace_name, workspace_url, last_user, events, last_time.
    """
    return await _asked(warehouse, "writers", _USERS.format(side="target"), nodes, first, last)


async def readers(warehouse: Warehouse, nodes: Iterable[str] | None, first: date, last: date) -> Table:
    """What read the nodes (None = all), jobs that write others from them too; most often first. Columns as of `writers`."""
    return await _asked(warehouse, "readers", _USERS.format(side="source"), nodes, first, last)


async def hubs(warehouse: Warehouse, first: date, last: date) -> Table:
    """All tables and paths by the number of tables made directly from each. Columns: node, feeds, made_from, last_seen."""
    return await warehouse.query(Statement("hubs", _HUBS, {"first_date": first, "last_date": last}))


async def tables_with_column(warehouse: Warehouse, column: str, first: date, last: date) -> Table:
    """Tables with a column of that name in lineage, most events first. Columns: table_name, events."""
    params = {"column": column.lower(), "first_date": first, "last_date": last}
    return await warehouse.query(Statement("tables_with_column", _WITH_COLUMN, params))


async def _asked(warehouse: Warehouse, tool: str, sql: str, nodes: Iterable[str] | None, first: date, last: date) -> Table:
    params = {**named(nodes), "first_date": first, "last_date": last}
    return await warehouse.query(Statement(tool, sql, params))


def named(nodes: Iterable[str] | None) -> dict[str, Any]:
    """Names as they are bound: one a line, and whether all are meant."""
    return {"nodes": "\n".join(list(dict.fromkeys(nodes or ()))[:MOST_NODES]), "every": nodes is None}
