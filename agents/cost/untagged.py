"""What carries no tag, what it costs, whose it is, and which tag would fit."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from agents.answer import Answer, Finding, Grid, Severity
from agents.cost.elements import ZERO
from agents.cost.page import dashboard
from agents.cost.scope import scope_of
from agents.cost.spike import no_usage
from agents.cost.window import default_period, period_before
from agents.figures import cents, money, percent
from agents.question import Question
from agents.specialist import Sources
from tools.allocation import cost_by_owner_and_tag
from tools.cost import cost_complete_through
from tools.period import Period

TAGS = (
    ("cost_center", "cost center tag", ("cost center", "cost centre", "cost_center")),
    ("project", "project tag", ("project",)),
    ("env", "environment tag", ("environment", "env tag")),
    ("team", "team tag", ("team",)),
)
ANY = ("is_tagged", "tag")
KINDS = ("job", "cluster", "warehouse", "pipeline", "endpoint", "notebook")
SHOWN = 12
SURE = Decimal("0.6")  # of an identity's tagged dollars that carry one team, before that team is suggested
MUCH, SOME = Decimal("0.1"), Decimal("0.03")


@dataclass(frozen=True, slots=True)
class Lacking:
    """A resource without the tag; `team` is what its identity's other work carries, with the share of it that does."""

    name: str
    kind: str
    workspace: str
    owner: str
    cost: Decimal
    team: str
    sure: float


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked days or the last 30, by any tag or the one that the question names; two rounds of queries."""
    complete, arrival = await cost_complete_through(sources.warehouse, question.now)
    asked = default_period(question, 30).clipped(complete or question.now)
    before, scope = question.compare or period_before(asked), scope_of(question)
    await sources.progress(f"Looking for tags on the cost of {asked}")
    now, was = await asyncio.gather(
        cost_by_owner_and_tag(sources.warehouse, asked, scope), cost_by_owner_and_tag(sources.warehouse, before, scope)
    )
    receipts = (now.receipt, was.receipt, arrival.receipt)
    kind = _kind(question)
    rows, earlier = ([row for row in table if not kind or row["resource_kind"] == kind] for table in (now, was))
    if not rows:
        return await no_usage(replace(question, period=asked), sources, scope, complete or question.now, list(receipts))
    key, name = _tag(question)
    lacking = _resources(rows, key)
    evidence = (now.receipt.id,)
    return Answer(
        question=replace(question, period=asked),
        agents=("cost",),
        headline=_headline(rows, key, name, lacking, f"{asked}{f' for {kind}s' if kind else ''}"),
        summary=_summary(rows, earlier, key, before),
        findings=tuple(_findings(rows, key, name, lacking, evidence)),
        recommendations=_advice(lacking, name),
        tables=(
            _by_resource(lacking, name, evidence),
            _by(rows, key, "workspace", name, evidence),
            replace(_by(rows, key, "product", name, evidence), detail="product" not in question.entities.group_by),
        ),
        links=dashboard(sources, asked),
        followups=(
            "Chargeback by team last month",
            "What were the top 10 cost contributors last month?",
            "Which all-purpose clusters are idle?",
        ),
        evidence=receipts,
        as_of=complete,
        baseline=str(before),
        partial=now.notes,
    )


def _tag(question: Question) -> tuple[str, str]:
    text = f"{question.text.lower()} {' '.join(question.entities.group_by)}"
    return next(((key, name) for key, name, words in TAGS if any(word in text for word in words)), ANY)


def _kind(question: Question) -> str:
    """The kind of resource that the question is about, where it is about one kind."""
    text = question.text.lower()
    named = [kind for kind in KINDS if f"{kind}s" in text]
    return named[0] if len(named) == 1 else ""


def _cost(rows: Sequence[Mapping[str, Any]]) -> Decimal:
    return sum((Decimal(str(row["cost_usd"] or 0)) for row in rows), ZERO)


def _bare(rows: Sequence[Mapping[str, Any]], key: str) -> list[Mapping[str, Any]]:
    return [row for row in rows if not row[key]]


def _resources(rows: Sequence[Mapping[str, Any]], key: str) -> list[Lacking]:
    """Resources that lack the tag, the dearest first."""
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in _bare(rows, key):
        if row["resource_kind"] != "none":
            groups.setdefault((row["resource_kind"], row["workspace_id"], row["resource_id"]), []).append(row)
    teams = _teams(rows)
    found = []
    for group in groups.values():
        first = group[0]
        team, sure = teams.get(first["run_as"] or "", ("", 0.0))
        owner = first["run_as"] or "nobody named"
        found.append(
            Lacking(first["resource"], first["resource_kind"], first["workspace"], owner, cents(_cost(group)), team, sure)
        )
    return sorted((one for one in found if one.cost), key=lambda one: (-one.cost, one.name))


def _teams(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, float]]:
    """The team that most of an identity's tagged dollars carry, where it is clear."""
    spent: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        if row["run_as"] and row["team"]:
            of = spent.setdefault(row["run_as"], {})
            of[row["team"]] = of.get(row["team"], ZERO) + Decimal(str(row["cost_usd"] or 0))
    clear = {}
    for owner, teams in spent.items():
        team, whole = max(teams, key=lambda one: (teams[one], one)), sum(teams.values(), ZERO)
        if whole > 0 and teams[team] / whole >= SURE:
            clear[owner] = (team, float(teams[team] / whole))
    return clear


