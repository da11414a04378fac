"""What holds a slower job up: cluster, data, queries, queueing or startup, or none that the tables show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from agents.counts import shift, span
from agents.figures import moment
from agents.performance.pace import Pace

SHARE = 0.3  # of the extra minutes: what explains less is not the bottleneck
GROWTH = 1.3
BUSY_CPU, BUSY_MEMORY = 85.0, 80.0
DEFINITION = (
    "worker_node_type",
    "driver_node_type",
    "worker_count",
    "min_autoscale_workers",
    "max_autoscale_workers",
    "dbr_version",
)
NAMES = {
    "worker_node_type": "worker type",
    "driver_node_type": "driver type",
    "worker_count": "workers",
    "min_autoscale_workers": "fewest workers",
    "max_autoscale_workers": "most workers",
    "dbr_version": "runtime",
}


@dataclass(frozen=True, slots=True)
class Signs:
    """What the tables say about one job in both periods; empty where they say nothing."""

    tasks: tuple[Mapping[str, Any], ...] = ()
    clusters: tuple[Mapping[str, Any], ...] = ()
    nodes: tuple[Mapping[str, Any], ...] = ()
    statements: tuple[Mapping[str, Any], ...] = ()
    load: tuple[Mapping[str, Any], ...] = ()
    bill: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`bottleneck` is one word, or '' where none is shown; `seen` and `ruled_out` are sentences with figures."""

    bottleneck: str
    seen: tuple[str, ...]
    ruled_out: tuple[str, ...]
    advice: tuple[str, ...]


def diagnose(pace: Pace, signs: Signs, asked_start: datetime, tz: str) -> Diagnosis:
    """The first of the known bottlenecks for which there is evidence, and what speaks against the others."""
    changed, changes = _changes(signs.clusters, asked_start, tz)
    busy, load = _nodes(signs.nodes)
    queue, steps = _statements(signs.statements)
    startup = _delta(next((task for task in signs.tasks if task["task_key"] == ""), None))
    extra = max(pace.mean - pace.usual_mean, 0.01)
    seen, ruled_out = [*changes, *([load] if load else []), *([steps] if steps else [])], []
    if changed or busy:
        bottleneck = "cluster"
    elif queue >= SHARE * extra:
        bottleneck = "queueing"
    elif startup >= SHARE * extra:
        bottleneck = "startup"
        seen.append(f"The wait before the first task grew by {span(startup)}.")
    elif _grew(signs.statements, "read_gb"):
        bottleneck = "data"
    elif _grew(signs.statements, "mean_seconds"):
        bottleneck = "queries"
    else:
        bottleneck = ""
    if not changed and signs.clusters:
        ruled_out.append("cluster and runtime are as they were")
    if bottleneck != "startup" and signs.tasks:
        ruled_out.append("the wait before the first task did not grow")
    if not signs.statements:
        ruled_out.append("SQL steps and data volume are not recorded for it")
    seen.append(_crowd(signs.load))
    return Diagnosis(bottleneck, tuple(filter(None, seen)), tuple(ruled_out), _advice(pace, bottleneck, signs, changes))


def _changes(clusters: Iterable[Mapping[str, Any]], asked_start: datetime, tz: str) -> tuple[bool, list[str]]:
    """Definitions that took effect since shortly before the asked period, against the one they replaced."""
    told = []
    by_cluster: dict[str, list[Mapping[str, Any]]] = {}
    for row in clusters:
        by_cluster.setdefault(row["cluster_id"], []).append(row)
    for versions in by_cluster.values():
        for old, new in pairwise(versions):
            differs = [name for name in DEFINITION if old[name] != new[name]]
            if differs and (asked_start - new["change_time"]).days < 1:
                parts = ", ".join(f"{NAMES[name]} {old[name]} → {new[name]}" for name in differs)
                told.append(f"The cluster changed at {moment(new['change_time'], tz)}: {parts}.")
    kinds = {(row["worker_node_type"], row["worker_count"], row["dbr_version"]) for row in clusters}
    return bool(told) and len(kinds) > 1, list(dict.fromkeys(told))


