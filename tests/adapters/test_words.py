"""The formats that every adapter shares, and the text that must be complete."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from adapters import words
from agents import figures
from tests.adapters import samples


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("4812.37", "$4,812.37"),
        ("-312", "−$312.00"),
        ("0", "$0.00"),
        ("0.005", "$0.01"),
        ("-0.001", "$0.00"),
        ("1e6", "$1,000,000.00"),
    ],
)
def test_money(amount: str, shown: str) -> None:
    assert figures.money(Decimal(amount)) == shown


def test_a_change_shows_its_sign_both_ways() -> None:
    assert [figures.change(Decimal(d)) for d in ("12", "-3.5", "0")] == ["+$12.00", "−$3.50", "$0.00"]


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.707, "71%"), (0.098, "9.8%"), (-0.0103, "−1.0%"), (1.0, "100%"), (0.0, "0%"), (2.5, "250%"), (-0.0001, "0.0%")],
)
def test_percent(share: float, shown: str) -> None:
    assert figures.percent(share) == shown


@pytest.mark.parametrize(
    ("cell", "kind", "shown"),
    [
        (Decimal("5.1"), "usd", "$5.10"),
        (0.5, "percent", "50%"),
        (12345, "number", "12,345"),
        (-12345.678, "number", "−12,345.68"),
        (None, "usd", "–"),
        ("n/a", "usd", "n/a"),
        (date(2026, 11, 17), "date", "Tue 17 Nov 2026"),
        (datetime(2026, 11, 17, 23, 30, tzinfo=UTC), "date", "Wed 18 Nov 2026 08:30 Asia/Tokyo"),
        (True, "number", "True"),
    ],
)
def test_cells(cell: Any, kind: str, shown: str) -> None:
    assert words.value(cell, kind, "Asia/Tokyo") == shown


def test_the_plain_text_of_an_answer_is_complete() -> None:
    answer = samples.spike()
    text = words.plain_text(answer)
    said = [
        answer.headline,
        answer.summary,
        *answer.recommendations,
        *answer.followups,
        answer.baseline,
        answer.charts[0].alt,
    ]
    said += [finding.text for finding in answer.findings] + [cause.text for cause in answer.causes]
    said += [part for link in answer.links for part in (link.title, link.url)]
    said += [
        "+$4,812.34",
        "Unexplained rest",
        "Tue 17 Nov 2026 America/New_York",
        "Wed 18 Nov 2026 06:00 America/New_York",
        "Cost + Reliability",
    ]
    assert [part for part in said if part not in text] == []


def test_an_error_shows_its_id_and_a_clarifying_question_its_choices() -> None:
    assert "Error id: 0badc0de" in words.plain_text(samples.failed())
    assert "2. Why did costs spike last Tuesday?" in words.plain_text(samples.clarify())


def test_text_from_data_cannot_act_on_a_terminal() -> None:
    text = words.clean("a\x1b[31mred\x07 \u202eevil\u2066 tab\tline\n")
    assert text == "a[31mred evil tab\tline\n"
    assert "\x1b" not in words.plain_text(samples.hostile())


def test_columns_stand_under_each_other() -> None:
    lines = words.grid_lines(samples.grid(), "UTC")
    assert lines[0] == "Workspace  Day                   Cost  Share   Runs"
    assert lines[1] == "prod-east  Tue 17 Nov 2026  $5,103.20    73%  1,204"
