"""The workspaces of the sample account."""

from dataclasses import dataclass

ACCOUNT_ID = "7c1e5b0a-3d42-4f7e-9b61-0a8f2d9c4e15"
METASTORE_ID = "b2a4c6d8-11ee-4f0b-8c3d-5e7f90a1b2c3"


@dataclass(frozen=True, slots=True)
class Workspace:
    name: str
    id: str
    cloud: str
    tier: str
    region: str  # as SKU names spell it
    host: str
    environment: str  # prod, staging or dev


def _aws(name: str, number: str, tier: str, region: str, environment: str) -> Workspace:
    return Workspace(name, number, "AWS", tier, region, f"dbc-{int(number) % 0xFFFFFFFF:08x}.cloud.databricks.com", environment)


def _azure(name: str, number: str, region: str, environment: str) -> Workspace:
    return Workspace(name, number, "AZURE", "PREMIUM", region, f"adb-{number}.7.azuredatabricks.net", environment)


WORKSPACES: tuple[Workspace, ...] = (
    _aws("prod-analytics", "1438205519462071", "ENTERPRISE", "US_EAST_N_VIRGINIA", "prod"),
    _aws("prod-platform", "2951840637714408", "ENTERPRISE", "US_EAST_N_VIRGINIA", "prod"),
    _aws("prod-ml", "3360127745908812", "ENTERPRISE", "US_EAST_N_VIRGINIA", "prod"),
    _aws("prod-payments", "4472019385561290", "ENTERPRISE", "US_EAST_N_VIRGINIA", "prod"),
    _aws("prod-eu", "5093381726640155", "ENTERPRISE", "EUROPE_IRELAND", "prod"),
    _aws("staging-us", "6128840357719924", "PREMIUM", "US_EAST_N_VIRGINIA", "staging"),
    _aws("staging-eu", "6719352084413377", "PREMIUM", "EUROPE_IRELAND", "staging"),
    _aws("dev-sandbox", "7240918365507716", "PREMIUM", "US_EAST_N_VIRGINIA", "dev"),
    _azure("finance-reporting", "8035562917740021", "US_EAST", "prod"),
    _azure("emea-insights", "8891274403365589", "EUROPE_WEST", "prod"),
)
WORKSPACE: dict[str, Workspace] = {workspace.name: workspace for workspace in WORKSPACES}
