"""The models tried on the last thirty days of the sample account, each trained on what came before."""

from datetime import UTC, datetime

from tools.ml.studies import STUDIES
from tools.ml.studies.study import Result
from tools.ml.train import PAST, TRIAL
from tools.sample.cache import sample_path
from tools.warehouse.opening import open_warehouse

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


async def tried() -> list[Result]:
    today, found = NOW.date(), []
    warehouse = open_warehouse(f"duckdb:///{sample_path(NOW)}", now=NOW)
    try:
        for study in STUDIES:
            data = await study.read(warehouse, today - PAST, today)
            found.append(study.trial(study.fit(data, today - TRIAL), data, today - TRIAL))
    finally:
        await warehouse.close()
    return found
