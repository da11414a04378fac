"""Are a model's features fresh and complete? The tables behind it by lineage and name, the fields it is asked with."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

from agents.answer import Answer, Finding, Grid, Severity
from agents.attempt import last_time, receipts
from agents.counts import many
from agents.figures import percent
from agents.mlops.drifts import Drift
from agents.mlops.page import empty, links, missing, noted
from agents.mlops.reading import Drifted, Fed, drifted, fed, opening
from agents.mlops.scope import Endpoint
from agents.mlops.tables import STALE_HOURS, Source, advice, tables
from agents.question import Question
from agents.specialist import Sources

NULLS = re.compile(r"\bnulls?\b|missing", re.IGNORECASE)
WHICH = re.compile(r"which features|what features|features (used|does)|list features", re.IGNORECASE)
IMPORTANCE = re.compile(r"importan|shap\b|matter", re.IGNORECASE)
MISSING = 0.05  # share of null values, and of their growth, that is worth a line


async def investigate(question: Question, sources: Sources) -> Answer:
    """The features of the named model, or of all that the account trained itself, at the end of the last 7 days."""
    opened = await opening(question, sources)
    own = [one for one in opened.scope.endpoints if one.is_own or one.kind == "FEATURE_SPEC"]
    chosen = own or list(opened.scope.endpoints)
    if not chosen:
        return empty(replace(question, period=opened.asked), opened.scope, opened.age, receipts(opened.served, opened.age))
    await sources.progress("Reading feature tables, lineage and what the models are asked with")
    tests, behind = await asyncio.gather(drifted(question, sources, opened), fed(sources, opened, [one.model for one in chosen]))
    asked = replace(question, period=opened.asked)
    answer = _one(asked, chosen[0], tests, behind) if opened.scope.named and chosen else _all(asked, chosen, tests, behind)
    read = (opened.served, opened.age, *tests.read, behind.edges, behind.fresh)
    return noted(
        replace(
            answer,
            agents=("mlops",),
            links=links(chosen) if opened.scope.named else (),
            evidence=receipts(*read),
            as_of=last_time(opened.age),
            baseline=(
                f"fresh = changed in the {STALE_HOURS:.0f} hours before the end; missing values against the {tests.baseline}"
            ),
            partial=(*missing(*read), *filter(None, (tests.gap,))),
        ),
        opened.scope,
    )


def _one(question: Question, endpoint: Endpoint, tests: Drifted, behind: Fed) -> Answer:
    found = tables(endpoint.model, behind)
    fields = tests.found.of(endpoint)
    stale, missing = [one for one in found if one.is_stale], missing_fields(fields)
    ids = (*behind.edges.ids, *behind.fresh.ids)
    findings = [Finding(_grade(one), _told(one), "mlops", ids) for one in stale[:4]]
    findings += [Finding("medium", line, "mlops", tests.tests.ids) for line in missing[:3]]
    if not findings and found:
        findings.append(Finding("good", "Every table behind it is fresh, and no input has missing values.", "mlops", ids))
    asked_with = [field.name for field in fields.fields if not field.is_prediction]
    return Answer(
        question=question,
        headline=_headline(question.text, endpoint, found, fields),
        summary=(
            f"Requests carry {', '.join(sorted(asked_with)[:12])}."
            if asked_with
            else "Which fields requests carry is not recorded."
        )
        + " Lineage knows no models: these tables carry a word of its name, or feed such a table. "
        "How much each feature matters is not recorded.",
        findings=tuple(findings),
        recommendations=tuple(advice(one, endpoint) for one in stale[:3]),
        tables=tuple(grid for grid in (_tables(found, ids), _fields(fields, tests.tests.ids)) if grid.rows),
        followups=(
            f"Is the endpoint {endpoint.name} drifting?",
            f"Should we retrain {endpoint.name}?",
            f"What is the lineage of {found[0].table}?" if found else "Which tables are stale?",
        ),
    )


def missing_fields(found: Drift) -> list[str]:
    """Inputs that now miss clearly more values than before."""
    lines = []
    for field in found.fields:
        now, before = (field.row[key] or 0.0 for key in ("current_null_pct", "baseline_null_pct"))
        if now / 100 >= MISSING and (now - before) / 100 >= MISSING:
            lines.append(
                f"{field.name} of {field.endpoint} is missing in {percent(now / 100)} (before: {percent(before / 100)})."
            )
    return lines


def _headline(text: str, endpoint: Endpoint, found: Sequence[Source], fields: Drift) -> str:
    """What is asked for first: values that miss, which features there are, how much they matter; else how fresh they are."""
    stale, missing = [one for one in found if one.is_stale], missing_fields(fields)
    inputs = [field for field in fields.fields if not field.is_prediction]
    if IMPORTANCE.search(text):
        return f"How much each feature of {endpoint.title} matters is not recorded in any system table."
    if NULLS.search(text) and inputs:
        most = max(inputs, key=lambda field: field.row["current_null_pct"] or 0.0)
        rate = f"{percent((most.row['current_null_pct'] or 0.0) / 100)} of {most.name}"
        if not most.row["current_null_pct"]:
            return f"No input value is missing in requests to {endpoint.title}, of {many(len(inputs), 'feature')}."
        what = "Values are missing" if missing else "No more values are missing than before"
        return f"{what} in requests to {endpoint.title}: at most {rate}."
    if WHICH.search(text) and inputs:
        names = ", ".join(sorted(field.name for field in inputs)[:12])
        return f"Requests to {endpoint.title} carry {many(len(inputs), 'feature')}: {names}."
    return _freshness(endpoint, found, stale, missing)


def _freshness(endpoint: Endpoint, found: Sequence[Source], stale: Sequence[Source], missing: Sequence[str]) -> str:
    features = [one for one in found if one.role == "features"]
    if not features:
        return f"No feature table of {endpoint.title} is known: lineage shows none with a word of its name in 30 days."
    if stale:
        return (
            f"{many(len(stale), 'table')} behind {endpoint.title} {'is' if len(stale) == 1 else 'are'} stale: "
            + ", ".join(f"{one.table} {one.changed}" for one in stale[:3])
            + "."
        )
    first = features[0]
    lacking = f", but {missing[0]}" if missing else "."
    return f"The features of {endpoint.title} are fresh: {first.table} {first.changed}{lacking}"


def _grade(one: Source) -> Severity:
    return "high" if one.role == "features" else "medium"


def _told(one: Source) -> str:
    by = f", written by job {one.job}" if one.job else ""
    check = "; data quality monitoring calls it unhealthy" if one.status == "UNHEALTHY" else ""
    return f"{one.table} ({one.role}) {one.changed}{by}{check}."


def _tables(found: Sequence[Source], ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Tables behind the model, by lineage and name",
        ("table", "role", "changed", "written by job", "last written by", "monitored"),
        tuple((one.table, one.role, one.age, one.job, one.person, one.status.lower() or None) for one in found[:12]),
        ("text",) * 6,
        ids,
    )


def _fields(found: Drift, ids: tuple[str, ...]) -> Grid:
    return Grid(
        "Fields of the requests (UTC days)",
        ("field", "type", "values", "missing now", "missing before", "drift"),
        tuple(
            (
                field.name,
                (field.row["field_type"] or "").lower(),
                field.row["current_count"],
                (field.row["current_null_pct"] or 0) / 100,
                (field.row["baseline_null_pct"] or 0) / 100,
                field.level.lower(),
            )
            for field in found.fields
            if not field.is_prediction
        )[:15],
        ("text", "text", "number", "percent", "percent", "text"),
        ids,
    )


def _all(question: Question, endpoints: Sequence[Endpoint], tests: Drifted, behind: Fed) -> Answer:
    rows = [(one, source) for one in endpoints for source in tables(one.model, behind) if source.role == "features"]
    stale = [(one, source) for one, source in rows if source.is_stale]
    ids = (*behind.edges.ids, *behind.fresh.ids)
    missing = missing_fields(tests.found)
    known = len({one.name for one, _ in rows})
    headline = (
        f"{len(stale)} of {many(len(rows), 'feature table')} {'is' if len(stale) == 1 else 'are'} stale: "
        + ", ".join(f"{source.table} ({one.name}) {source.changed}" for one, source in stale[:3])
        if stale
        else f"All {many(len(rows), 'feature table')} that are known changed in the last {STALE_HOURS:.0f} hours"
    )
    findings = [Finding("high", f"{one.name}: {_told(source)}", "mlops", ids) for one, source in stale[:5]]
    findings += [Finding("medium", line, "mlops", tests.tests.ids) for line in missing[:3]]
    return Answer(
        question=question,
        headline=f"{headline}." if rows else "No feature tables are known: lineage shows none with a model's name in 30 days.",
        summary=f"Feature tables are known of {known} of {many(len(endpoints), 'model')}: lineage knows no models, so what "
        "carries a word of a model's name stands for it.",
        findings=tuple(findings) or (Finding("good", "No feature table is stale, no input misses more values.", "mlops", ids),),
        recommendations=tuple(advice(source, one) for one, source in stale[:3]),
        tables=(
            Grid(
                "Feature tables by model",
                ("model", "table", "changed", "written by job", "monitored"),
                tuple((one.model, s.table, s.age, s.job, s.status.lower() or None) for one, s in rows[:15]),
                ("text",) * 5,
                ids,
            ),
        )
        if rows
        else (),
        followups=("Which models are drifting?", "Which tables are stale?"),
    )
