"""What a study is: how one model is trained, tried on later days, and shown by example."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tools.warehouse import Warehouse

Records = list[dict[str, Any]]
NOTHING_TO_TRY = "Nothing happened in the period on which the model is to be tried."


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a model beside those of the naive guesses, on the same `n` rows."""

    name: str
    value: float
    naive: Mapping[str, float]
    n: int
    larger_is_better: bool = False

    @property
    def wins(self) -> bool:
        """Better than every guess; a tie is no win."""
        sign = -1 if self.larger_is_better else 1
        return self.n > 0 and all(sign * self.value < sign * guess for guess in self.naive.values())


@dataclass(frozen=True, slots=True)
class Result:
    """A candidate and how it did on the later period: `measures` must all win, the error first (smaller is better)."""

    name: str
    state: str
    measures: tuple[Measure, ...]
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def error(self) -> float:
        return self.measures[0].value


@dataclass(frozen=True, slots=True)
class Study:
    """`fit` sees nothing from `split` on; `trial` scores only what lies from it on; `example` is an input as served."""

    name: str
    read: Callable[[Warehouse, date, date], Awaitable[Any]]
    fit: Callable[[Any, date], str]
    trial: Callable[[str, Any, date], Result]
    example: Callable[[Any], Records]
