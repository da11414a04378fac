"""SKUs: how they are named and what they cost."""

from dataclasses import dataclass
from decimal import Decimal

from tools.sample.workspaces import Workspace


@dataclass(frozen=True, slots=True)
class Meter:
    """What is metered: SKU stem, list price per unit and how the usage row describes it."""

    stem: str
    price: str
    product: str
    regional: bool = False
    serverless: bool = False
    photon: bool = False
    unit: str = "DBU"
    usage_type: str = "COMPUTE_TIME"
    priced: bool = True


METERS: dict[str, Meter] = {
    "jobs": Meter("JOBS_COMPUTE", "0.15", "JOBS"),
    "jobs_photon": Meter("JOBS_COMPUTE_(PHOTON)", "0.15", "JOBS", photon=True),
    "jobs_serverless": Meter("JOBS_SERVERLESS_COMPUTE", "0.35", "JOBS", regional=True, serverless=True, photon=True),
    "all_purpose": Meter("ALL_PURPOSE_COMPUTE", "0.55", "ALL_PURPOSE"),
    "all_purpose_photon": Meter("ALL_PURPOSE_COMPUTE_(PHOTON)", "0.55", "ALL_PURPOSE", photon=True),
    "interactive": Meter("ALL_PURPOSE_SERVERLESS_COMPUTE", "0.75", "INTERACTIVE", regional=True, serverless=True),
    "sql_classic": Meter("SQL_COMPUTE", "0.22", "SQL", photon=True),
    "sql_pro": Meter("SQL_PRO_COMPUTE", "0.55", "SQL", regional=True, photon=True),
    "sql_serverless": Meter("SERVERLESS_SQL_COMPUTE", "0.70", "SQL", regional=True, serverless=True, photon=True),
    "dlt_core": Meter("DLT_CORE_COMPUTE", "0.20", "DLT"),
    "dlt_pro": Meter("DLT_PRO_COMPUTE_(PHOTON)", "0.25", "DLT", photon=True),
    "dlt_advanced": Meter("DLT_ADVANCED_COMPUTE_(PHOTON)", "0.36", "DLT", photon=True),
    "serving": Meter("SERVERLESS_REAL_TIME_INFERENCE", "0.07", "MODEL_SERVING", regional=True, serverless=True),
    "llm": Meter("ANTHROPIC_MODEL_SERVING", "0.07", "MODEL_SERVING", serverless=True),
    "vector_search": Meter("SERVERLESS_VECTOR_SEARCH", "0.07", "VECTOR_SEARCH", regional=True, serverless=True),
    "optimization": Meter("JOBS_SERVERLESS_COMPUTE", "0.35", "PREDICTIVE_OPTIMIZATION", regional=True, serverless=True),
    "monitoring": Meter("JOBS_SERVERLESS_COMPUTE", "0.35", "LAKEHOUSE_MONITORING", regional=True, serverless=True),
    "lakebase": Meter("DATABASE_SERVERLESS_COMPUTE", "0.40", "DATABASE", regional=True, serverless=True),
    "apps": Meter("ALL_PURPOSE_SERVERLESS_COMPUTE", "0.75", "APPS", regional=True, serverless=True),
    "storage": Meter("DATABRICKS_STORAGE", "0.023", "DEFAULT_STORAGE", regional=True, unit="DSU", usage_type="STORAGE_SPACE"),
    "egress": Meter("INTERNET_EGRESS", "0.09", "NETWORKING", regional=True, unit="GB", usage_type="NETWORK_BYTE"),
    "connectivity": Meter("PRIVATE_CONNECTIVITY", "0.01", "NETWORKING", regional=True, unit="HOUR", usage_type="NETWORK_HOUR"),
    "tokens": Meter("AI_GATEWAY_TOKENS", "0.000002", "AI_GATEWAY", serverless=True, unit="TOKEN", usage_type="TOKEN"),
    "clean_room": Meter("CLEAN_ROOMS_COLLABORATOR", "0.50", "CLEAN_ROOM", serverless=True, priced=False),
}
UPLIFT = {"EUROPE_IRELAND": Decimal("1.12"), "EUROPE_WEST": Decimal("1.12")}


@dataclass(frozen=True, slots=True)
class Sku:
    """A billed SKU. `list_price` is today's effective list price unless a story changed it since."""

    name: str
    cloud: str
    meter: Meter
    list_price: Decimal
    contract_price: Decimal | None

    @property
    def price(self) -> Decimal:
        """What a unit costs this account: the contract price where there is one."""
        return self.contract_price or self.list_price


# Share of the list price that the account pays under its contract.
CONTRACT = {
    "ENTERPRISE_ALL_PURPOSE_COMPUTE": Decimal("0.85"),
    "ENTERPRISE_JOBS_COMPUTE": Decimal("0.90"),
    "ENTERPRISE_DLT_PRO_COMPUTE_(PHOTON)": Decimal("0.92"),
}
# SKUs on promotion: default is higher than what counts, effective_list.
PROMOTED = {
    "PREMIUM_DATABASE_SERVERLESS_COMPUTE_US_EAST_N_VIRGINIA": Decimal("0.5"),
    "ENTERPRISE_DATABASE_SERVERLESS_COMPUTE_US_EAST_N_VIRGINIA": Decimal("0.5"),
}


def sku(kind: str, workspace: Workspace) -> Sku:
    """The SKU under which a workspace is billed for one kind of work."""
    meter = METERS[kind]
    name = f"{workspace.tier}_{meter.stem}" + (f"_{workspace.region}" if meter.regional else "")
    price = Decimal(meter.price)
    if workspace.tier == "ENTERPRISE" and meter.unit == "DBU":
        price = (price * Decimal("1.25")).quantize(Decimal("0.0001"))
    if meter.regional and meter.unit == "DBU":
        price = (price * UPLIFT.get(workspace.region, Decimal(1))).quantize(Decimal("0.0001"))
    price *= PROMOTED.get(name, Decimal(1))
    contract = (price * CONTRACT[name]).quantize(Decimal("0.0001")) if name in CONTRACT else None
    return Sku(name, workspace.cloud, meter, price, contract)
