"""In which workspace we act: set where something comes from Slack, and read where Slack is called."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TEAM = ContextVar("team", default="")


@contextmanager
def acting_in(team: str) -> Iterator[None]:
    """Everything inside, and every task begun there, speaks to this workspace."""
    token = _TEAM.set(team)
    try:
        yield
    finally:
        _TEAM.reset(token)


def acting() -> str:
    """The key of the workspace; empty outside of any."""
    return _TEAM.get()
