"""A day's latency per warehouse, foretold by the forecaster, and how far it would have been off on the days before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from tools.errors import BadRequestError
from tools.ml.query_forecast import DAY_NAMES, Blend, Row, day_rows, known_before_day, predict, train

TESTED = 14  # past days on which the forecast is tried
LEAST_TESTED = 3  # below which its error is not told


@dataclass(frozen=True, slots=True)
class Outlook:
    """`low` to `high` is where 4 of 5 days should fall; `error` is the median over the `tested` days, of 1."""

    day: date
    expected: float
    low: float
    high: float
    error: float | None
    tested: int


def outlooks(histories: Sequence[Mapping[date, float]], day: date) -> Iterator[Outlook | None]:
    """One for each history, learned from all of them; None where fewer than seven of the 28 days before are known."""
    rows = sorted(day_rows(histories), key=_day)
    last = sorted({_day(row) for row in rows})[-TESTED:]
    learned = _learned(rows)
    before = _learned([row for row in rows if last and _day(row) < last[0]])  # what is tried has not seen the days it is tried on
    for history in histories:
        known = known_before_day(history, day)
        if known is None:
            yield None
            continue
        told = predict(learned, known)
        tried = [row for row in day_rows([history]) if last[0] <= _day(row) < day]
        errors = [abs(predict(before, row.known).value / history[_day(row)] - 1) for row in tried if history[_day(row)] > 0]
        error = median(errors) if len(errors) >= LEAST_TESTED else None
        yield Outlook(day, told.value, told.low, told.high, error, len(errors))


def _learned(rows: Sequence[Row]) -> Blend:
    try:
        return train(DAY_NAMES, rows)
    except BadRequestError:
        return Blend.unlearned(DAY_NAMES)


def _day(row: Row) -> date:
    return row.at
