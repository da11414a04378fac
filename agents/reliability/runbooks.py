"""What to do about a class of failures, from Markdown files that a team can replace."""

import re
from dataclasses import dataclass
from pathlib import Path

from agents.reliability.classes import OTHER

OURS = Path(__file__).parent / "runbooks"
_STEP = re.compile(r"^\s*(?:\d+[.)]|[-*])\s+")
_MARKUP = re.compile(r"[`*]|^#+\s*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Runbook:
    """`meaning` is the text before the first section; `steps` are those of the section First, in order."""

    name: str
    title: str
    meaning: str
    tell: str
    steps: tuple[str, ...]
    prevent: str

    @property
    def first(self) -> str:
        return self.steps[0] if self.steps else self.meaning


def read_runbook(name: str, directory: Path | None = None) -> Runbook:
    """The team's file `<name>.md` where there is one, else ours; a class without a file reads as `other`."""
    places = [place for place in (directory, OURS) if place]
    files = [place / f"{each}.md" for each in (name, OTHER) for place in places]
    found = next(file for file in files if file.is_file())
    return _parsed(name, found.read_text(encoding="utf-8"))


def _parsed(name: str, text: str) -> Runbook:
    title, sections, heading = name, {"": [""]}, ""
    for line in text.strip().splitlines():
        if line.startswith("# "):
            title = _plain(line)
        elif line.startswith("## "):
            heading = _plain(line).lower()
            sections[heading] = []
        else:
            sections[heading].append(line)
    steps = tuple(_plain(_STEP.sub("", line)) for line in sections.get("first", []) if _STEP.match(line))
    parts = {key: _plain(" ".join(lines)) for key, lines in sections.items()}
    return Runbook(name, title, parts[""], parts.get("how to tell", ""), steps, parts.get("prevent", ""))


def _plain(text: str) -> str:
    return " ".join(_MARKUP.sub("", text).split())
