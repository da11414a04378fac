"""Cost from the raw rows: priced in exact decimals by SQL of its own, past the gold layer."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tools.period import Period

CENT = Decimal("0.01")
_PRICED = """
CREATE TEMP TABLE priced AS
SELECT u.*, w.workspace_name, CAST(u.usage_quantity AS DECIMAL(24, 12)) * COALESCE(
  (SELECT MAX(a.pricing."default") FROM file.system_billing.account_prices AS a
   WHERE a.sku_name = u.sku_name AND a.cloud = u.cloud AND a.usage_unit = u.usage_unit AND a.currency_code = 'USD'
   AND u.usage_end_time >= a.price_start_time
   AND (a.price_end_time IS NULL OR u.usage_end_time < a.price_end_time)),
  (SELECT MAX(coalesce(l.pricing.effective_list."default", l.pricing."default")) FROM file.system_billing.list_prices AS l
   WHERE l.sku_name = u.sku_name AND l.cloud = u.cloud AND l.usage_unit = u.usage_unit AND l.currency_code = 'USD'
   AND u.usage_end_time >= l.price_start_time AND (l.price_end_time IS NULL OR u.usage_end_time < l.price_end_time)), 0
)::DECIMAL(12, 6) AS usd
FROM file.system_billing.usage AS u
LEFT JOIN file.system_access.workspaces_latest AS w ON u.workspace_id = w.workspace_id
WHERE u.usage_date >= DATE '2026-09-01'
"""


class Priced:
    """Usage since September as the table `priced`, with `usd` and `workspace_name`; the account's file is `file`."""

    def __init__(self, path: Path) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone='UTC'")
        self._connection.execute(f"ATTACH '{path}' AS file (READ_ONLY)")
        self._connection.execute(_PRICED)

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, params or {}).fetchall()

    def cost(self, period: Period, where: str = "TRUE") -> Decimal:
        """USD of a period, of the rows that fit, to the cent."""
        bounds = {"start": _naive(period.start), "end": _naive(period.end)}
        sql = (
            f"SELECT coalesce(sum(usd), 0) FROM priced WHERE usage_start_time >= $start AND usage_start_time < $end AND ({where})"
        )
        return Decimal(self.rows(sql, bounds)[0][0]).quantize(CENT)

    def by(self, period: Period, value: str, where: str = "TRUE") -> dict[Any, Decimal]:
        """The same by the value of an expression."""
        bounds = {"start": _naive(period.start), "end": _naive(period.end)}
        sql = (
            f"SELECT {value}, sum(usd) FROM priced WHERE usage_start_time >= $start AND usage_start_time < $end"
            f" AND ({where}) GROUP BY 1"
        )
        return {name: Decimal(usd) for name, usd in self.rows(sql, bounds)}


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
