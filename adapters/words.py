"""An answer as words: the formats every adapter shares, and the plain text that is complete without any markup."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from agents.answer import Answer, Cause, Finding, Grid, Severity
from agents.figures import amount, change, moment, money, number, percent

REST = "Unexplained rest"
TOTAL = "Total change"
# Controls but tab and newline, direction marks and overrides, invisible operators, halves of characters.
_ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
SEVERITY: dict[Severity, str] = {
    "critical": "Critical",
    "high": "High",
    "medium": "Medium",
    "low": "Low",
    "info": "Note",
    "good": "Good",
}
BRANCHES = "│├└─ "  # what a tree is drawn with
FIGURES = {"usd": money, "change": change, "percent": percent, "number": number}
SPECIALIST = {
    "cost": "Cost",
    "security": "Security",
    "performance": "Performance",
    "reliability": "Reliability",
    "quality": "Data quality",
    "mlops": "MLOps",
}


def clean(text: str) -> str:
    """Text from data without what acts on a screen: control characters, escape sequences, direction overrides."""
    return _ACTING.sub("", text)


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def value(cell: Any, kind: str = "text", tz: str = "UTC") -> str:
    """One cell of a grid as its column's kind asks; what does not fit the kind is shown as it is."""
    if cell is None:
        return "–"
    if isinstance(cell, datetime):
        return moment(cell, tz) if cell.tzinfo else f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%a %-d %b %Y}"
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return str(cell)
    return FIGURES[kind](cell) if kind in FIGURES else str(cell)


def rows(grid: Grid, tz: str) -> list[list[str]]:
    kinds = (*grid.kinds, *["text"] * len(grid.columns))
    return [[value(cell, kind, tz) for cell, kind in zip(row, kinds, strict=False)] for row in grid.rows]


def cause(part: Cause) -> str:
    """The cause as a label; what it did is told in the summary and the findings."""
    return part.name or REST


def ranked(findings: Sequence[Finding]) -> list[Finding]:
    """The most severe first, so that what is cut from the end matters least."""
    order = list(SEVERITY)
    return sorted(findings, key=lambda found: order.index(found.severity))


def finding(found: Finding) -> str:
    return f"- {SEVERITY[found.severity]}: {found.text}"


def total(parts: Sequence[Cause]) -> Decimal:
    """The change that the causes, the rest included, add up to."""
    return sum((part.delta for part in parts), Decimal(0))


def causes(answer: Answer) -> list[tuple[str, str, str]]:
    """Cause, change and share: one line each, the rest among them, closed by their sum."""
    if not answer.causes:
        return []
    return [*map(_cause_row, answer.causes), (TOTAL, *_sum(answer.causes))]


def cause_rows(parts: Sequence[Cause], count: int) -> list[tuple[str, str, str]]:
    """The causes as a table that still adds up when it is cut to `count`: smaller causes are summed in one row."""
    named = [part for part in parts if part.dims]
    rest = [part for part in parts if not part.dims]
    smaller = sorted(named, key=lambda part: abs(part.delta), reverse=True)[count:] if len(named) > count + 1 else []
    shown = [part for part in named if not any(part is small for small in smaller)]
    summed = [(f"{len(smaller)} smaller causes", *_sum(smaller))] if smaller else []
    return [("Cause", "Change", "Share"), *map(_cause_row, shown), *summed, *map(_cause_row, rest[:1]), (TOTAL, *_sum(parts))]


def _cause_row(part: Cause) -> tuple[str, str, str]:
    return (cause(part), amount(part.delta, part.unit, signed=True), percent(part.share))


def _sum(parts: Sequence[Cause]) -> tuple[str, str]:
    return (amount(total(parts), parts[0].unit, signed=True), percent(sum(part.share for part in parts)))


def untold(answer: Answer) -> list[str]:
    """What causes did, where neither the summary nor a finding tells it already."""
    told = " ".join((answer.summary, *(found.text for found in answer.findings)))
    return [part.text for part in answer.causes if part.dims and part.text and part.text not in told]


def specialists(answer: Answer) -> str:
    return " + ".join(SPECIALIST.get(name, name) for name in answer.agents)


