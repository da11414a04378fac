"""Answers made up at random: lengths around Slack's limits, text that grows when it is escaped, anything of anything."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from adapters import words
from agents.answer import Answer, Cause, Chart, Finding, Grid, Link
from tests.adapters import samples
from tools.table import Receipt

HARD = (
    "", " ", "<&>" * 1_100, "word " * 620, "x" * 2_999, "x" * 3_000, "x" * 3_001, "<!channel>", "*b* `c` ```d```", "line\n" * 250,
    "🟢" * 760, "a" * 149, "a" * 150, "a" * 151, "b" * 75, "b" * 76, samples.HOSTILE, "\u202e\u0000\x1b[31m", "0", "–",
)  # fmt: skip
LETTERS = "abc xyz <&>*_`~|\n\t\"'$%§é漢🟠\u200b"
KINDS = ("text", "usd", "percent", "number", "date", "change", "tree", "")


class Generator:
    """Makes the same answers for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def answer(self) -> Answer:
        pick, text, some = self._chance.choice, self._text, self._some
        asked = replace(samples.question(text()), choices=some(5, text))
        return Answer(
            question=pick((asked, asked, replace(asked, action=pick(("clarify", "decline", "help"))))),
            headline=text(),
            summary=text(),
            agents=some(6, lambda: pick(("cost", "quality", "other"))),
            causes=some(pick((0, 0, 0, 3, 3, 15, 15, 120)), self._cause),
            findings=some(12, lambda: Finding(pick(list(words.SEVERITY)), text(), "cost")),
            recommendations=some(9, text),
            tables=some(4, self._grid),
            charts=some(3, lambda: Chart(text(), "bar", (), {}, text(), text())),
            links=some(8, lambda: Link(text(), self._url())),
            followups=some(5, text),
            evidence=some(5, self._receipt),
            as_of=pick((None, datetime(2026, 11, 18, tzinfo=UTC))),
            baseline=text(),
            partial=some(4, text),
            seconds=self._chance.uniform(0, 10_000),
            error_id=pick(("", "", "0badc0de")),
            id=pick(("", "a1b2c3d4", "a1b2c3d4")),
        )

    def _text(self) -> str:
        if self._chance.random() < 0.25:
            return self._chance.choice(HARD)
        return "".join(self._chance.choices(LETTERS, k=self._chance.choice((1, 8, 30, 80))))

    def _some(self, most: int, make: Callable[[], Any]) -> tuple[Any, ...]:
        return tuple(make() for _ in range(self._chance.randint(0, most)))

    def _money(self) -> Decimal:
        return Decimal(self._chance.randint(-(10**11), 10**11)) / 100

    def _url(self) -> str:
        long = "https://adb-1.example/" + "y" * 3_100
        return self._chance.choice(("https://adb-1.example/x", long, "javascript:x", self._text()))

    def _cause(self) -> Cause:
        dims = {self._text(): self._text() for _ in range(self._chance.randint(0, 2))}
        return Cause(dims, self._money(), self._chance.uniform(-5, 5), self._text(), self._money(), self._money(), self._url())

    def _grid(self) -> Grid:
        width, height = self._chance.randint(0, 22), self._chance.choice((0, 1, 1, 4, 4, 16, 105))
        cells = [self._cell() for _ in range(5)]
        rows = tuple(tuple(cells[(row + column) % 5] for column in range(width)) for row in range(height))
        kinds = tuple(self._chance.choice(KINDS) for _ in range(self._chance.randint(0, width)))
        return Grid(self._text(), tuple(self._text() or "c" for _ in range(width)), rows, kinds)

    def _cell(self) -> Any:
        values = (self._text(), self._money(), self._chance.uniform(-1e9, 1e9), None, 7, date(2026, 11, 17), True)
        return self._chance.choice(values)

    def _receipt(self) -> Receipt:
        bound = {self._text(): self._cell() for _ in range(self._chance.randint(0, 3))}
        return Receipt(self._text(), self._text(), self._text(), bound, self._chance.randint(0, 10**6), 12.5)
