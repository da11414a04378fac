"""Addresses in a workspace: a job, a dashboard with its period filled in. No address is better than a dead one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from tools.period import Period

_HOST = re.compile(r"^(?:https?://)?([A-Za-z0-9.-]+\.[A-Za-z]{2,})/?$")

# The names of the filter page and of its widgets in tools/dashboards/*.lvdash.json
FILTERS, PERIOD_WIDGET, WORKSPACE_WIDGET = "filters", "period", "workspace"


@dataclass(frozen=True, slots=True)
class Dashboards:
    """The workspace that hosts the Lakeview dashboards, the id of each by title, and the one workspace that they show."""

    host: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    workspace: str = ""

    def showing(self, workspaces: Sequence[str]) -> "Dashboards":
        """Those that show the workspace that is asked about, if it is one."""
        return replace(self, workspace=workspaces[0]) if len(workspaces) == 1 else self

    def url(self, title: str, period: Period) -> str | None:
        """A published dashboard with its period and workspace filled in; None where the dashboard is not known."""
        base, dashboard = https(self.host), self.ids.get(title)
        if base is None or not dashboard:
            return None
        chosen = {PERIOD_WIDGET: f"{period.first_day:%Y-%m-%d}~{period.last_day:%Y-%m-%d}"}
        if self.workspace:
            chosen[WORKSPACE_WIDGET] = self.workspace
        filters = "&".join(f"f_{quote(f'{FILTERS}~{widget}', safe='')}={quote(v, safe='')}" for widget, v in chosen.items())
        return f"{base}/dashboardsv3/{quote(dashboard, safe='')}/published?{filters}"


def https(host: str) -> str | None:
    """`https://host` for a bare host name or an address; None for anything else, since the value comes from data."""
    match = _HOST.match(host.strip())
    return f"https://{match[1]}" if match else None


def resource_url(host: str, workspace_id: str, kind: str, key: str) -> str | None:
    """Where a person looks at a job, a warehouse, a cluster, a pipeline, an endpoint, an experiment or a model."""
    base = https(host)
    path = {
        "job": "jobs/{}",
        "warehouse": "sql/warehouses/{}",
        "cluster": "compute/clusters/{}",
        "pipeline": "pipelines/{}",
        "endpoint": "ml/endpoints/{}",
        "experiment": "ml/experiments/{}",
        "model": "explore/data/models/{}",
    }.get(kind)
    if base is None or path is None or not key:
        return None
    parts = key.split(".") if kind == "model" else [key]
    return f"{base}/{path.format('/'.join(quote(part, safe='') for part in parts))}?o={quote(workspace_id, safe='')}"


def table_url(host: str, table: str) -> str | None:
    """Where a person looks at a table: Catalog Explorer; None for what is no catalog.schema.table."""
    base, parts = https(host), table.split(".")
    if base is None or len(parts) != 3 or not all(parts):
        return None
    return f"{base}/explore/data/{'/'.join(quote(part, safe='') for part in parts)}"
