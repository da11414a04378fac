"""An answer in a terminal: the plain text, with a chart of bars, and colour where the terminal has it."""

import shutil
import sys
from typing import TextIO

from adapters import words
from agents import figures
from agents.answer import Answer, Chart

BOLD, DIM, HIGHLIGHT, RESET = "\033[1m", "\033[2m", "\033[33m", "\033[0m"
BAR_WIDTH = 40
GRIDS = 3


def show(answer: Answer) -> None:
    """Print an answer; colour only where it goes to a terminal."""
    out = sys.stdout
    print(render(answer, colour=out.isatty(), width=shutil.get_terminal_size((100, 24)).columns), file=out)


def render(answer: Answer, *, colour: bool = False, width: int = 100) -> str:
    """The answer as text, what matters first; the finest tables are left to `--json`."""
    parts = words.parts(answer, grids=GRIDS, charts=False)
    text = "\n\n".join("\n".join(part) for part in parts if part)
    bars = [_bars(chart, colour, min(BAR_WIDTH, width - 40)) for chart in answer.charts if isinstance(chart, Chart)]
    charts = "\n\n".join(bars)
    head, _, rest = words.clean(text).partition("\n")
    shown = f"{BOLD}{head}{RESET}\n{rest}" if colour else f"{head}\n{rest}"
    return f"{shown}\n\n{charts}".rstrip() if charts else shown.rstrip()


def _bars(chart: Chart, colour: bool, width: int) -> str:
    """Totals per x as bars, the highlighted one marked."""
    totals = [sum(values) for values in zip(*chart.series.values(), strict=True)]
    most = max((abs(total) for total in totals), default=0) or 1
    label = max((len(x) for x in chart.x), default=0)
    lines = [f"{chart.title} ({chart.unit})"]
    for x, total in zip(chart.x, totals, strict=True):
        bar = "█" * round(abs(total) / most * width)
        mark = " ◀" if x == chart.highlight else ""
        line = f"{x:<{label}}  {figures.money(total) if chart.unit == 'USD' else figures.number(total):>14}  {bar}{mark}"
        lines.append(f"{HIGHLIGHT}{line}{RESET}" if mark and colour else line)
    return "\n".join(lines)


class ProgressLine:
    """One line on standard error that says what is being done, and goes away."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._shown = self._out.isatty()

    async def say(self, text: str) -> None:
        if self._shown:
            print(f"\r\033[K{DIM}{text} …{RESET}", end="", file=self._out, flush=True)

    def clear(self) -> None:
        if self._shown:
            print("\r\033[K", end="", file=self._out, flush=True)
