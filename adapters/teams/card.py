"""An answer as an Adaptive Card 1.5 that keeps Teams' limits, and the same answer as plain text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters import words
from adapters.teams import elements as kit
from adapters.teams.charts import chart
from adapters.teams.elements import Element
from adapters.teams.work import work
from agents.answer import Answer, Finding, Grid, Severity

COLOR: dict[Severity, str] = {
    "critical": "Attention",
    "high": "Attention",
    "medium": "Warning",
    "low": "Accent",
    "info": "Default",
    "good": "Good",
}
CAUSES = 12
FOLLOWUPS, LINKS = 3, 4
BUTTON = 45  # characters: a narrow chat clips what is longer
CITATIONS = 10  # Teams refuses a message with more
GRIDS, COLUMNS, ROWS = 2, 8, (15, 5)
NOTE = 2_000
PICTURES = 24_000  # bytes, which grow by a third inside a message
TEXT, FALLBACK = 12_000, 800


@dataclass(frozen=True, slots=True)
class Card:
    """What is posted: `card` if there is one, else `text`, which is complete without it. `citations` name the queries."""

    text: str
    summary: str
    card: Element | None = None
    citations: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a card, fullest form first; when space is short, parts with a higher `rank` give way first.

    `besides` is what it has beyond the space of the others: its picture.
    """

    name: str
    rank: int
    forms: Iterable[list[Element]]
    besides: int = 0


def said(text: str) -> Card:
    """A message of words alone."""
    return Card(kit.cut(words.clean(text).strip(), TEXT) or "–", kit.cut(words.one_line(text), 200))


def card(answer: Answer, *, pictures: Mapping[int, bytes] | None = None, asked: str = "") -> Card:
    """The message for an answer. `pictures` are its charts drawn, by number; `asked` shows a question nobody can read."""
    text = kit.cut(words.plain_text(answer).strip(), TEXT) or "–"
    room = kit.CHARACTERS - NOTE - kit.size(envelope([], text))
    whole = envelope(_fitted(list(_parts(answer, pictures or {}, asked)), room), text)
    return Card(text, kit.cut(words.one_line(answer.headline), 200) or "Answer", whole, _citations(answer))


def envelope(body: list[Element], text: str) -> Element:
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "msteams": {"width": "Full"},
        "fallbackText": "\n\n".join(kit.markdown(line, FALLBACK) for line in kit.cut(text, FALLBACK).splitlines() if line) or "–",
        "body": body,
    }


