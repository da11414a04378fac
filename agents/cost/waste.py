"""Where money is spent for nothing: each kind of waste as claims on what its resource cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agents.attempt import Attempt
from agents.cost.elements import ZERO
from agents.cost.pots import Claim, Key, Pot
from agents.figures import number, percent
from tools.savings import IDLE_CPU, LINEAGE_DAYS

LATE = 15  # minutes of auto-stop above which a warehouse waits too long
STOP = 10  # minutes that are advised
SIZES = {
    "SMALLER_NODE": "use the next smaller node type than {node_type}",
    "FEWER_WORKERS": "run {recommended_workers} workers",
}
TITLES = {
    "retries": "Failed attempts",
    "idle": "Idle clusters",
    "all_purpose": "Jobs on all-purpose compute",
    "oversized": "Oversized clusters",
    "auto_stop": "Warehouses that stop late or never",
    "serverless": "Warehouses cheaper as serverless",
    "unused": "Jobs whose tables nobody reads",
}
HOW = {
    "retries": "the job's cost times the share of its task time that failed attempts took",
    "idle": f"billed hours in which its nodes averaged under {IDLE_CPU:.0f}% CPU and no job ran; hours without samples are out",
    "all_purpose": "the cost of hours with a job's task, at the price difference between the all-purpose and the jobs SKU",
    "oversized": "what the right size by the 95th percentile of CPU and memory takes off the cost that is left after idle hours",
    "auto_stop": "the billed hours without any statement in flight",
    "serverless": "the hours with statements at the serverless price, against all hours at today's",
    "unused": f"the cost of jobs whose tables had no reader in the lineage of {LINEAGE_DAYS} days; ask before stopping them",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A warehouse as it is, with auto-stop, and as serverless: what the asked days cost or would have cost."""

    pot: Pot
    now: Decimal
    stopped: Decimal
    serverless: Decimal | None


def retries(attempts: Attempt) -> Iterator[Claim]:
    for row in attempts:
        if row["failed_seconds"] and row["seconds"]:
            share = Decimal(row["failed_seconds"]) / Decimal(row["seconds"])
            failed = f"{row['failed_attempts']} of {row['attempts']} attempts failed"
            why = f"{failed} ({row['failure'] or 'no code'}), {percent(share)} of its time"
            act = f"fix {row['failure'] or 'the failure'} and limit retries to 1 or 2"
            yield Claim("retries", (row["workspace_id"], "job", row["job_id"]), share, why, act)


def idle(hours: Attempt) -> Iterator[Claim]:
    for row in hours:
        if row["idle_usd"] and row["cost_usd"]:
            share = _share(row["idle_usd"], row["cost_usd"])
            why = f"{row['idle_hours']} of {row['sampled_hours']} sampled hours were idle ({row['hours']} billed)"
            yield Claim("idle", _cluster(row), share, why, "set auto-termination to 30 minutes and let nobody switch it off")


def on_all_purpose(hours: Attempt, prices: Mapping[str, Decimal]) -> Iterator[Claim]:
    """After the idle hours, in which no job runs by definition."""
    for row in hours:
        busy = Decimal(str(row["cost_usd"] or 0)) - Decimal(str(row["idle_usd"] or 0))
        dear = prices.get(row["sku_name"])
        cheap = prices.get(str(row["sku_name"]).replace("ALL_PURPOSE_COMPUTE", "JOBS_COMPUTE"))
        if row["job_usd"] and busy > 0 and dear and cheap and cheap < dear:
            share = Decimal(str(row["job_usd"])) / busy * (1 - cheap / dear)
            jobs = row["one_job"] if row["jobs"] == 1 else f"{row['jobs']} jobs ({row['one_job']} …)"
            why = f"{jobs} ran on it at ${number(dear)} per DBU; jobs compute costs ${number(cheap)}"
            yield Claim("all_purpose", _cluster(row), share, why, f"move {jobs} to a job cluster")