def context(answer: Answer) -> list[str]:
    """What every answer says about itself: who, window and zone, baseline, age of the data, seconds, error id."""
    question, facts = answer.question, []
    if answer.agents:
        facts.append(f"Specialist: {specialists(answer)}")
    if question.period:
        facts.append(f"Window: {question.period}")
    if question.workspace_assumed:
        facts.append(f"Workspace: {', '.join(question.entities.workspaces)} (your default)")
    if answer.baseline:
        facts.append(f"Baseline: {answer.baseline}")
    elif question.compare:
        facts.append(f"Compared with: {question.compare}")
    if answer.as_of:
        zone = question.period.tz if question.period else question.asker.tz
        facts.append(f"Data complete up to: {moment(answer.as_of, zone)}")
    if answer.agents:
        facts.append(f"Answered in {answer.seconds:.1f} s")
    if answer.wording:
        facts.append(f"Wording: {answer.wording}")
    if answer.error_id:
        facts.append(f"Error id: {answer.error_id}")
    return facts


def plain_text(answer: Answer) -> str:
    """Everything the answer says except SQL, what matters first: for a shell, a screen reader, a notification."""
    return clean("\n\n".join("\n".join(part) for part in parts(answer) if part))


def shown(answer: Answer) -> list[Grid]:
    """The tables of an answer that are not only for those who look closer."""
    return [grid for grid in answer.tables if not grid.detail]


def parts(answer: Answer, *, grids: int | None = None, charts: bool = True) -> Iterator[Sequence[str]]:
    """The paragraphs of the plain text, each as its lines, some empty; at most `grids` tables, all if not said."""
    yield [answer.headline]
    yield [answer.summary] if answer.summary else []
    yield [f"Partial: {missing}" for missing in answer.partial]
    yield _listed("Choose one", answer.question.choices) if answer.question.action == "clarify" else []
    yield ["Causes", *aligned(causes(answer), "lrr"), *(f"- {text}" for text in untold(answer))] if answer.causes else []
    yield ["Findings", *map(finding, ranked(answer.findings))] if answer.findings else []
    yield _listed("What to do", answer.recommendations)
    for grid in shown(answer)[:grids]:
        yield [grid.title, *grid_lines(grid, answer.question.asker.tz)]
    yield [f"{chart.title}: {chart.alt}" for chart in answer.charts] if charts else []
    yield ["Links", *(f"- {link.title}: {link.url}" for link in answer.links)] if answer.links else []
    yield ["Ask next", *(f"- {text}" for text in answer.followups)] if answer.followups else []
    yield context(answer)


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    return [title, *(f"{at}. {line}" for at, line in enumerate(lines, 1))] if lines else []


def more_tables(answer: Answer, shown_count: int) -> list[str]:
    """The titles of the tables for which there is no place among the first so many."""
    first = shown(answer)[:shown_count]
    return [one_line(grid.title) for grid in answer.tables if grid not in first and grid.title.strip()]


def cut_to(grid: Grid, count: int, width: int) -> str:
    """What of a grid is shown, in brackets, where that is not all of it."""
    told = [f"{count} of {len(grid.rows)} rows"] if len(grid.rows) > count else []
    told += [f"{width} of {len(grid.columns)} columns"] if len(grid.columns) > width else []
    return f" ({', '.join(told)})" if told else ""


def sides(grid: Grid, width: int) -> str:
    """For each of the first so many columns whether it stands left (l) or right (r): figures stand right."""
    return "".join("r" if kind in FIGURES else "l" for kind in grid.kinds).ljust(width, "l")[:width]


def grid_lines(grid: Grid, tz: str) -> list[str]:
    """A grid as aligned columns, figures to the right."""
    return aligned([tuple(grid.columns), *(tuple(row) for row in rows(grid, tz))], sides(grid, len(grid.columns)))


def aligned(lines: Sequence[Sequence[str]], sides: str) -> list[str]:
    """Lines of cells padded to columns; `sides` says l or r per column, l where it says nothing."""
    if not lines:
        return []
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    sides = sides.ljust(len(widths), "l")[: len(widths)]

    def padded(line: Sequence[str]) -> Iterator[str]:
        for cell, width, side in zip(line, widths, sides, strict=True):
            yield cell.rjust(width) if side == "r" else cell.ljust(width)

    return ["  ".join(padded(line)).rstrip() for line in lines]
