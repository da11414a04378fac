"""`python -m tools.dashboards.write` makes the .lvdash.json files from the declared ones."""

import json
from pathlib import Path

from tools.dashboards import HERE, STEMS
from tools.dashboards.lakeview import lakeview, read


def text(stem: str) -> str:
    """What the file of a dashboard holds."""
    content = lakeview(read((HERE / f"{stem}.yaml").read_text()))
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def file(stem: str) -> Path:
    return HERE / f"{stem}.lvdash.json"


if __name__ == "__main__":
    for name in STEMS:
        file(name).write_text(text(name))
