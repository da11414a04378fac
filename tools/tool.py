"""How the typed Python functions call the gold layer's table functions: checked, named, bound."""

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from tools.errors import BadRequestError
from tools.gold import function_names
from tools.limits import within
from tools.table import Table
from tools.warehouse import Statement, Warehouse

LONGEST = timedelta(days=3 * 366)
FIRST_DAY = date(2015, 1, 1)
# What counts and spans may be, wherever a function takes them; beyond three years nothing is kept.
RANGES: Mapping[str, tuple[int, int]] = {
    "top_n": (1, 10_000),
    "days_back": (1, 3 * 366),
    "weeks_back": (1, 157),
    "hours_back": (1, 3 * 366 * 24),
    "min_runs": (1, 100_000),
    "forecast_months": (1, 24),
    "sla_minutes": (1, 366 * 24 * 60),
}
_LARGEST_INT = 2**31 - 1


async def call(warehouse: Warehouse, function: str, *, order_by: str = "", max_rows: int = 10_000, **arguments: Any) -> Table:
    """Rows of one table function, arguments by name and bound, None left to its default.

    `order_by` is SQL of ours, never of a user.

    Raises BadRequestError for dates or counts that make no sense, and whatever the warehouse raises.
    """
    if function not in function_names():
        raise ValueError(f"no table function {function}")
    arguments = {name: value for name, value in arguments.items() if value is not None}
    check(function, arguments)
    markers = ", ".join(f"{name} => :{name}" for name in arguments)
    order = f" ORDER BY {order_by}" if order_by else ""
    return await warehouse.query(Statement(function, f"SELECT * FROM {function}({markers}){order}", arguments, max_rows))


def check(tool: str, arguments: dict[str, Any]) -> None:
    """Refuse reversed or absurd dates, and numbers out of range, naming what was asked and what the limits are."""
    start, end = arguments.get("start_date"), arguments.get("end_date")
    if start is not None and end is not None:
        asked = f"{start} to {end}"
        if end < start:
            raise BadRequestError(f"{tool} was asked for {asked}, which ends before it starts.", do="Swap the two dates.")
        if start < FIRST_DAY or end - start > LONGEST:
            raise BadRequestError(f"{tool} was asked for {asked}.", do="Ask for at most three years, after 2015.")
    for name, value in arguments.items():
        if name in RANGES:
            within(tool, name, value, *RANGES[name])
        elif isinstance(value, float) and not math.isfinite(value):
            raise BadRequestError(f"{tool} was asked with {name} = {value}.", do=f"{name} must be a number.")
        elif isinstance(value, int):
            within(tool, name, value, -_LARGEST_INT, _LARGEST_INT)
