"""An answer as a Slack message: blocks that keep every limit, and the same answer as plain text."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from adapters import words
from adapters.slack import blocks as kit
from adapters.slack.blocks import Block
from agents.answer import Answer, Finding, Grid, Severity

MARK: dict[Severity, str] = {"critical": "🔴", "high": "🟠", "medium": "🟡", "low": "🔵", "info": "⚪", "good": "🟢"}
CAUSES = 12
FOLLOWUPS = 2
LINKS = 4
GRIDS = 2
NOTE = 300


@dataclass(frozen=True, slots=True)
class Card:
    """What is posted. `text` is for notifications and screen readers, escaped as Slack wants it."""

    blocks: list[Block]
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a card, fullest form first; when space is short, parts with a higher `rank` give way first."""

    name: str
    rank: int
    forms: Sequence[list[Block]]


def card(answer: Answer, *, chart_file: str | None = None, thread: str = "", asked: str = "", private: bool = False) -> Card:
    """The message for an answer.

    `chart_file` is an uploaded Slack file; without it the chart is given in words. `thread` travels in the buttons, so
    that a click continues the conversation; `asked` shows a question that nobody can read above the card; a `private`
    one can be shared.
    """
    parts = [part for part in _parts(answer, chart_file, thread, asked, private) if any(part.forms)]
    return Card(_fitted(parts), text(answer))


def text(answer: Answer) -> str:
    return kit.escape(words.plain_text(answer), kit.TEXT) or "–"


def _parts(answer: Answer, chart_file: str | None, thread: str, asked: str, private: bool) -> Iterator[Part]:
    yield Part("question", 1, [[kit.context([f"Asked: {words.one_line(asked)}"])]] if asked else [])
    yield Part("headline", 0, [[kit.headline(answer.headline)]])
    yield Part("summary", 2, _cut_forms(answer.summary, (1_500, 600)))
    yield Part("what is missing", 3, _cut_forms("\n".join(f"⚠ Partial: {gap}" for gap in answer.partial), (900, 300)))
    yield Part("choices", 1, [_choices(answer, thread)])
    yield Part("causes", 4, _causes(answer))
    yield Part("causes in words", 5, _listed("What they did", _bulleted(words.untold(answer)), (6, 3)))
    yield Part("chart", 7, [_chart(answer, chart_file)])
    yield Part("findings", 6, _listed("Findings", [_finding(found) for found in words.ranked(answer.findings)], (8, 4, 2)))
    yield Part("what to do", 5, _listed("What to do", _numbered(answer.recommendations), (6, 3)))
    for at, grid in enumerate(words.shown(answer)[:GRIDS]):
        draw = monospace if answer.causes or at or "tree" in grid.kinds else _table
        yield Part(grid.title or "table", 10 + at, [draw(grid, answer.question.asker.tz, rows) for rows in (15, 5)])
    more = words.more_tables(answer, GRIDS)
    note = f"More tables under “Show the work”: {', '.join(more)}"
    yield Part("more tables", 20, [[kit.context([note])]] if more and answer.id and answer.evidence else [])
    yield Part("links", 8, [_links(answer)])
    yield Part("follow-ups", 9, [_followups(answer, thread)])
    yield Part("work", 1, [_work(answer, private)])
    facts = words.context(answer)
    yield Part("feedback", 15, _feedback(answer, private))
    yield Part("context", 1, [[kit.context(facts)]] if facts else [])


def _fitted(parts: Sequence[Part]) -> list[Block]:
    """The fullest form of each part for which there is room, the important ones served first; says what it left out."""
    room, count = kit.CHARACTERS - NOTE, kit.BLOCKS - 1
    chosen: dict[int, list[Block]] = {}
    for at, part in sorted(enumerate(parts), key=lambda item: item[1].rank):
        for form in part.forms:
            size = kit.characters(form)
            if size <= room and len(form) <= count:
                chosen[at] = form
                room, count = room - size, count - len(form)
                break
    left_out = [part.name for at, part in enumerate(parts) if at not in chosen]
    shown = [block for at in sorted(chosen) for block in chosen[at]]
    if left_out:
        shown.append(kit.context([f"Left out for length: {', '.join(left_out)}"], NOTE))
    return _joined_actions(shown)


def _joined_actions(shown: list[Block]) -> list[Block]:
    """Neighbouring rows of buttons made one."""
    joined: list[Block] = []
    for block in shown:
        if joined and block["type"] == joined[-1]["type"] == "actions":
            joined[-1] = {"type": "actions", "elements": [*joined[-1]["elements"], *block["elements"]]}
        else:
            joined.append(block)
    return joined


def _cut_forms(text: str, limits: Sequence[int]) -> list[list[Block]]:
    text = words.clean(text).strip()
    return [[kit.section(kit.escape(text, limit))] for limit in limits] if text else []


