"""The Lakeview dashboards: declared in *.yaml, as Databricks reads them in *.lvdash.json (`python -m tools.dashboards.write`)."""

from pathlib import Path

HERE = Path(__file__).parent
STEMS = ("overview", "cost", "security", "jobs", "queries", "quality", "mlops")
