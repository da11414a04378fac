"""Price rows: windows, a closed past, a change, promotions, a second currency, contract prices."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tools.sample.moments import at
from tools.sample.plan import Plan
from tools.sample.prices import METERS, PROMOTED, Sku, sku
from tools.sample.workspaces import ACCOUNT_ID, WORKSPACES

LISTED = datetime(2020, 1, 1, tzinfo=UTC)
EURO = Decimal("0.92")


def list_prices(plan: Plan) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for price in _skus():
        for start, end, amount in _windows(plan, price):
            rows.append(_list_row(price, start, end, amount, "USD"))
            # Also priced in euro: a join without the currency counts the cost twice.
            if price.meter.product in ("JOBS", "SQL"):
                rows.append(_list_row(price, start, end, amount * EURO, "EUR"))
    return rows


def account_prices(plan: Plan) -> list[dict[str, object]]:
    """The contract of this account; a first, dearer term is over."""
    revised = _revised(plan)
    rows: list[dict[str, object]] = []
    for price in _skus():
        if price.contract_price is not None:
            rows.append(_contract_row(price, LISTED, revised, price.list_price * Decimal("0.97")))
            rows.append(_contract_row(price, revised, None, price.contract_price))
    return rows


def _skus() -> list[Sku]:
    found = {
        (price.name, price.cloud): price for kind in METERS for place in WORKSPACES if (price := sku(kind, place)).meter.priced
    }
    return [found[key] for key in sorted(found)]


def _windows(plan: Plan, price: Sku) -> Iterator[tuple[datetime, datetime | None, Decimal]]:
    change = plan.repricing
    revised = _revised(plan)
    yield LISTED, revised, price.list_price * Decimal("1.08")
    if (price.name, price.cloud) == (change.sku_name, change.cloud):
        yield revised, at(change.start), price.list_price
        yield at(change.start), None, change.new
    else:
        yield revised, None, price.list_price


def _revised(plan: Plan) -> datetime:
    """The last general change of prices, long before the first day of the sample."""
    return at(plan.when.first - timedelta(days=200))


def _list_row(price: Sku, start: datetime, end: datetime | None, amount: Decimal, currency: str) -> dict[str, object]:
    promotion = PROMOTED.get(price.name)
    default = amount / promotion if promotion else amount
    return {
        "account_id": ACCOUNT_ID,
        "price_start_time": start,
        "price_end_time": end,
        "sku_name": price.name,
        "cloud": price.cloud,
        "currency_code": currency,
        "usage_unit": price.meter.unit,
        "pricing": {
            "default": _long(default),
            "promotional": {"default": _long(amount) if promotion else None},
            "effective_list": {"default": _long(amount)},
        },
    }


def _contract_row(price: Sku, start: datetime, end: datetime | None, amount: Decimal) -> dict[str, object]:
    return {
        "account_id": ACCOUNT_ID,
        "price_start_time": start,
        "price_end_time": end,
        "sku_name": price.name,
        "cloud": price.cloud,
        "currency_code": "USD",
        "usage_unit": price.meter.unit,
        "pricing": {"default": _long(amount)},
    }


def _long(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.000001"))
