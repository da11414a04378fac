"""An answer in the model's words: headline and summary only, and only where each of their claims is traced."""

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from pydantic import BaseModel, Field

from agents.answer import Answer
from agents.claims import read
from agents.grounding import Grounding
from agents.model import Model, ModelError, Use

log = logging.getLogger(__name__)
MOST_ROWS = 5
WORDED, WRITTEN = "by the model, checked", "written"
_LONGEST_CELL = 200


class Worded(BaseModel):
    """The answer in words."""

    headline: str = Field(max_length=500)
    summary: str = Field("", max_length=1200)


async def word(answer: Answer, model: Model, use: Use) -> Answer:
    """The answer, worded where the model does it well; the written one otherwise, with the reason in `wording`.

    A text that is not borne out is asked for once more; what then still is not gives way to the written one.
    """
    if answer.error_id or answer.wording or not answer.evidence or answer.question.action != "answer":
        return answer
    until = time.monotonic() + model.limits.seconds
    try:
        told = await model.ask(Worded, _prompt(), prompt_data(answer), use)
    except ModelError as error:
        return replace(answer, wording=f"{WRITTEN} (model {error.reason})")
    return await reword(answer, told, model, use, seconds=until - time.monotonic())


async def reword(answer: Answer, told: Worded, model: Model, use: Use, *, seconds: float = 0.0, leading: bool = True) -> Answer:
    """The answer in the words that were told, once asked for again where they are not borne out.

    `leading`: what the written words say first must be said.
    """
    grounding = Grounding(answer)
    told = _open(told)
    left = seconds or model.limits.seconds
    if (wrong := [*_faults(answer, told, grounding, leading)]) and left > 0.1:
        again = f"{prompt_data(answer)}\nYour last reply was refused: {'; '.join(wrong[:6])}. Reply again without that."
        try:
            told = _open(await model.ask(Worded, _prompt(), again, use, seconds=left))
        except ModelError as error:
            log.info("not reworded: %s", error.reason)
    return _kept(answer, told, grounding, leading)


def _kept(answer: Answer, told: Worded, grounding: Grounding, leading: bool) -> Answer:
    headline = told.headline if not [*_untold(answer.headline, told.headline, grounding, leading)] else answer.headline
    summary = told.summary if not [*_untold(answer.summary, told.summary, grounding, leading)] else answer.summary
    taken = (headline, summary) != (answer.headline, answer.summary)
    return replace(answer, headline=headline, summary=summary, wording=WORDED if taken else f"{WRITTEN} (model refused)")


def _faults(answer: Answer, told: Worded, grounding: Grounding, leading: bool) -> Iterator[str]:
    yield from _untold(answer.headline, told.headline, grounding, leading)
    yield from _untold(answer.summary, told.summary, grounding, leading)


def _untold(written: str, text: str, grounding: Grounding, leading: bool) -> Iterator[str]:
    """What is wrong with a text in place of a written one; where nothing is written, nothing may be said too.

    Who may lead with what they like must lead with something of the evidence: "all is fine" is borne out by anything.
    """
    if written or text:
        yield from grounding.untraced(text)
    if written and leading:
        yield from _hidden(written, text)
    elif written and not (said := read(text)).names and not said.figures:
        yield "no figure or name of the data is said"


def _hidden(written: str, text: str) -> Iterator[str]:
    """What the written text says first must be said: no wording hides a finding."""
    before, after = read(written), read(text)
    for name in before.names[:1]:
        if name not in after.names:
            yield f"{name} is missing"
    for figure in before.figures[:1]:
        if not any(each.unit == figure.unit and abs(each.value - figure.value) <= each.slack for each in after.figures):
            yield "the first figure is missing"


def prompt_data(answer: Answer) -> str:
    """The facts as one JSON object; text from data stays a JSON string and cannot close its frame."""
    facts = {
        "headline": answer.headline,
        "summary": answer.summary,
        "causes": [cause.text for cause in answer.causes],
        "findings": [found.text for found in answer.findings[:8]],
        "tables": [
            {
                "title": grid.title,
                "columns": grid.columns,
                "rows": [[str(cell)[:_LONGEST_CELL] for cell in row] for row in grid.rows[:MOST_ROWS]],
            }
            for grid in answer.tables[:2]
            if not grid.detail
        ],
    }
    safe = json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e")
    return f"<data>{safe}</data>"


def _open(told: Worded) -> Worded:
    """One line each, as an answer has them."""
    return Worded(headline=" ".join(told.headline.split()), summary=" ".join(told.summary.split()))


@cache
def _prompt() -> str:
    return Path(__file__).with_name("wording.md").read_text()
