"""Who pays what: cost charged to workspaces, teams, cost centers or owners, what names nobody shared out by a rule."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from agents.answer import Answer, Finding, Grid
from agents.cost.elements import ZERO
from agents.cost.page import dashboard, last_month, month_before
from agents.cost.scope import scope_of
from agents.cost.shares import RULE, Share, allocate, unnamed
from agents.cost.spike import no_usage
from agents.figures import cents, money, percent
from agents.question import Question
from agents.specialist import Sources
from tools.allocation import cost_by_owner_and_tag
from tools.cost import cost_complete_through
from tools.period import Period
from tools.table import Table

KEYS = {
    "team": "team",
    "cost_center": "cost center",
    "workspace": "workspace",
    "run_as": "owner",
    "project": "project",
    "env": "environment",
}
ASKED = {
    "team": "team", "tag": "team", "cost_center": "cost_center", "department": "cost_center", "business_unit": "cost_center",
    "workspace": "workspace", "owner": "run_as", "user": "run_as", "run_as": "run_as", "project": "project",
    "env": "env", "environment": "env",
}  # fmt: skip
LACKS = {"team": "a team tag", "cost_center": "a cost center tag", "workspace": "a workspace", "run_as": "an owner",
         "project": "a project tag", "env": "an environment tag"}  # fmt: skip
SHOWN = 15
HIGH = Decimal("0.1")


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked days or the last whole month, by what the question asks for (teams by default); two rounds of queries."""
    complete, arrival = await cost_complete_through(sources.warehouse, question.now)
    asked = (question.period or last_month(question)).clipped(complete or question.now)
    before = question.compare or month_before(asked)
    payer = _payer(question)
    key = payer[0] if payer else _key(question)
    scope = replace(scope_of(question), teams=(), cost_centers=(), projects=(), environments=())
    await sources.progress(f"Charging the cost of {asked} to each {KEYS[key]}")
    now, was = await asyncio.gather(
        cost_by_owner_and_tag(sources.warehouse, asked, scope), cost_by_owner_and_tag(sources.warehouse, before, scope)
    )
    rows, receipts = list(now), (now.receipt, was.receipt, arrival.receipt)
    shares = allocate(rows, key)
    if not shares:
        return await no_usage(replace(question, period=asked), sources, scope, complete or question.now, list(receipts))
    earlier = {share.name: share.total for share in allocate(list(was), key)}
    evidence = (now.receipt.id,)
    one = next((share for share in shares if payer and share.name == payer[1]), None)
    others = [name for name in ("team", "cost_center", "workspace", "run_as") if name != key]
    return Answer(
        question=replace(question, period=asked),
        agents=("cost",),
        headline=_headline_of(one, shares, key, asked) if one else _headline(shares, key, asked, payer),
        summary=RULE.format(what=LACKS[key]) + (" Owners are the identities that the work ran as." if key == "run_as" else ""),
        findings=tuple(_findings(shares, earlier, key, before, evidence)),
        recommendations=_advice(rows, key),
        tables=(
            *((_of(one, rows, key, evidence),) if one else ()),
            _grid(shares, earlier, key, evidence),
            _export(asked, [(key, shares), *((name, allocate(rows, name)) for name in others)], evidence),
        ),
        links=dashboard(sources, asked),
        followups=(
            f"Which resources have no {KEYS[key]} tag?" if key not in ("workspace", "run_as") else "How much spend is untagged?",
            "Are we within budget this month?",
            "Which jobs failed last week?",
        ),
        evidence=receipts,
        as_of=complete,
        baseline=str(before),
        partial=(*now.notes, *_short(was, before, earlier)),
    )


def _key(question: Question) -> str:
    asked = next((ASKED[name] for name in question.entities.group_by if name in ASKED), None)
    if asked:
        return asked
    text = question.text.lower()
    for words, key in (("cost cent", "cost_center"), ("department", "cost_center"), ("business unit", "cost_center"),
                       ("owner", "run_as"), ("by project", "project"), ("by workspace", "workspace")):  # fmt: skip
        if words in text:
            return key
    return "team"


def _payer(question: Question) -> tuple[str, str] | None:
    """The one team, cost center or project that the question names."""
    tags = [(ASKED[key.lower()], value) for key, value in question.entities.tags if key.lower() in ASKED]
    return tags[0] if len(tags) == 1 else None


def _headline(shares: Sequence[Share], key: str, asked: Period, payer: tuple[str, str] | None) -> str:
    total = sum((share.total for share in shares), ZERO)
    missing = unnamed(shares)
    lost = f"No cost of {asked} carries {KEYS[key]} {payer[1]}. " if payer else ""
    many = f"{len(shares)} {KEYS[key]}{'' if len(shares) == 1 else 's'}"
    part = f"; {money(missing)} ({percent(missing / total) if total else '–'}) named none and is shared out" if missing else ""
    top = shares[0]
    return (
        f"{lost}{money(total)} of {asked} charged to {many}{part}. {top.name} pays most: {money(top.total)} "
        f"({percent(top.total / total) if total else '–'})."
    )


def _headline_of(one: Share, shares: Sequence[Share], key: str, asked: Period) -> str:
    total = sum((share.total for share in shares), ZERO)
    return (
        f"{KEYS[key][:1].upper()}{KEYS[key][1:]} {one.name} owes {money(one.total)} for {asked}: {money(one.direct)} of its own "
        f"and {money(one.shared)} of what carries no {KEYS[key]}"
        f"; {percent(one.total / total) if total else '–'} of {money(total)}."
    )


