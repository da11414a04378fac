"""The port to whatever keeps traces: one span for each thing that takes time, with counts and names of ours in it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, Protocol

Kind = Literal["orchestrator", "specialist", "tool", "model"]


class Span(Protocol):
    def note(self, **told: str | int | float) -> None:
        """Counts, ids and names of ours: never what a person typed, nor a value from the data."""
        ...


Trace = Callable[[Kind, str], AbstractContextManager[Span]]


class _Unkept:
    def note(self, **told: str | int | float) -> None:
        pass


@contextmanager
def untraced(kind: Kind, name: str) -> Iterator[Span]:  # noqa: ARG001  (as a trace that is kept takes them)
    """A trace that nobody keeps."""
    yield _Unkept()
