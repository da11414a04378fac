"""Refusals that a tool makes before it asks a warehouse: a value that is not on the list, or out of range."""

from collections.abc import Sequence

from tools.errors import BadRequestError


def one_of(tool: str, parameter: str, value: str, known: Sequence[str]) -> str:
    """The known spelling of a value, upper and lower case alike; BadRequestError names the known ones."""
    for word in known:
        if word.lower() == value.lower():
            return word
    raise BadRequestError(f"{tool} was asked with {parameter} = {value[:60]!r}.", do=f"Known: {', '.join(known)}.")


def within(tool: str, parameter: str, value: float, lowest: float, highest: float) -> None:
    """BadRequestError for a number outside [lowest, highest], which no NaN is inside of."""
    if not lowest <= value <= highest:
        raise BadRequestError(
            f"{tool} was asked with {parameter} = {_shown(value)}.",
            do=f"{parameter} goes from {_shown(lowest)} to {_shown(highest)}.",
        )


def _shown(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"
