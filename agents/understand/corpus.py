"""Training questions: the written lines with their slots filled, varied, and joined to questions with several parts."""

import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

FOLDS = 5
NOUNS = "nouns"
AUTHORS = {
    "panel": 0, "voices_third": 0, "jargon": 0, "voices": 1, "stories": 1, "panel_second": 2, "several_more": 2, "visitors": 2,
    "desks": 3, "voices_actions": 3, "voices_more": 4, "actions_more": 4, "borders": 4, "shifts": 0, "offices": 1,
    "plants": 2, "startups": 3, "ministries": 4, "turns": 3,
}  # fmt: skip
INDEPENDENT = frozenset({"shifts", "offices", "plants", "startups", "ministries"})  # by people who had seen no other questions
FOLDER = Path(__file__).parent / "training"
_SPLIT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Example:
    """One question with its labels; `line` is the written line it stems from, so that no fold sees a line twice."""

    text: str
    action: str
    topics: tuple[str, ...]
    line: str
    fragment: bool = False
    followup: bool = False
    chosen_fold: int | None = None
    composed: bool = False  # put together from written lines, not written as it is

    @property
    def fold(self) -> int:
        return fold_of(self.line) if self.chosen_fold is None else self.chosen_fold

    @property
    def author(self) -> str:
        return self.line.partition(":")[0]

    @property
    def agents(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(topic.partition(".")[0] for topic in self.topics if topic != "overview"))


def fold_of(line: str) -> int:
    """An author stays in one fold, so that calibration meets words it has not learned; topic files are cut by line."""
    stem = line.partition(":")[0]
    return AUTHORS[stem] % FOLDS if stem in AUTHORS else crc32(line.encode()) % FOLDS


@cache
def _slots() -> dict[str, Any]:
    return dict(json.loads((FOLDER / "slots.json").read_text(encoding="utf-8")))


def fingerprint() -> str:
    """A hash over everything the weights are learned from."""
    digest = hashlib.sha256()
    for path in [*sorted(FOLDER.glob("*.txt")), FOLDER / "slots.json", FOLDER.with_name("words") / "families.txt"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def written(*, nouns: bool = False) -> Iterator[tuple[str, str, str]]:
    """(file stem, heading, line) of every written line; the nouns for lists only when asked for."""
    for path in sorted(FOLDER.glob("*.txt")):
        if (path.stem == NOUNS) != nouns:
            continue
        heading = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("## "):
                heading = line[3:].strip()
            elif line.strip():
                yield path.stem, heading, line.strip()


def examples(seed: int = 7) -> list[Example]:
    """Every line a few times with other names, times, greetings and typing errors; then pairs and triples of them."""
    chance = random.Random(seed)
    plain: list[Example] = []
    for stem, heading, line in written():
        copies = 4 if stem == "hard" else 3 if "{" in line else 2
        plain += [_example(stem, heading, line, copy, chance) for copy in range(copies)]
    return plain + list(_joined(plain, chance)) + list(_listed(chance))


def _example(stem: str, heading: str, line: str, copy: int, chance: random.Random) -> Example:
    text = _SPLIT.sub(lambda slot: chance.choice(_slots()["slots"][slot[1]]), line)
    bare = heading in ("help", "clarify", "fragment")
    if copy and not bare:
        text = chance.choice(_slots()["before"]) + text + chance.choice(_slots()["after"])
    elif copy:
        text += chance.choice(("", "?", "!", "??", " pls"))
    if copy and chance.random() < 0.3:
        text = mistyped(text, chance)
    if copy and chance.random() < 0.3:
        text = text.lower().replace("?", "").replace(",", "")
    followup = stem == "followups"
    action = heading if heading in ("help", "clarify", "decline") else "clarify" if heading == "fragment" else "answer"
    topics = () if action != "answer" else tuple(heading.split("+"))
    return Example(" ".join(text.split()), action, topics, f"{stem}:{heading}:{line}", heading == "fragment", followup)


def mistyped(text: str, chance: random.Random) -> str:
    """One or two letters swapped, dropped, doubled or replaced."""
    letters = list(text)
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(max(1, len(letters) - 1))
        if not letters[at].isalpha() or at + 1 >= len(letters) or not letters[at + 1].isalpha():
            continue
        kind = chance.randrange(4)
        if kind == 0:
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif kind == 1:
            del letters[at]
        elif kind == 2:
            letters.insert(at, letters[at])
        else:
            letters[at] = chance.choice("abcdefghijklmnopqrstuvwxyz")
    return "".join(letters)


def _joined(plain: list[Example], chance: random.Random) -> Iterator[Example]:
    by_agent: dict[tuple[str, int], list[Example]] = {}
    for example in plain:
        if (
            example.action == "answer"
            and len(example.agents) == 1
            and not example.followup
            and not example.line.startswith("languages")
        ):
            by_agent.setdefault((example.agents[0], example.fold), []).append(example)
    agents = sorted({agent for agent, _ in by_agent})
    for count, amount in ((2, 3200), (3, 900), (1, 800)):
        for number in range(amount):
            chosen = chance.sample(agents, count) if count > 1 else [chance.choice(agents)] * 2
            parts = [chance.choice(by_agent[agent, number % FOLDS]) for agent in chosen]
            text = parts[0].text.rstrip("?!. ")
            for part in parts[1:]:
                text += chance.choice(_slots()["joins"]) + part.text.rstrip("?!. ")
            topics = tuple(dict.fromkeys(topic for part in parts for topic in part.topics))
            yield Example(text, "answer", topics, parts[0].line, composed=True)


def _listed(chance: random.Random) -> Iterator[Example]:
    """Lists of what is wanted: "spend, failed jobs and stale tables for prod"."""
    nouns: dict[tuple[str, int], list[str]] = {}
    for stem, heading, line in written(nouns=True):
        if stem == NOUNS:
            nouns.setdefault((heading, crc32(line.encode()) % FOLDS), []).append(line)
    agents = sorted({agent for agent, _ in nouns})
    for number in range(3300):
        chosen = chance.sample(agents, chance.choice((1, 1, 1, 2, 2, 3, 3, 4)))
        parts = [chance.choice(nouns[agent, number % FOLDS]) for agent in chosen]
        if len(parts) == 1:
            frame = chance.choice(_slots()["terse"]).replace("{noun}", parts[0])
            frame = frame.replace("{subject}", chance.choice(_slots()["subjects"][chosen[0]]))
        else:
            joined = ", ".join(parts[:-1]) + chance.choice((" and ", ", ", ", and ", " + ", " as well as ")) + parts[-1]
            frame = chance.choice(_slots()["frames"]).replace("{list}", joined)
        text = _SPLIT.sub(lambda slot: chance.choice(_slots()["slots"][slot[1]]), frame)
        yield Example(
            " ".join(text.split()), "answer", tuple(chosen), f"{NOUNS}:{number}", chosen_fold=number % FOLDS, composed=True
        )
