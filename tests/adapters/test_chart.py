"""Charts: a specification that says what the chart says, and a picture that a chat can show."""

import asyncio
import json
import struct
import time
from dataclasses import replace
from typing import Any

import pytest

from adapters.chart import MARKED, SCALE, WIDTH, draw, specification
from adapters.painter import Painter
from agents.answer import Chart
from tests.adapters import samples


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def axis(spec: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = spec["layer"][0]["encoding"][name]["axis"]
    return found


def test_the_picture_is_sharp_and_small() -> None:
    png = draw(samples.CHART)
    width, height = size(png)
    assert WIDTH * SCALE < width < WIDTH * SCALE + 400 and 500 < height < 1_200
    assert 10_000 < len(png) <= 1_000_000


def test_it_is_white_behind_so_that_it_reads_on_dark_screens() -> None:
    assert specification(samples.CHART)["background"] == "white"


def test_every_figure_and_day_is_in_it_in_order() -> None:
    spec = specification(samples.CHART)
    values = sorted(spec["data"]["values"], key=lambda value: value["at"])
    assert tuple(value["y"] for value in values) == samples.DAILY
    assert tuple(value["x"] for value in values) == samples.CHART.x
    assert [value["x"] for value in values if value["marked"]] == ["2026-11-17"]
    assert axis(spec, "y")["title"] == "USD"


def test_the_highlighted_day_stands_out_by_colour_figure_and_label() -> None:
    spec = specification(samples.CHART)
    assert spec["layer"][0]["encoding"]["color"]["condition"]["value"] == MARKED
    assert spec["layer"][1]["encoding"]["text"]["field"] == "y"
    assert axis(spec, "x")["labelColor"]["condition"] == {"test": "datum.value === 13", "value": MARKED}
    plain = specification(replace(samples.CHART, highlight=""))
    assert len(plain["layer"]) == 1 and plain["layer"][0]["encoding"]["color"] == {"value": "#3b6ea5"}


def test_days_are_written_as_days() -> None:
    labels = json.loads(axis(specification(samples.CHART), "x")["labelExpr"].removesuffix("[datum.value]"))
    assert labels[0] == ["Wed", "4 Nov"] and labels[13] == ["Tue", "17 Nov"]


@pytest.mark.parametrize("kind", ["bar", "line", "stacked"])
@pytest.mark.parametrize(
    ("x", "series"),
    [
        pytest.param((), {}, id="nothing"),
        pytest.param(("a",), {"one": (0.0,)}, id="one point"),
        pytest.param(("a", "b"), {"one": (1.0, -2.0), "two": (3.0, 4.0)}, id="two series, one below zero"),
        pytest.param(samples.CHART.x, {f"s{n}": samples.DAILY for n in range(9)}, id="more series than colours"),
        pytest.param((samples.HOSTILE, '"]; alert(1); ["'), {samples.HOSTILE: (1.0, 2.0)}, id="hostile names"),
    ],
)
def test_every_kind_of_chart_can_be_drawn(kind: Any, x: tuple[str, ...], series: dict[str, tuple[float, ...]]) -> None:
    assert size(draw(Chart("A title", kind, x, series, "minutes", "alt", x[0] if x else "")))[0] > 0


async def test_the_loop_goes_on_while_a_chart_is_drawn() -> None:
    painter = Painter()
    longest, last, drawing = 0.0, time.perf_counter(), asyncio.create_task(painter.png(samples.CHART))
    while not drawing.done():
        await asyncio.sleep(0.005)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    png = await drawing
    await painter.close()
    assert png is not None and size(png)[0] > 0
    assert longest < 0.5


async def test_pictures_come_back_to_those_who_asked() -> None:
    painter = Painter(patience_seconds=60)
    narrow = Chart("n", "bar", ("a",), {"s": (1.0,)}, "u", "alt")
    pictures = await asyncio.gather(*(painter.png(chart) for chart in (samples.CHART, narrow, samples.CHART)))
    await painter.close()
    assert pictures[0] == pictures[2] == draw(samples.CHART)
    assert pictures[1] == draw(narrow)


async def test_a_chart_that_cannot_be_drawn_costs_only_itself() -> None:
    painter = Painter()
    broken = replace(samples.CHART, series={"Cost": (float("nan"), float("inf"))}, x=("a", "b"))
    await painter.png(broken)
    assert await painter.png(samples.CHART) is not None
    await painter.close()


async def test_a_painter_that_hangs_is_replaced() -> None:
    painter = Painter(seconds=0.001)
    assert await painter.png(samples.CHART) is None
    painter._seconds = 15
    assert await painter.png(samples.CHART) is not None
    await painter.close()


async def test_when_too_many_wait_some_go_without() -> None:
    painter = Painter(patience_seconds=0.01)
    pictures = await asyncio.gather(*(painter.png(samples.CHART) for _ in range(3)))
    await painter.close()
    assert pictures[0] is not None and pictures[1:] == [None, None]


async def test_an_idle_painter_goes_home_and_comes_back() -> None:
    painter = Painter(idle_seconds=0.01)
    assert await painter.png(samples.CHART) is not None
    await asyncio.sleep(0.1)
    assert painter._process is None
    assert await painter.png(samples.CHART) is not None
    await painter.close()
