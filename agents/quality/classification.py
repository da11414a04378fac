"""Where personal data was found, what of it is new or unmasked, and the tables it went to that have no finding of their own."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agents.answer import Answer, Finding
from agents.attempt import attempt, gaps, needed, receipts
from agents.counts import many
from agents.figures import moment, percent
from agents.quality.page import bounds, dashboard, some, when
from agents.quality.personal import Facts, column_name, grids, tag
from agents.question import Question
from agents.spans import last_days
from agents.specialist import Sources
from tools.flows import readers
from tools.governance import column_masks, copied_columns, unclassified_copies
from tools.quality import get_classification_coverage, get_classified_columns

DAYS = 30
_NEW = re.compile(r"\bnew(ly)?\b|\bfirst (found|seen|detected)|\bsince\b", re.I)
_MASK = re.compile(r"\b(un)?mask|row.?filter", re.I)
_SPREAD = re.compile(r"unclassified|not (yet )?classified|without classification|coverage|never scanned", re.I)
_NOT_KNOWN = (
    "Classification names what it found, not what it scanned: a table without a finding is either clean or was never scanned."
)
Rows = Sequence[Mapping[str, Any]]


async def investigate(question: Question, sources: Sources) -> Answer:
    """The named table, else all; 30 days of lineage show where personal data went, and what is new is new in the period."""
    asked = last_days(question, DAYS)
    first, last, days = bounds(asked)
    house, named = sources.warehouse, next(iter(question.entities.tables), "").lower()
    await sources.progress("Looking where personal data was found")
    columns, coverage, masks, copies, copied = await asyncio.gather(
        attempt("Classified columns", get_classified_columns(house, "ALL", named or "%")),
        attempt("Totals by schema", get_classification_coverage(house, max(days, DAYS), last)),
        attempt("Masks of columns", column_masks(house)),
        attempt("Tables made from classified ones", unclassified_copies(house, first, last)),
        attempt("Columns filled from classified ones", copied_columns(house, first, last)),
    )
    needed(columns)
    # The name serves as a LIKE pattern, in which an underscore stands for any letter.
    found = [row for row in columns if row["class_tag"] and named in ("", row["table_full_name"].lower())]
    nodes = [*(row["table_full_name"].lower() for row in found), *(row["table_name"] for row in copies)]
    used = await attempt("Readers", readers(house, nodes, first, last))
    facts = Facts(asked, found, coverage, masks, copies, copied, used, (columns, coverage, masks, copies, copied, used))
    return replace(_report(question, facts), links=dashboard(sources, asked))


def _report(question: Question, facts: Facts) -> Answer:
    table = next(iter(question.entities.tables), "")
    about_new = bool(_NEW.search(question.text)) or (question.period is not None and not table)
    shown = table or next((row["table_full_name"] for row in facts.new), "") or next(iter(facts.tables), "")
    return Answer(
        question=replace(question, period=facts.asked),
        agents=("quality",),
        headline=_headline(question, facts, table, about_new),
        summary=_summary(facts, table),
        findings=tuple(_findings(facts, table)),
        recommendations=tuple(_advice(facts, table)),
        tables=grids(facts, table),
        followups=(
            *((f"Who accessed {shown} in the last 30 days?", f"What's the data lineage for {shown}?") if shown else ()),
            "Who read sensitive tables outside working hours this week?",
            "Which tables have no owner?",
        ),
        evidence=receipts(*facts.read),
        as_of=max((row["latest_detected_time"] for row in facts.found), default=None),
        baseline="the newest scan of each column",
        partial=gaps(*facts.read),
    )


def _headline(question: Question, facts: Facts, table: str, about_new: bool) -> str:
    if not facts.found:
        return f"Classification found no personal data{f' in {table}' if table else ''}."
    if about_new:
        return _new_headline(question, facts)
    if _MASK.search(question.text):
        return _mask_headline(facts)
    copies = len(facts.copies_of(table))
    if _SPREAD.search(question.text) and copies and not table:
        held = sum(row["tables_with_findings"] for row in facts.coverage)
        known = sum(row["known_tables"] for row in facts.coverage)
        return (
            f"{many(copies, 'table')} are made straight from tables with personal data and have no finding of their own; "
            f"{held} of {many(known, 'known table')} have one."
        )
    sure = len({column_name(row) for row in facts.found if row["confidence"] == "HIGH"})
    where = f"of {table} hold" if table else f"of {many(len(facts.tables), 'table')} hold"
    columns = len(facts.columns)
    return f"{many(columns, 'column')} {where} personal data ({sure} with high confidence): {_kinds(facts.found)}."


def _kinds(rows: Rows) -> str:
    counts = Counter(tag(row["class_tag"]) for row in rows)
    return some((f"{kind} ({count})" if count > 1 else kind for kind, count in counts.most_common()), 6)


def _new_headline(question: Question, facts: Facts) -> str:
    asked_for = when(question, facts.asked)
    if facts.new:
        more = f" and {len(facts.new) - 1} more" if len(facts.new) > 1 else ""
        found = f"{many(len(facts.new), 'column')} with personal data first found in {asked_for}"
        return f"{found}: {_first_found(facts.new[0], facts.asked.tz)}{more}."
    newest = _first_found(max(facts.found, key=lambda row: row["first_detected_time"]), facts.asked.tz)
    return f"No column with personal data was first found in {asked_for}; the newest is {newest}."


def _first_found(row: Mapping[str, Any], tz: str) -> str:
    return f"{row['table_full_name']}.{row['column_name']} ({tag(row['class_tag'])}) on {moment(row['first_detected_time'], tz)}"


def _mask_headline(facts: Facts) -> str:
    if facts.masks.table is None:
        columns = many(len(facts.columns), "column")
        return f"Which of the {columns} with personal data are masked is not recorded in the tables that I can read."
    bare = len(facts.columns) - len(facts.masked)
    return f"{bare} of {many(len(facts.columns), 'column')} with personal data have no mask."


def _summary(facts: Facts, table: str) -> str:
    masks = "Masks cannot be read here." if facts.masks.table is None else f"{len(facts.masked)} of the columns are masked."
    people = sorted({user for one in facts.tables for user in facts.readers(one)})
    days = many(len(facts.asked.days), "day")
    read = f"At least {many(len(people), 'identity')} read {'it' if table else 'these tables'} in {days} of lineage."
    return " ".join([masks, read, _NOT_KNOWN] if facts.found else [_NOT_KNOWN])


def _findings(facts: Facts, table: str) -> list[Finding]:
    ids, found = facts.ids, []
    for row in facts.new[:4]:
        bare = ", without a mask" if facts.masks.table is not None and column_name(row) not in facts.masked else ""
        share = f", {percent((row['match_pct'] or 0) / 100)} of the sampled rows" if row["match_pct"] is not None else ""
        text = f"New: {row['table_full_name']}.{row['column_name']} holds {tag(row['class_tag'])}{share}{bare}."
        found.append(Finding("high" if row["confidence"] == "HIGH" else "medium", text, "quality", ids))
    if facts.masks.table is not None and (bare_columns := sorted(facts.columns - facts.masked)):
        found.append(Finding("medium", f"Without a mask: {some(bare_columns, 5)}.", "quality", ids))
    copied = [row for row in facts.copied if not table or row["source"].startswith(f"{table.lower()}.")]
    if copied:
        told = some((f"{row['table_name']}.{row['column_name']} (from {row['source']})" for row in copied), 3)
        found.append(Finding("high", f"Filled from classified columns, without a finding: {told}.", "quality", ids))
    copies = facts.copies_of(table)
    if copies:
        told = some((row["table_name"] for row in copies), 5)
        who = sorted({user for row in copies for user in facts.readers(row["table_name"])})
        read = f"; read by {some(who, 3)}" if who else ""
        text = f"{many(len(copies), 'table')} made straight from them have no finding, clean or never scanned: {told}{read}."
        found.append(Finding("medium", text, "quality", ids))
    low = [column_name(row) for row in facts.found if row["confidence"] != "HIGH"]
    if low:
        found.append(Finding("info", f"Found with low confidence only: {some(low)}.", "quality", ids))
    return found


def _advice(facts: Facts, table: str) -> list[str]:
    said = [
        f"Mask {row['table_full_name']}.{row['column_name']}, or confirm that its readers may see it." for row in facts.new[:2]
    ]
    copies = [row["table_name"] for row in facts.copies_of(table)]
    if copies:
        said.append(f"Let classification scan {some(copies, 3)}: personal data flows into them.")
    return said
