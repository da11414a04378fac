"""What a day cost, computed from the raw rows by other means than the gold layer: exact decimals, no shared SQL."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

Rows = list[tuple[Decimal, str, str, str, datetime, str, str | None]]


class RawCosts:
    """Usage records and prices of an account's file, priced record by record in Python."""

    def __init__(self, path: Path) -> None:
        self._connection = duckdb.connect(str(path), read_only=True)
        self._contract = self._prices("account_prices", 'pricing."default"')
        self._list = self._prices("list_prices", 'coalesce(pricing.effective_list."default", pricing."default")')
        self.workspaces = dict(
            self._connection.execute("SELECT workspace_id, workspace_name FROM system_access.workspaces_latest").fetchall()
        )

    def of_day(self, day: date) -> dict[tuple[str, str | None], Decimal]:
        """USD by (workspace name, job id) for a UTC day."""
        start = datetime.combine(day, datetime.min.time())
        rows: Rows = self._connection.execute(
            "SELECT usage_quantity, sku_name, cloud, usage_unit, usage_end_time, workspace_id, usage_metadata.job_id"
            " FROM system_billing.usage WHERE usage_start_time >= ? AND usage_start_time < ?",
            [start, start + timedelta(days=1)],
        ).fetchall()
        spent: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
        for quantity, sku, cloud, unit, end, workspace, job in rows:
            spent[(self.workspaces.get(workspace, workspace), job)] += quantity * self._price((sku, cloud, unit), end)
        return spent

    def jobs_named(self, name: str) -> set[str]:
        found = self._connection.execute("SELECT DISTINCT job_id FROM system_lakeflow.jobs WHERE name = ?", [name])
        return {job for (job,) in found.fetchall()}

    def _prices(self, table: str, price: str) -> dict[tuple[str, str, str], list[tuple[datetime, datetime | None, Decimal]]]:
        found = defaultdict(list)
        for sku, cloud, unit, start, end, amount in self._connection.execute(
            f"SELECT sku_name, cloud, usage_unit, price_start_time, price_end_time, {price}"
            f" FROM system_billing.{table} WHERE currency_code = 'USD'"
        ).fetchall():
            found[(sku, cloud, unit)].append((start, end, amount))
        return found

    def _price(self, key: tuple[str, str, str], when: datetime) -> Decimal:
        for prices in (self._contract, self._list):
            for start, end, amount in prices.get(key, ()):
                if start <= when and (end is None or when < end):
                    return amount
        return Decimal(0)


def total(spent: dict[tuple[str, str | None], Decimal], workspace: str = "", jobs: Iterable[str] = ()) -> Decimal:
    """The sum, of one workspace and of some jobs where they are named, to the cent."""
    chosen = set(jobs)
    amounts = (
        amount
        for (where, job), amount in spent.items()
        if (not workspace or where == workspace) and (not chosen or job in chosen)
    )
    return sum(amounts, Decimal(0)).quantize(Decimal("0.01"))