def oversized(sized: Attempt, pots: Mapping[Key, Pot]) -> Iterator[Claim]:
    places = {(pot.workspace, key[2]): key for key, pot in pots.items() if key[1] == "cluster"}
    for row in sized:
        key = places.get((row["workspace_name"], row["cluster_id"]))
        if key and row["estimated_savings_usd"] and row["recommended_action"] in SIZES:
            share = _share(row["estimated_savings_usd"], row["list_cost_usd"])
            why = f"95% of samples are under {row['p95_cpu_pct']:.0f}% CPU and {row['p95_memory_pct']:.0f}% memory"
            act = SIZES[row["recommended_action"]].format(**row)
            yield Claim("oversized", key, share, why, act, owner=row["owned_by"] or "")


def compare_warehouses(hours: Attempt, pots: Mapping[Key, Pot], prices: Mapping[str, Decimal]) -> list[Compared]:
    found = []
    for row in hours:
        pot = pots.get((row["workspace_id"], "warehouse", row["warehouse_id"]))
        if pot is None or not row["cost_usd"]:
            continue
        now, used = Decimal(str(row["cost_usd"])), Decimal(str(row["cost_usd"])) - Decimal(str(row["idle_usd"] or 0))
        price, other = prices.get(row["sku_name"]), _serverless_sql(row["sku_name"], prices)
        same = row["warehouse_type"] == "SERVERLESS" or "SERVERLESS" in row["sku_name"]
        found.append(Compared(pot, now, used, None if same or not price or not other else used * other / price))
    return found


def late_or_dear(hours: Attempt, compared: Sequence[Compared]) -> Iterator[Claim]:
    """One claim a warehouse: auto-stop or serverless, whichever saves more."""
    by_key = {one.pot.key: one for one in compared}
    for row in hours:
        one = by_key.get((row["workspace_id"], "warehouse", row["warehouse_id"]))
        if one is None:
            continue
        minutes = row["auto_stop_minutes"]
        late = minutes is not None and (minutes == 0 or minutes > LATE)
        stop = 1 - one.stopped / one.now if late else ZERO
        move = 1 - one.serverless / one.now if one.serverless is not None else ZERO
        if move > stop:
            why = (
                f"its busy hours cost {percent(one.serverless / one.now)} of today's bill as serverless" if one.serverless else ""
            )
            yield Claim("serverless", one.pot.key, move, why, "make it serverless")
        elif stop > 0:
            setting = "it never stops by itself" if minutes == 0 else f"it waits {minutes} minutes"
            why = f"{setting}: {row['idle_hours']} of {row['hours']} billed hours had no statement"
            yield Claim("auto_stop", one.pot.key, stop, why, f"set auto-stop to {STOP} minutes")


def unread(jobs: Attempt) -> Iterator[Claim]:
    for row in jobs:
        tables = row["one_table"] if row["tables"] == 1 else f"{row['one_table']} and {row['tables'] - 1} more"
        why = f"nobody read {tables} in {LINEAGE_DAYS} days"
        act = f"stop it, or run it less often, if nobody misses {tables}"
        yield Claim("unused", (row["workspace_id"], "job", row["job_id"]), Decimal(1), why, act, sure=False)


def _serverless_sql(sku: str, prices: Mapping[str, Decimal]) -> Decimal | None:
    """The serverless SQL price of the same tier, of the same region where the SKU names one, else the dearest."""
    tier, _, rest = sku.partition("_SQL_")
    region = rest.removeprefix("PRO_").removeprefix("COMPUTE").lstrip("_")
    same = prices.get(f"{tier}_SERVERLESS_SQL_COMPUTE_{region}") if region else None
    of_tier = [price for name, price in prices.items() if name.startswith(f"{tier}_SERVERLESS_SQL_COMPUTE")]
    return same or max(of_tier, default=None)


def serverless_jobs(sku: str, prices: Mapping[str, Decimal]) -> Decimal | None:
    """The serverless jobs price of the same tier: a classic SKU names no region, so the dearest of the account's."""
    tier = sku.partition("_JOBS_")[0]
    return max((price for name, price in prices.items() if name.startswith(f"{tier}_JOBS_SERVERLESS_COMPUTE")), default=None)


def _cluster(row: Mapping[str, Any]) -> Key:
    return (row["workspace_id"], "cluster", row["cluster_id"])


def _share(part: Any, whole: Any) -> Decimal:
    return Decimal(str(part)) / Decimal(str(whole)) if whole else ZERO