def _findings(
    shares: Sequence[Share],
    earlier: Mapping[str, Decimal],
    key: str,
    before: Period,
    evidence: tuple[str, ...],
) -> list[Finding]:
    found = []
    total, missing = sum((share.total for share in shares), ZERO), unnamed(shares)
    if missing and total:
        part = missing / total
        text = f"{money(missing)} ({percent(part)}) carries no {KEYS[key]}: shared out, not proven."
        found.append(Finding("medium" if part > HIGH else "low", text, "cost", evidence))
    risen = [(share, share.total - earlier[share.name]) for share in shares if share.name in earlier]
    risen = [(share, more) for share, more in risen if earlier[share.name] and more / earlier[share.name] > HIGH]
    for share, more in sorted(risen, key=lambda one: -one[1])[:3]:
        text = f"{share.name} pays {money(more)} ({percent(more / earlier[share.name])}) more than in {before}."
        found.append(Finding("medium", text, "cost", evidence))
    new = [share for share in shares if earlier and share.name not in earlier and share.direct > 0]
    if new:
        text = f"New since {before}: {', '.join(f'{share.name} ({money(share.total)})' for share in new[:3])}."
        found.append(Finding("info", text, "cost", evidence))
    if not found:
        found.append(Finding("good", f"All of it names its {KEYS[key]}, and none pays over 10% more.", "cost", evidence))
    return found


def _advice(rows: Sequence[Mapping[str, Any]], key: str) -> tuple[str, ...]:
    """Whom to ask for the tags that are missing: the resource that costs most without."""
    if key in ("workspace", "run_as"):
        return ("Have each payer confirm the largest line before it is booked.",)
    lacking: dict[tuple[str, str, str], Decimal] = {}
    for row in rows:
        if not row[key] and row["resource_kind"] != "none":
            one = (row["resource"], row["workspace"], row["run_as"] or "its owner")
            lacking[one] = lacking.get(one, ZERO) + Decimal(str(row["cost_usd"] or 0))
    top = sorted(lacking, key=lambda one: (-lacking[one], one))[:2]
    return tuple(
        f"Ask {owner} to tag {name} ({place}) with its {KEYS[key]}: "
        f"{money(lacking[name, place, owner])} is shared out for want of it."
        for name, place, owner in top
    )


def _grid(shares: Sequence[Share], earlier: Mapping[str, Decimal], key: str, evidence: tuple[str, ...]) -> Grid:
    total = sum((share.total for share in shares), ZERO)

    def row(name: str, group: Sequence[Share], was: Decimal) -> tuple[Any, ...]:
        direct, shared = sum((s.direct for s in group), ZERO), sum((s.shared for s in group), ZERO)
        part = float((direct + shared) / total) if total else 0.0
        return (name, direct, shared, direct + shared, part, direct + shared - was)

    rows = [row(share.name, [share], earlier.get(share.name, ZERO)) for share in shares[:SHOWN]]
    rest = shares[SHOWN:]
    if rest:
        rows.append(row(f"{len(rest)} others", rest, sum((earlier.get(share.name, ZERO) for share in rest), ZERO)))
    rows.append(row("total", shares, sum((earlier.get(share.name, ZERO) for share in shares), ZERO)))
    columns = (KEYS[key], "own", "shared out", "pays", "share", "change")
    return Grid(f"Chargeback by {KEYS[key]}", columns, tuple(rows), ("text", "usd", "usd", "usd", "percent", "change"), evidence)


def _of(one: Share, rows: Sequence[Mapping[str, Any]], key: str, evidence: tuple[str, ...]) -> Grid:
    """What one payer's own cost consists of, by workspace and resource."""
    sums: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        if row[key] == one.name:
            what = row["resource"] if row["resource_kind"] != "none" else (row["product"] or "OTHER")
            sums[(what, row["workspace"])] = sums.get((what, row["workspace"]), ZERO) + Decimal(str(row["cost_usd"] or 0))
    ranked = sorted(sums, key=lambda name: (-sums[name], name))
    shown = [(*name, cents(sums[name])) for name in ranked[:10]]
    if len(ranked) > 10:
        shown.append((f"{len(ranked) - 10} others", "", one.direct - sum((row[2] for row in shown), ZERO)))
    return Grid(
        f"What {one.name} spent itself",
        ("resource or product", "workspace", "cost"),
        tuple(shown),
        ("text", "text", "usd"),
        evidence,
    )


def _export(asked: Period, tables: Sequence[tuple[str, Sequence[Share]]], evidence: tuple[str, ...]) -> Grid:
    """Every payer of every dimension, a row each, as a spreadsheet takes it; each dimension sums to the same total."""
    rows = tuple(
        (f"{asked.first_day}", f"{asked.last_day}", KEYS[key], share.name, share.direct, share.shared, share.total)
        for key, shares in tables
        for share in shares
    )
    columns = ("first_day", "last_day", "charged_by", "name", "own_usd", "shared_usd", "total_usd")
    return Grid("Chargeback rows for export", columns, rows, (*["text"] * 4, *["usd"] * 3), evidence, detail=True)


def _short(was: Table, before: Period, earlier: Mapping[str, Decimal]) -> tuple[str, ...]:
    return () if earlier and len(was) else (f"There is no usage in {before} to compare with.",)