def _headline(rows: Sequence[Mapping[str, Any]], key: str, name: str, lacking: Sequence[Lacking], asked: str) -> str:
    total, bare = cents(_cost(rows)), cents(_cost(_bare(rows, key)))
    if not bare:
        return f"All of the {money(total)} of {asked} carries a {name}."
    top = f" The dearest is {lacking[0].name} ({lacking[0].workspace}) with {money(lacking[0].cost)}." if lacking else ""
    return f"{money(bare)} ({percent(bare / total) if total else '–'}) of the {money(total)} of {asked} carries no {name}.{top}"


def _summary(rows: Sequence[Mapping[str, Any]], earlier: Sequence[Mapping[str, Any]], key: str, before: Period) -> str:
    said = []
    was, whole = _cost(_bare(earlier, key)), _cost(earlier)
    if whole:
        said.append(f"In {before} it was {money(was)} ({percent(was / whole)}).")
    team = _cost(_bare(rows, "team"))
    if key == "is_tagged" and team:
        said.append(f"Without a team tag: {money(team)}.")
    said.append(
        "An untagged dollar is not a saving: it is one that nobody answers for, and chargeback must share it out by a rule."
    )
    return " ".join(said)


def _findings(
    rows: Sequence[Mapping[str, Any]], key: str, name: str, lacking: Sequence[Lacking], evidence: tuple[str, ...]
) -> list[Finding]:
    total, bare = _cost(rows), _cost(_bare(rows, key))
    if not bare:
        return [Finding("good", f"Nothing lacks a {name}.", "cost", evidence)]
    severity: Severity = "high" if bare / total > MUCH else "medium" if bare / total > SOME else "low"
    three = sum((one.cost for one in lacking[:3]), ZERO)
    found = []
    if lacking:
        text = f"{min(3, len(lacking))} of {len(lacking)} resources without a {name} make up {percent(three / bare)} of it."
        found.append(Finding(severity, text, "cost", evidence))
    nameless = cents(_cost([row for row in _bare(rows, key) if row["resource_kind"] == "none"]))
    if nameless:
        text = f"{money(nameless)} of it names no resource (storage, networking, services): tag the workspace."
        found.append(Finding("low", text, "cost", evidence))
    products = {row["product"] for row in rows}
    worst = max(products, key=lambda one: (_cost([row for row in _bare(rows, key) if row["product"] == one]), str(one)))
    of = [row for row in rows if row["product"] == worst]
    if _cost(of):
        text = f"{worst} is worst: {money(_cost(_bare(of, key)))} of its {money(_cost(of))} lacks it."
        found.append(Finding("info", text, "cost", evidence))
    return found


def _advice(lacking: Sequence[Lacking], name: str) -> tuple[str, ...]:
    asks = []
    for one in lacking[:3]:
        fits = f" (team {one.team} seems right: {percent(one.sure)} of their tagged cost carries it)" if one.team else ""
        asks.append(f"Ask {one.owner} to give {one.kind} {one.name} in {one.workspace} a {name}{fits}.")
    rule = ("Make the tag required: compute policies for clusters and jobs, serverless usage policies for the rest.",)
    return (*asks, *rule) if asks else ()


def _by_resource(lacking: Sequence[Lacking], name: str, evidence: tuple[str, ...]) -> Grid:
    rows = tuple((one.name, one.kind, one.workspace, one.owner, one.cost, one.team or None) for one in lacking[:SHOWN])
    columns = ("resource", "kind", "workspace", "owner", "cost", "likely team")
    return Grid(f"Without a {name}", columns, rows, ("text", "text", "text", "text", "usd", "text"), evidence)


def _by(rows: Sequence[Mapping[str, Any]], key: str, dimension: str, name: str, evidence: tuple[str, ...]) -> Grid:
    """Each workspace or product: all of its cost, what lacks the tag, and the share that has it."""
    made = []
    for value in {row[dimension] for row in rows}:
        of = [row for row in rows if row[dimension] == value]
        total, bare = cents(_cost(of)), cents(_cost(_bare(of, key)))
        if total:
            made.append((value or "account", total, bare, float(1 - bare / total)))
    made.sort(key=lambda row: (-row[2], str(row[0])))
    columns = (dimension, "cost", f"without a {name}", "tagged")
    return Grid(f"By {dimension}", columns, tuple(made), ("text", "usd", "usd", "percent"), evidence)
