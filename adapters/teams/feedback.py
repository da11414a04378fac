"""What people think of an answer: the thumbs below it, and what they write beside them, kept in the store."""

import contextlib
import json

from adapters.teams import read
from adapters.teams.read import Payload
from adapters.teams.references import References
from bot.store import Store

VERDICTS = {"like": "good", "dislike": "bad"}
LONGEST = 2_000


class Feedback:
    def __init__(self, store: Store, references: References) -> None:
        self._store = store
        self._references = references

    async def keep(self, activity: Payload) -> None:
        """Keeps a verdict once, however often it arrives; nothing for an answer that is not kept any more."""
        verdict, words = told(activity)
        answer_id = await self._references.shown(read.reply(activity), str(activity.get("replyToId") or ""))
        if verdict and answer_id and await self._store.deliveries.once(read.key(activity)):
            await self._store.save_feedback(answer_id, read.asker(activity), verdict, words)


def told(activity: Payload) -> tuple[str, str]:
    """`good` or `bad`, and what was written; empty for anything else that is submitted."""
    rated = read.part(read.part(activity, "value"), "actionValue")
    written = rated.get("feedback")
    with contextlib.suppress(ValueError, TypeError):  # what is no JSON is itself what was written
        written = json.loads(str(written))
    if isinstance(written, dict):
        written = written.get("feedbackText")
    return VERDICTS.get(str(rated.get("reaction")), ""), str(written or "")[:LONGEST]
