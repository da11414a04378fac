"""Charts as Teams draws them itself, with a picture for clients that cannot."""

import base64
import re
from collections.abc import Sequence

from adapters.teams import elements as kit
from adapters.teams.elements import Element
from agents.answer import Chart, Graph

SERIES, POINTS = 8, 60
_DAY = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d{1,2} [A-Z][a-z]{2})")


def chart(drawn: Chart | Graph, picture: bytes | None) -> list[Element]:
    """The chart; a graph of nodes is a picture or words, since Teams has no element for it."""
    own = _native(drawn) if isinstance(drawn, Chart) and _fits(drawn) else None
    shown = kit.image(f"data:image/png;base64,{base64.b64encode(picture).decode()}", drawn.alt) if picture else None
    told = kit.line(f"{drawn.title}: {drawn.alt}", 1_000, isSubtle=True)
    if own:
        return [{**own, "fallback": shown or told}]
    return [shown] if shown else [told]


def _fits(drawn: Chart) -> bool:
    whole = all(len(figures) >= len(drawn.x) for figures in drawn.series.values())
    return bool(drawn.x and drawn.series) and whole and len(drawn.series) <= SERIES and len(drawn.x) <= POINTS


def _native(drawn: Chart) -> Element:
    named = {"title": kit.plain(drawn.title, 100), "yAxisTitle": kit.plain(drawn.unit, 30), "xAxisTitle": " "}
    if drawn.kind == "line":
        lines = [{"legend": kit.plain(name, 40), "values": _points(drawn, name)} for name in drawn.series]
        return {"type": "Chart.Line", **named, "data": lines}
    if len(drawn.series) > 1:
        bars = [{"legend": kit.plain(name, 40), "values": _points(drawn, name)} for name in drawn.series]
        return {"type": "Chart.VerticalBar.Grouped", **named, "stacked": drawn.kind == "stacked", "data": bars}
    [only] = drawn.series
    marked = [
        {**point, "color": "attention" if x == drawn.highlight else "categoricalBlue"}
        for x, point in zip(drawn.x, _points(drawn, only), strict=True)
    ]
    return {"type": "Chart.VerticalBar", **named, "data": marked}


def _points(drawn: Chart, name: str) -> list[Element]:
    return [{"x": x, "y": round(float(y), 2)} for x, y in zip(_labels(drawn.x), drawn.series[name], strict=False)]


def _labels(x: Sequence[str]) -> list[str]:
    """What stands below the bars: days without their weekday, or a narrow chart would show nothing else of them."""
    days = [_DAY.fullmatch(label) for label in x]
    return [kit.plain(day[1] if day and all(days) else label, 30) for day, label in zip(days, x, strict=True)]