def _parts(answer: Answer, pictures: Mapping[int, bytes], asked: str) -> Iterator[Part]:
    yield Part("question", 1, [[kit.line(f"Asked: {words.one_line(asked)}", 300, isSubtle=True)]] if asked else [])
    yield Part("headline", 0, [[kit.line(answer.headline or "–", 1_000, size="Large", weight="Bolder")]])
    yield Part("summary", 2, (kit.lines(answer.summary, limit) for limit in (2_000, 600)))
    missing = [kit.line(f"⚠ Partial: {gap}", 400, color="Warning") for gap in answer.partial]
    yield Part("what is missing", 3, [missing[:6], missing[:2]])
    yield Part("choices", 1, [kit.actions(kit.ask(choice) for choice in answer.question.choices[:4])])
    yield Part("causes", 4, _causes(answer) if answer.causes else [])
    yield Part("causes in words", 6, _listed("What they did", [f"• {text}" for text in words.untold(answer)], (6, 3)))
    room = PICTURES
    for at, drawn in enumerate(answer.charts[:2]):
        picture = pictures.get(at, b"")
        fits = 0 < len(picture) <= room
        room -= len(picture) if fits else 0
        shown = chart(drawn, picture if fits else None)
        yield Part(f"chart {drawn.title}", 7 + at, [shown], besides=4 * len(picture) // 3 if fits else 0)
    yield Part("findings", 5, (_findings(words.ranked(answer.findings), count) for count in (8, 4)))
    steps = [f"{at}. {step}" for at, step in enumerate(answer.recommendations, 1)]
    yield Part("what to do", 5, _listed("What to do", steps, (6, 3)))
    for at, grid in enumerate(words.shown(answer)[:GRIDS]):
        yield Part(grid.title or "table", 10 + at, _grids(grid, answer.question.asker.tz))
    more = words.more_tables(answer, GRIDS)
    note = kit.line(f"More tables in the CSV: {', '.join(more)}", 300, isSubtle=True)
    yield Part("more tables", 20, [[note]] if more and answer.id else [])
    yield Part("links", 8, [kit.actions(kit.open_url(link.title, link.url) for link in answer.links[:LINKS])])
    yield Part("follow-ups", 8, [kit.actions(map(_followup, answer.followups[:FOLLOWUPS]))])
    yield Part("work", 9, (kit.actions(_tools(answer, room)) for room in (14_000, 6_000)))
    facts = [_fact(told) for told in words.context(answer)]
    yield Part("context", 1, [[kit.facts(facts)]] if facts else [])


def _fitted(parts: Sequence[Part], room: int) -> list[Element]:
    """The fullest form of each part for which there is room, the important ones served first; says what it left out."""
    chosen: dict[int, list[Element]] = {}
    left_out: dict[int, str] = {}
    for at, part in sorted(enumerate(parts), key=lambda item: item[1].rank):
        for form in part.forms:
            size = kit.size(form) - part.besides if form else 0
            if size <= room:
                chosen[at], room = form, room - size
                break
            left_out[at] = part.name
        if at in chosen:
            left_out.pop(at, None)
    shown = [element for at in sorted(chosen) for element in chosen[at]]
    if left_out:
        shown.append(kit.line(f"Left out for length: {', '.join(left_out[at] for at in sorted(left_out))}", 300, isSubtle=True))
    return shown


def _fact(told: str) -> tuple[str, str]:
    name, colon, value = told.partition(": ")
    return (name, value) if colon else ("Answered", told.removeprefix("Answered "))


def _followup(text: str) -> Element | None:
    return kit.ask(text, title=kit.shortened(text, BUTTON))


def _title(text: str) -> Element:
    return kit.line(text, 200, weight="Bolder")


def _listed(title: str, lines: Sequence[str], counts: Sequence[int]) -> Iterable[list[Element]]:
    def form(count: int) -> list[Element]:
        more = [kit.line(f"… and {len(lines) - count} more", isSubtle=True)] if len(lines) > count else []
        return [
            _spaced(_title(title)),
            *(kit.line(line, 400) for line in lines[:count]),
            *more,
        ]

    return (form(count) for count in counts) if lines else []


def _findings(found: Sequence[Finding], count: int) -> list[Element]:
    if not found:
        return []
    more = [kit.line(f"… and {len(found) - count} more", isSubtle=True)] if len(found) > count else []
    return [_spaced(_title("Findings")), *map(_finding, found[:count]), *more]


def _finding(found: Finding) -> Element:
    severity = kit.run(words.SEVERITY[found.severity], 20, weight="Bolder", color=COLOR[found.severity])
    return kit.paragraph(severity, {"type": "TextRun", "text": "  "}, kit.run(found.text, 300))


def _spaced(element: Element) -> Element:
    return {**element, "spacing": "Medium"}


def _causes(answer: Answer) -> Iterator[list[Element]]:
    return ([kit.table(words.cause_rows(answer.causes, count), "lrr", limit=120)] for count in (CAUSES, 5))


def _grids(grid: Grid, tz: str) -> Iterator[list[Element]]:
    """The table with fewer and fewer rows; nothing of one without columns."""
    told = words.rows(replace(grid, rows=grid.rows[: ROWS[0]]), tz)
    for count in ROWS if grid.columns else ():
        yield _grid(grid, told, count)


def _grid(grid: Grid, told: list[list[str]], count: int) -> list[Element]:
    width = min(len(grid.columns), COLUMNS)
    rows = [list(grid.columns), *told][: count + 1]
    title = (words.one_line(grid.title) or "Table") + words.cut_to(grid, count, width)
    drawn = kit.table([row[:width] for row in rows], words.sides(grid, width), tree="tree" in grid.kinds)
    return [_spaced(_title(title)), drawn]


def _tools(answer: Answer, room: int) -> Iterator[Element | None]:
    if not answer.id:
        return
    if answer.evidence or answer.causes:
        yield kit.show_card("Show the work", work(answer, room))
    if answer.tables or answer.causes:
        yield kit.execute("CSV", "csv", {"csv": answer.id})
    if answer.agents:
        yield kit.ask(answer.question.text, title="Refresh", verb="refresh")


def _citations(answer: Answer) -> tuple[Element, ...]:
    """The evidence as Teams' citations, one a query."""

    def claim(at: int, tool: str, about: str) -> Element:
        document: dict[str, Any] = {"@type": "DigitalDocument", "name": kit.plain(tool, 80) or "query", "abstract": about}
        return {"@type": "Claim", "position": at, "appearance": document}

    return tuple(
        claim(at, receipt.tool, kit.plain(f"{receipt.id}: {receipt.rows:,} rows in {receipt.ms:,.0f} ms", 160))
        for at, receipt in enumerate(answer.evidence[:CITATIONS], 1)
    )
