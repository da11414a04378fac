"""Typed text made safe to read: invisible and look-alike characters folded, length bounded."""

import re
import unicodedata

LONGEST = 4000  # a question says what it wants well before this many characters

# Letters of other scripts that are drawn like Latin ones, as used to slip words past a reader.
_LOOKALIKES = str.maketrans(
    "аеорсухікмтнвԁјѕһԛԝαοριτυνκχεАВЕКМНОРСТХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧɡıℓ",
    "aeopcyxikmthbdjshqwaopituvkxeABEKMHOPCTXIJSABEZHIKMNOPTYXgil",
)
_QUOTES = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "´": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "−": "-",
        "‑": "-",
        "‐": "-",
        "…": "...",
        "，": ",",
        "？": "?",
        "：": ":",
    }
)
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"}
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """The text in NFKC, in one line, without control, format, private and surrogate characters, at most LONGEST long."""
    shown = unicodedata.normalize("NFKC", text[: LONGEST * 5])
    kept = "".join(" " if char.isspace() else char for char in shown if char.isspace() or unicodedata.category(char)[0] != "C")
    return _SPACES.sub(" ", kept.translate(_QUOTES)).strip()[:LONGEST]


def fold(text: str) -> str:
    """Lower case without accents, look-alikes as Latin letters: what is compared, never what is shown."""
    if text.isascii():
        return text.lower()
    latin = text.translate(_LOOKALIKES).lower()
    for letter, plain in _LETTERS.items():
        latin = latin.replace(letter, plain)
    return "".join(char for char in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(char))
