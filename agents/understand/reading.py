"""A text read once: its names, its times, and the masked words that are left to classify."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from agents.understand.mentions import Mentions, find_mentions
from agents.understand.nameindex import NameIndex
from agents.understand.period import Reading, read_period
from agents.understand.slash import to_sentence
from agents.understand.text import clean
from tools.period import Period


@dataclass(frozen=True, slots=True)
class Read:
    text: str
    mentions: Mentions
    time: Reading

    @property
    def masked(self) -> str:
        return self.time.masked_text


def read(text: str, index: NameIndex, *, now: datetime, tz: str, people: Mapping[str, str], prior: Period | None = None) -> Read:
    """Names are found first, so that a job called sunday_march is not a day."""
    sentence = to_sentence(clean(text))
    mentions = find_mentions(sentence, index, people)
    return Read(sentence, mentions, read_period(mentions.marked, now=now, tz=tz, prior=prior))