def _listed(title: str, lines: Sequence[str], counts: Sequence[int]) -> list[list[Block]]:
    return [[_list_section(title, lines, count)] for count in counts] if lines else []


def _list_section(title: str, lines: Sequence[str], count: int) -> Block:
    more = f"\n… and {len(lines) - count} more" if len(lines) > count else ""
    return kit.section(f"*{title}*\n" + "\n".join(lines[:count]) + more)


def _finding(found: Finding) -> str:
    return f"{MARK[found.severity]} *{words.SEVERITY[found.severity]}*  {kit.escape(words.one_line(found.text), 300)}"


def _bulleted(lines: Sequence[str]) -> list[str]:
    return [f"• {kit.escape(words.one_line(line), 400)}" for line in lines]


def _numbered(lines: Sequence[str]) -> list[str]:
    return [f"{at}. {kit.escape(words.one_line(line), 400)}" for at, line in enumerate(lines, 1)]


def _causes(answer: Answer) -> list[list[Block]]:
    tables = [words.cause_rows(answer.causes, count) for count in (CAUSES, 5)] if answer.causes else []
    return [[kit.table(rows, "lrr")] for rows in tables]


def _chart(answer: Answer, chart_file: str | None) -> list[Block]:
    drawn = []
    for at, chart in enumerate(answer.charts[:2]):
        if chart_file and at == 0:
            drawn.append(kit.image(chart_file, chart.alt))
        else:
            drawn.append(kit.context([f"{chart.title}: {chart.alt}"], 1_000))
    return drawn


def _table(grid: Grid, tz: str, count: int) -> list[Block]:
    width = min(len(grid.columns), kit.TABLE_COLUMNS)
    return _with_title(grid, count, width, lambda rows, sides: kit.table(rows, sides, 60), tz)


def monospace(grid: Grid, tz: str, count: int) -> list[Block]:
    """A grid as a block of code: a message may hold one table block only."""

    def draw(rows: Sequence[Sequence[str]], sides: str) -> Block:
        lines = words.aligned([[_in_width(cell) for cell in row] for row in rows], sides)
        return kit.section(fenced("\n".join(lines)))

    return _with_title(grid, count, min(len(grid.columns), 8), draw, tz)


def _in_width(cell: str) -> str:
    """A cell cut to 40 characters, or 46 with the branches of a tree, whose blanks are kept."""
    name = cell.lstrip(words.BRANCHES)
    lead = cell[: len(cell) - len(name)]
    return lead + kit.cut(name, min(40, max(46 - len(lead), 12)))


def _with_title(
    grid: Grid, count: int, width: int, draw: Callable[[Sequence[Sequence[str]], str], Block], tz: str
) -> list[Block]:
    rows = [list(grid.columns), *words.rows(grid, tz)]
    title = kit.escape(words.one_line(grid.title), 200) + words.cut_to(grid, count, width)
    if not width:
        return []
    return [
        kit.section(f"*{title.strip() or 'Table'}*"),
        draw([row[:width] for row in rows[: count + 1]], words.sides(grid, width)),
    ]


def fenced(text: str, limit: int = kit.SECTION) -> str:
    """Text from data as a block of code that it cannot close; cut to `limit` in all."""
    broken = text.replace("```", "` ` `")
    return f"```\n{kit.escape(broken, limit - 8)}\n```"


def _choices(answer: Answer, thread: str) -> list[Block]:
    return kit.actions(_ask(choice, f"choice:{at}", thread) for at, choice in enumerate(answer.question.choices[:4]))


def _links(answer: Answer) -> list[Block]:
    return kit.actions(kit.open_button(link.title, link.url, at) for at, link in enumerate(answer.links[:LINKS]))


def _followups(answer: Answer, thread: str) -> list[Block]:
    return kit.actions(_ask(text, f"ask:{at}", thread) for at, text in enumerate(answer.followups[:FOLLOWUPS]))


def _ask(question: str, action: str, thread: str) -> Block | None:
    return kit.button(question, action, {"ask": question, "thread": thread})


def _feedback(answer: Answer, private: bool) -> list[list[Block]]:
    """Thumbs under an answer that everyone sees: Slack does not promise them in messages for one person."""
    if private or not answer.id or answer.error_id or answer.question.action != "answer":
        return []
    return [[kit.feedback({"good": answer.id}, {"bad": answer.id})]]


def _work(answer: Answer, private: bool) -> list[Block]:
    """What can be had of an answer that is kept: its work, its tables as files, and the answer itself for everyone."""
    if not answer.id or answer.error_id or answer.question.action != "answer":
        return []
    offers = (
        ("Show the work", "work", answer.evidence),
        ("Export CSV", "csv", answer.causes or answer.tables),
        ("Share to channel", "share", private),
    )
    return kit.actions(kit.button(title, kind, {kind: answer.id}) for title, kind, there_is in offers if there_is)