def _nodes(nodes: Iterable[Mapping[str, Any]]) -> tuple[bool, str]:
    workers = {row["is_asked"]: row for row in sorted(nodes, key=lambda row: not row["driver"])}  # drivers give way to workers
    now, usual = workers.get(True), workers.get(False)
    if now is None:
        return False, ""
    if usual is None:
        return now["cpu_pct"] >= BUSY_CPU or now["memory_pct"] >= BUSY_MEMORY, (
            f"While it ran, worker CPU was {now['cpu_pct']:.0f}% and memory "
            f"{now['memory_pct']:.0f}% (no samples of the period before)."
        )
    cpu, memory = now["cpu_pct"], now["memory_pct"]
    busy = (cpu >= BUSY_CPU and cpu > 1.1 * usual["cpu_pct"]) or (memory >= BUSY_MEMORY and memory > 1.1 * usual["memory_pct"])
    swap = f", swap {usual['swap_pct']:.0f}% → {now['swap_pct']:.0f}%" if now["swap_pct"] >= 1 else ""
    return (
        busy,
        (
            f"While it ran, worker CPU went {usual['cpu_pct']:.0f}% → {cpu:.0f}%, memory "
            f"{usual['memory_pct']:.0f}% → {memory:.0f}%{swap}."
        ),
    )


def _statements(rows: Iterable[Mapping[str, Any]]) -> tuple[float, str]:
    """Minutes that a run waits more in queues of its SQL statements, and the SQL steps in words."""
    found = {row["is_asked"]: row for row in rows}
    now, usual = found.get(True), found.get(False)
    if now is None or usual is None:
        return 0.0, ""
    queue = (now["queue_seconds"] - usual["queue_seconds"]) / 60
    return queue, (
        f"Its SQL statements take {now['mean_seconds']:.0f} s "
        f"({shift(now['mean_seconds'], usual['mean_seconds'])}), of which "
        f"{now['queue_seconds']:.0f} s in the queue (before "
        f"{usual['queue_seconds']:.0f} s), read {now['read_gb']:.1f} GB "
        f"({shift(now['read_gb'], usual['read_gb'])}) and spill {now['spilled_gb']:.1f} GB."
    )


def _grew(rows: Iterable[Mapping[str, Any]], name: str) -> bool:
    found = {row["is_asked"]: row for row in rows}
    return True in found and False in found and found[True][name] > GROWTH * max(found[False][name], 1e-9)


def _delta(task: Mapping[str, Any] | None) -> float:
    if task is None or task["minutes_asked"] is None or task["minutes_before"] is None:
        return 0.0
    return float(task["minutes_asked"] - task["minutes_before"])


def _crowd(rows: Iterable[Mapping[str, Any]]) -> str:
    found = {row["is_asked"]: row["others"] for row in rows}
    if True not in found or False not in found:
        return ""
    return (
        f"Concurrent load: {found[True]:.1f} other runs in the workspace overlapped a run, "
        f"before {found[False]:.1f} (longer runs overlap more)."
    )


def _advice(pace: Pace, bottleneck: str, signs: Signs, changes: list[str]) -> tuple[str, ...]:
    whom = (signs.bill or {}).get("run_as") or "its owner"
    if bottleneck == "cluster" and changes:
        old = next((row["worker_node_type"] for row in signs.clusters), "")
        return (
            (
                f"Ask {whom} who changed the cluster of {pace.job}, and put it "
                f"back{f' ({old} workers)' if old else ''} or add workers until CPU stays under 80%."
            ),
            f"Pin the cluster of {pace.job} by a policy or in its asset bundle, so that a change is reviewed.",
        )
    known = {
        "cluster": f"Give {pace.job} more or larger workers: CPU or memory is at its limit. Ask {whom}.",
        "queueing": (f"Move the SQL of {pace.job} to a warehouse with free clusters, or start it outside the rush. Ask {whom}."),
        "startup": f"Use serverless compute or a pool for {pace.job}: it waits for its cluster. Ask {whom}.",
        "data": f"Check with {whom} whether {pace.job} should read that much more; partition or filter its input.",
        "queries": f"Look at the query profile of the SQL steps of {pace.job} with {whom}: same data, more time.",
        "": (
            f"Ask {whom} what changed in {pace.job} (code, input size), and open the Spark UI of one "
            "slow and one usual run: the system tables show no bottleneck."
        ),
    }
    return (known[bottleneck],)
