"""Empty views that stand in for optional system tables, so that gold installs where one is not enabled."""

import re

from sqlglot import exp

from tools.warehouse.catalog import system_tables

PREFIX = "absent_"


def name(table: str) -> str:
    """`system.billing.account_prices` → `absent_billing_account_prices`."""
    return PREFIX + table.removeprefix("system.").replace(".", "_")


def stood_for(view: str) -> str | None:
    """The system table that a view of this name stands in for."""
    return next((table for table in system_tables() if name(table) == view), None)


def definition(table: str) -> str:
    """The view: the table's columns and types, and no rows."""
    columns = [
        exp.alias_(exp.cast(exp.null(), kind, dialect="databricks"), column, quoted=True)
        for column, kind in system_tables()[table].items()
    ]
    rows = exp.select(*columns).where(exp.false()).sql("databricks")
    return f"CREATE OR REPLACE VIEW {name(table)} AS {rows}"


def replaced(sql: str, tables: frozenset[str]) -> str:
    """The statement with the stand-ins in the tables' places."""
    for table in tables:
        sql = re.sub(rf"\b{re.escape(table)}\b", name(table), sql)
    return sql
