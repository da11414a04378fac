"""Lists of words kept as text beside the code, read when first used."""

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("words")


@cache
def words(name: str) -> frozenset[str]:
    """Every word of words/NAME.txt."""
    return frozenset(lines_text(name).split())


@cache
def lines(name: str) -> tuple[str, ...]:
    """The lines of words/NAME.txt without empty ones; spaces at their ends count."""
    return tuple(line for line in lines_text(name).split("\n") if line)


def lines_text(name: str) -> str:
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")
