"""Usage, prices and workspaces: corrections, price changes, other units and currencies, tags in any case."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
FIRST = datetime(2026, 1, 21, tzinfo=UTC)
DAYS = 42
WORKSPACES = ("1", "2", "3")
PEOPLE = ("ana@example.com", "bo@example.com", "cy@example.com", "7a1c9d0e-0000-4000-8000-000000000001", None)
SKUS = {
    "PREMIUM_JOBS_COMPUTE": ("JOBS", "DBU", "0.15"),
    "PREMIUM_SQL_SERVERLESS": ("SQL", "DBU", "0.70"),
    "PREMIUM_ALL_PURPOSE": ("ALL_PURPOSE", "DBU", "0.55"),
    "PREMIUM_DLT": ("DLT", "DBU", "0.30"),
    "PREMIUM_SERVERLESS_INFERENCE": ("MODEL_SERVING", "DBU", "0.07"),
    "PREMIUM_STORAGE": ("DEFAULT_STORAGE", "GB", "0.023"),
    "PREMIUM_UNPRICED": ("NETWORKING", "GB", None),
}
TAGS: tuple[dict[str, str] | None, ...] = (
    {"team": "data", "env": "prod"},
    {"Team": "ml", "cost_center": "cc-7"},
    {"TEAM": "data"},
    {"project": "<!channel> | `x`"},
    {},
    None,
)


def tables(random_: random.Random) -> dict[str, list[Row]]:
    return {
        "system.access.workspaces_latest": _workspaces(),
        "system.billing.usage": [row for n in range(260) for row in _usage(n, random_)],
        "system.billing.list_prices": _list_prices(),
        "system.billing.account_prices": _account_prices(),
    }


def _workspaces() -> list[Row]:
    names = ("prod", "dev", None)
    return [
        {
            "account_id": "a",
            "workspace_id": id_,
            "workspace_name": name,
            "workspace_url": f"https://{id_}.example.com",
            "create_time": FIRST - timedelta(days=400),
            "status": "RUNNING",
        }
        for id_, name in zip(WORKSPACES, names, strict=True)
    ]


def _usage(number: int, random_: random.Random) -> list[Row]:
    """One record, or for every ninth the three of a correction."""
    sku, (product, unit, _) = random_.choice(list(SKUS.items()))
    start = FIRST + timedelta(hours=random_.randrange(DAYS * 24))
    end = start + timedelta(minutes=random_.choice((60, 60, 37)))
    row = {
        "account_id": "a",
        "workspace_id": random_.choice(WORKSPACES),
        "record_id": f"r{number}",
        "sku_name": sku,
        "cloud": "AWS",
        "usage_start_time": start,
        "usage_end_time": end,
        "usage_date": start.date(),
        "custom_tags": random_.choice(TAGS),
        "usage_unit": unit,
        "usage_quantity": Decimal(random_.randrange(1, 90_000)) / 1000,
        "usage_metadata": _metadata(product, random_),
        "identity_metadata": {"run_as": random_.choice(PEOPLE), "owned_by": random_.choice(PEOPLE)},
        "record_type": "ORIGINAL",
        "ingestion_date": end.date(),
        "billing_origin_product": product,
        "product_features": {"is_serverless": product == "SQL", "is_photon": random_.choice((True, False, None))},
        "usage_type": "COMPUTE_TIME" if unit == "DBU" else "STORAGE_SPACE",
    }
    if number % 9:
        return [row]
    later = {"ingestion_date": (end + timedelta(days=3)).date()}
    taken_back = row | later | {"record_id": f"r{number}-", "record_type": "RETRACTION"}
    taken_back["usage_quantity"] = -row["usage_quantity"]
    stated_anew = row | later | {"record_id": f"r{number}+", "record_type": "RESTATEMENT"}
    stated_anew["usage_quantity"] = row["usage_quantity"] * 2
    return [row, taken_back, stated_anew]


def _metadata(product: str, random_: random.Random) -> Row:
    number = random_.randrange(5)
    return {
        "JOBS": {
            "job_id": f"j{number}",
            "job_run_id": f"run{random_.randrange(140)}",
            "cluster_id": f"c{number}",
            "job_name": f"job {number}",
            "node_type": "m5.xlarge",
        },
        "SQL": {"warehouse_id": f"wh{number % 3}"},
        "ALL_PURPOSE": {"cluster_id": f"c{number}", "notebook_id": f"n{number}"},
        "DLT": {"dlt_pipeline_id": f"p{number % 3}", "dlt_update_id": f"u{random_.randrange(30)}"},
        "MODEL_SERVING": {"endpoint_name": f"endpoint-{number % 3}", "endpoint_id": f"e{number % 3}"},
    }.get(product, {})


def _list_prices() -> list[Row]:
    """Each price falls by a tenth half-way; the same SKU has a price in another currency too."""
    change = FIRST + timedelta(days=21)
    rows = []
    for sku, (_, unit, price) in SKUS.items():
        if price is None:
            continue
        for start, end, share in ((FIRST - timedelta(days=90), change, "1"), (change, None, "0.9")):
            for currency in ("USD", "EUR"):
                value = Decimal(price) * Decimal(share)
                pricing: Row = {"default": value}
                if unit == "DBU":
                    pricing["effective_list"] = {"default": value}
                rows.append(_price(sku, unit, currency, start, end, pricing))
    return rows


def _account_prices() -> list[Row]:
    start = FIRST + timedelta(days=10)
    return [_price("PREMIUM_JOBS_COMPUTE", "DBU", "USD", start, None, {"default": Decimal("0.12")})]


def _price(sku: str, unit: str, currency: str, start: datetime, end: datetime | None, pricing: Row) -> Row:
    return {
        "account_id": "a",
        "price_start_time": start,
        "price_end_time": end,
        "sku_name": sku,
        "cloud": "AWS",
        "currency_code": currency,
        "usage_unit": unit,
        "pricing": pricing,
    }
