"""What the dashboards ask: each dataset of each Lakeview file, for a period of the small account."""

import json
import re
from collections.abc import Iterator
from datetime import date

from tests.parity.questions import Ask
from tools.dashboards import STEMS
from tools.dashboards.lakeview import EVERYWHERE
from tools.dashboards.write import file

PERIOD = {"period_min": date(2026, 2, 10), "period_max": date(2026, 3, 3)}


def datasets() -> Iterator[Ask]:
    for stem in STEMS:
        for dataset in json.loads(file(stem).read_text())["datasets"]:
            # A range is one parameter of two ends there, and two parameters everywhere else.
            sql = re.sub(r":period\.(min|max)", r":period_\1", "".join(dataset["queryLines"]))
            given = {**PERIOD, "workspace": EVERYWHERE}
            bound = {name: value for name, value in given.items() if re.search(rf":{name}\b", sql)}
            yield Ask(f"dashboard {stem}.{dataset['name']}", f"dashboard {stem}", sql, bound)
