"""Where money can be saved, in dollars, each with how it was computed; no dollar twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from agents.answer import Answer, Finding, Grid, Link
from agents.attempt import Attempt, attempt, gaps, receipts
from agents.cost.elements import UNTAGGED, ZERO, Element, read_elements
from agents.cost.page import dashboard
from agents.cost.pots import Pot, Saving, fill, take
from agents.cost.scope import scope_of
from agents.cost.serverless import compare_jobs
from agents.cost.spike import no_usage
from agents.cost.waste import (
    HOW,
    TITLES,
    Compared,
    compare_warehouses,
    idle,
    late_or_dear,
    on_all_purpose,
    oversized,
    retries,
    unread,
)
from agents.cost.window import default_period
from agents.counts import many
from agents.figures import cents, money, percent
from agents.question import Question
from agents.spans import utc_days
from agents.specialist import Sources
from tools.compute import get_cluster_right_sizing_recommendations
from tools.cost import cost_by_element, cost_complete_through, job_attempts
from tools.links import resource_url
from tools.period import Period
from tools.savings import all_purpose_hours, dbu_prices, jobs_without_readers, warehouse_hours

SHOWN = 12
NO_MACHINES = "Cloud provider costs (virtual machines, disks) are not in these tables: they come on top."
NO_STORAGE = "What the storage of single tables costs is not in the bill: counted are the jobs that write them."
WORDS = (
    ("unused", ("nobody uses", "nobody reads", "unused table", "unused resource", "tables costing")),
    ("all_purpose", ("all-purpose", "all purpose")),
    ("oversized", ("oversized", "over-provisioned", "overprovisioned", "right-siz", "rightsiz", "right siz")),
    ("auto_stop", ("auto-stop", "autostop", "auto stop")),
    ("retries", ("retries", "retry", "failed runs", "failed jobs")),
    ("serverless", ("serverless",)),
    ("idle", ("idle", "zombie")),
)


async def investigate(question: Question, sources: Sources) -> Answer:
    """The asked days or the last 30, all kinds of waste or the one that the question names; two rounds of queries."""
    warehouse = sources.warehouse
    complete, arrival = await cost_complete_through(warehouse, question.now)
    asked = default_period(question, 30).clipped(complete or question.now)
    scope, whole = replace(scope_of(question), products=question.entities.products, serverless=None), utc_days(asked)
    await sources.progress(f"Looking for waste in {asked}")
    (spent, attempts, clusters), (houses, sized, unreadable, priced) = await asyncio.gather(
        asyncio.gather(
            cost_by_element(warehouse, asked, [], None, scope),
            attempt("Failed attempts", job_attempts(warehouse, asked, [])),
            attempt("Idle hours of clusters", all_purpose_hours(warehouse, asked)),
        ),
        asyncio.gather(
            attempt("Idle hours of warehouses", warehouse_hours(warehouse, asked)),
            attempt("Right sizes", get_cluster_right_sizing_recommendations(warehouse, len(whole.days), 1, whole.last_day)),
            attempt("Tables without readers", jobs_without_readers(warehouse, asked.end)),
            attempt("Prices", dbu_prices(warehouse, question.now)),
        ),
    )
    read = (attempts, clusters, houses, sized, unreadable, priced)
    elements = read_elements(spent, [], 1)
    if not elements:
        none = replace(question, period=asked)
        return await no_usage(none, sources, scope, complete or question.now, list(receipts(spent, arrival)))
    pots, prices = fill(elements), _prices(priced)
    compared = compare_warehouses(houses, pots, prices)
    claims = (
        *retries(attempts), *idle(clusters), *on_all_purpose(clusters, prices), *oversized(sized, pots),
        *late_or_dear(houses, compared), *unread(unreadable),
    )  # fmt: skip
    every = take(pots, claims)
    kind = _kind(question)
    if kind == "serverless" and question.entities.jobs:
        of_jobs = tuple(pot for pot in pots.values() if pot.key[1] == "job" and pot.name in question.entities.jobs)
        return compare_jobs(
            question, asked, of_jobs, prices, dashboard(sources, asked), receipts(spent, priced, arrival), complete
        )
    savings = tuple(saving for saving in every if kind in ("", saving.claim.kind))
    evidence = (spent.receipt.id, *(one for other in read for one in other.ids))
    return Answer(
        question=replace(question, period=asked),
        agents=("cost",),
        headline=_headline(savings, elements, kind, asked, str(scope)),
        summary=_summary(savings, kind),
        findings=tuple(_findings(savings, elements, compared, kind, evidence)),
        recommendations=tuple(_told(saving) for saving in _ranked(savings)[:4]),
        tables=_grids(savings, compared, kind, evidence),
        links=(*dashboard(sources, asked), *_links(savings)),
        followups=(
            "How much spend is untagged?",
            "What were the top 10 cost contributors last month?",
            "Which clusters are larger than they need to be?",
        ),
        evidence=receipts(spent, arrival, *read),
        as_of=complete,
        baseline=f"what {asked} cost, at the price of usage",
        partial=(*gaps(spent, *read), *((NO_STORAGE,) if kind == "unused" else ()), NO_MACHINES),
    )


def _prices(priced: Attempt) -> dict[str, Decimal]:
    """Dollars per DBU by SKU; of two clouds the dearer."""
    found: dict[str, Decimal] = {}
    for row in priced:
        found[row["sku_name"]] = max(found.get(row["sku_name"], ZERO), Decimal(str(row["price"])))
    return found


def _kind(question: Question) -> str:
    text = question.text.lower()
    named = [kind for kind, words in WORDS if any(word in text for word in words)]
    return named[0] if len(named) == 1 or (named and named[0] == "all_purpose") else ""


def _ranked(savings: Sequence[Saving]) -> list[Saving]:
    return sorted(savings, key=lambda saving: (not saving.claim.sure, -saving.usd, saving.pot.name))


def _sum(savings: Sequence[Saving]) -> Decimal:
    return sum((saving.usd for saving in savings), ZERO)


def _headline(savings: Sequence[Saving], elements: Sequence[Element], kind: str, asked: Period, where: str) -> str:
    total = cents(sum((element.actual for element in elements), ZERO))
    of = f" for {where}" if where else ""
    if not savings:
        what = TITLES[kind].lower() if kind else "waste of the kinds that can be computed"
        return f"Found no {what}{of} in {asked} ({money(total)})."
    top = _ranked(savings)[0]
    sure, ask = (_sum([saving for saving in savings if saving.claim.sure is known]) for known in (True, False))
    parts = [f"{money(sure)} ({percent(sure / total) if total else '–'}) by settings and fixes"] if sure else []
    parts += [f"{money(ask)} {'more ' if sure else ''}by stopping jobs whose tables nobody reads"] if ask else []
    label = f"{TITLES[kind]}: saves up to" if kind else "Could be saved: up to"
    return (
        f"{label} {', and '.join(parts)}, of the {money(total)} of {asked}{of}. First: {top.pot.name} in {top.pot.workspace}, "
        f"{money(top.usd)}: {top.claim.act}."
    )


def _summary(savings: Sequence[Saving], kind: str) -> str:
    if not savings:
        return f"Looked for: {HOW[kind]}." if kind else "Every kind of waste in the table was looked for."
    return (
        f"{money(_sum(savings))} in all. A dollar is counted once: each saving is taken from what those before it leave of the "
        "same resource."
    )


def _findings(
    savings: Sequence[Saving], elements: Sequence[Element], compared: Sequence[Compared], kind: str, evidence: tuple[str, ...]
) -> list[Finding]:
    found = []
    for name, title in TITLES.items():
        of = _ranked([saving for saving in savings if saving.claim.kind == name])
        if of:
            top = of[0]
            more = f" First {top.pot.name} ({top.pot.workspace}): {top.claim.why}." if top.claim.why else ""
            text = f"{title}: {money(_sum(of))} in {many(len(of), 'resource')}.{more}"
            found.append(Finding("medium" if top.claim.sure else "low", text, "cost", evidence))
    dearer = [one for one in compared if one.serverless is not None and one.serverless >= one.stopped]
    if dearer and kind in ("", "serverless"):
        text = (
            f"Serverless would not be cheaper by DBUs for {many(len(dearer), 'warehouse')}: the price per DBU is higher than "
            "what fewer hours save. Virtual machines, which serverless includes, are not in these tables."
        )
        found.append(Finding("info", text, "cost", evidence))
    untagged = cents(sum((element.actual for element in elements if element.team == UNTAGGED), ZERO))
    if untagged and not kind:
        text = f"{money(untagged)} has no team tag. That is not a saving and not in the total, but nobody answers for it."
        found.append(Finding("info", text, "cost", evidence))
    if not found:
        found.append(Finding("good", "Nothing of the kind was found.", "cost", evidence))
    return found


def _told(saving: Saving) -> str:
    act = f"{saving.claim.act[:1].upper()}{saving.claim.act[1:]}"
    return f"{saving.pot.name} ({saving.pot.workspace}), {money(saving.usd)}: {act}; ask {saving.owner}."


def _grids(savings: Sequence[Saving], compared: Sequence[Compared], kind: str, evidence: tuple[str, ...]) -> tuple[Grid, ...]:
    kinds = [(name, [saving for saving in savings if saving.claim.kind == name]) for name in TITLES if kind in ("", name)]
    rows = [(TITLES[name], len(of), _sum(of), HOW[name]) for name, of in kinds]
    rows.append(("total", len(savings), _sum(savings), "each dollar once"))
    by_kind = Grid(
        "Savings by kind",
        ("kind", "resources", "saves", "computed from"),
        tuple(rows),
        ("text", "number", "usd", "text"),
        evidence,
    )
    items = tuple(
        (saving.pot.name, saving.pot.workspace, TITLES[saving.claim.kind], cents(saving.pot.cost), saving.usd, saving.claim.why,
         saving.claim.act, saving.owner)
        for saving in _ranked(savings)
    )  # fmt: skip
    columns = ("resource", "workspace", "kind", "cost", "saves", "why", "do", "ask")
    shape = ("text", "text", "text", "usd", "usd", "text", "text", "text")
    houses = tuple(
        (
            one.pot.name,
            one.pot.workspace,
            cents(one.now),
            cents(one.stopped),
            cents(one.serverless) if one.serverless is not None else None,
        )
        for one in sorted(compared, key=lambda one: -one.now)
    )
    grids = [by_kind, Grid("Largest savings", columns, items[:SHOWN], shape, evidence)]
    if len(items) > SHOWN:
        grids.append(Grid("All savings", columns, items, shape, evidence, detail=True))
    names = ("warehouse", "workspace", "cost", "hours with statements", "the same as serverless")
    grids.append(
        Grid("Warehouses compared", names, houses, ("text", "text", "usd", "usd", "usd"), evidence, detail=kind != "serverless")
    )
    return tuple(grid for grid in grids if grid.rows)


def _links(savings: Sequence[Saving]) -> list[Link]:
    found = []
    for saving in _ranked(savings)[:3]:
        pot: Pot = saving.pot
        url = resource_url(pot.host, *pot.key)
        if url:
            found.append(Link(f"Open {pot.name}", url))
    return found
