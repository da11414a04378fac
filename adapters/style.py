"""The looks that all pictures share."""

INK, FAINT, GRID = "#1f2933", "#52606d", "#e4e7eb"
MARKED = "#c8102e"
SCALE = 2
FONT = "Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif"


def short(text: str, limit: int) -> str:
    """One line of at most so many characters."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
