"""What Unity Catalog says of tables (owner, comment, tags, masks), and where personal data went from where it was found.

information_schema shows only what the reader may see, so a table that is missing from it may still exist.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from tools.flows import named
from tools.table import Table
from tools.warehouse import Statement, Warehouse

_DECLARED = """
SELECT
  t.table_name, t.table_type, t.table_owner, t.comment, t.created, t.last_altered, COALESCE(g.tags, 0) AS tags
FROM (
  SELECT
    lower(CONCAT(i.table_catalog, '.', i.table_schema, '.', i.table_name)) AS table_name, i.table_type, i.table_owner,
    NULLIF(trim(i.comment), '') AS comment, i.created, i.last_altered
  FROM system.information_schema.tables AS i
  WHERE lower(i.table_schema) <> 'information_schema' AND lower(i.table_catalog) NOT IN ('system', 'samples')
) AS t
LEFT JOIN (
  SELECT lower(CONCAT(a.catalog_name, '.', a.schema_name, '.', a.table_name)) AS table_name, COUNT(*) AS tags
  FROM system.information_schema.table_tags AS a
  GROUP BY lower(CONCAT(a.catalog_name, '.', a.schema_name, '.', a.table_name))
) AS g ON t.table_name = g.table_name
WHERE :every OR array_contains(split(:nodes, '\\n'), t.table_name)
ORDER BY t.table_name
"""
_LAST_SEEN = """
WITH writers AS (
  SELECT DISTINCT lower(l.created_by) AS email
  FROM system.access.table_lineage AS l
  WHERE l.event_date >= :first_date AND l.event_date <= :last_date
    AND l.created_by IS NOT NULL AND l.target_table_full_name IS NOT NULL
)
SELECT lower(e.user_identity.email) AS email, MAX(e.event_time) AS last_time
FROM system.access.audit AS e
WHERE e.event_date >= :first_date AND e.event_date <= :last_date
  AND (
    lower(e.user_identity.email) IN (SELECT w.email FROM writers AS w)
    OR array_contains(split(:emails, '\\n'), lower(e.user_identity.email))
  )
GROUP BY lower(e.user_identity.email)
"""
_CLASSIFIED = """
  SELECT DISTINCT
    lower(CONCAT(r.catalog_name, '.', r.schema_name, '.', r.table_name)) AS table_name, lower(r.column_name) AS column_name
  FROM system.data_classification.results AS r
  WHERE r.class_tag IS NOT NULL
"""
_SPREAD = f"""
WITH classified AS ({_CLASSIFIED}),
held AS (SELECT DISTINCT table_name FROM classified)
SELECT
  e.target AS table_name, array_join(sort_array(collect_set(e.source)), ', ') AS sources, MAX(e.last_seen) AS last_seen
FROM table_edges(:first_date, :last_date) AS e
JOIN held AS h ON e.source = h.table_name
LEFT JOIN held AS o ON e.target = o.table_name
WHERE o.table_name IS NULL
GROUP BY e.target
ORDER BY e.target
"""  # noqa: S608 - a part of our own, no value
_COPIED = f"""
WITH classified AS ({_CLASSIFIED})
SELECT DISTINCT
  lower(l.target_table_full_name) AS table_name, lower(l.target_column_name) AS column_name,
  CONCAT(c.table_name, '.', c.column_name) AS source
FROM system.access.column_lineage AS l
JOIN classified AS c
  ON lower(l.source_table_full_name) = c.table_name AND lower(l.source_column_name) = c.column_name
LEFT JOIN classified AS o
  ON lower(l.target_table_full_name) = o.table_name AND lower(l.target_column_name) = o.column_name
WHERE l.event_date >= :first_date AND l.event_date <= :last_date
  AND l.target_table_full_name IS NOT NULL AND l.target_column_name IS NOT NULL AND o.table_name IS NULL
ORDER BY table_name, column_name, source
"""  # noqa: S608


async def declared_tables(warehouse: Warehouse, tables: Iterable[str] | None = None) -> Table:
    """Tables and views in Unity Catalog (None = all that the reader may see).

    Columns: table_name (lower case), table_type, table_owner, comment, created, last_altered, tags (how many).
    """
    return await warehouse.query(Statement("declared_tables", _DECLARED, named(tables)))


async def column_masks(warehouse: Warehouse) -> Table:
    """Columns with a mask, with the columns that the release of Databricks gives them: see `masked`."""
    return await warehouse.query(Statement("column_masks", "SELECT * FROM system.information_schema.column_masks"))


def masked(masks: Iterable[dict[str, Any]]) -> frozenset[str]:
    """catalog.schema.table.column of each mask; releases differ in whether these are table_catalog or catalog_name."""
    found = set()
    for row in ({name.lower(): value for name, value in one.items()} for one in masks):
        catalog, schema = (row.get(f"table_{part}") or row.get(f"{part}_name") for part in ("catalog", "schema"))
        found.add(f"{catalog}.{schema}.{row['table_name']}.{row['column_name']}".lower())
    return frozenset(found)


async def last_seen(warehouse: Warehouse, emails: Iterable[str], first: date, last: date) -> Table:
    """The newest audit event of these identities, and of all who wrote a table, in these UTC days.

    Columns: email, last_time; no row for whom there is no event.
    """
    params = {"emails": "\n".join(sorted({email.lower() for email in emails})), "first_date": first, "last_date": last}
    return await warehouse.query(Statement("last_seen", _LAST_SEEN, params))


async def unclassified_copies(warehouse: Warehouse, first: date, last: date) -> Table:
    """Tables made straight from classified ones, in which nothing was found itself. Columns: table_name, sources, last_seen."""
    return await warehouse.query(Statement("unclassified_copies", _SPREAD, {"first_date": first, "last_date": last}))


async def copied_columns(warehouse: Warehouse, first: date, last: date) -> Table:
    """Columns filled straight from classified ones, without a finding themselves. Columns: table_name, column_name, source."""
    return await warehouse.query(Statement("copied_columns", _COPIED, {"first_date": first, "last_date": last}))
