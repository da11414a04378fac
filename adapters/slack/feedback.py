"""What people think of an answer: a click, and where it was wrong, what was wrong, kept in the store."""

import json
import logging
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import blocks as kit
from adapters.slack.blocks import Block
from adapters.slack.pace import impatient
from adapters.slack.payload import Payload, asker, part
from adapters.slack.trouble import detail
from bot.store import Store

log = logging.getLogger(__name__)
WRONG = "what_was_wrong"
LONGEST = 2_000


def wrong_view(answer_id: str) -> Block:
    """The window that asks what was wrong; it may be left empty."""
    field = {"type": "plain_text_input", "action_id": WRONG, "multiline": True, "max_length": LONGEST}
    return {
        "type": "modal",
        "callback_id": WRONG,
        "private_metadata": json.dumps({"bad": answer_id}),
        "title": kit.plain("What was wrong?", 24),
        "submit": kit.plain("Send", 24),
        "close": kit.plain("Skip", 24),
        "blocks": [
            {
                "type": "input",
                "block_id": WRONG,
                "optional": True,
                "label": kit.plain("A figure, the cause, the period …", 200),
                "element": field,
            }
        ],
    }


def told(body: Payload) -> tuple[str, str]:
    """The answer that a submitted window is about, and what was written; empty for any other window."""
    view = part(body, "view")
    if view.get("callback_id") != WRONG:
        return "", ""
    try:
        about: Any = json.loads(view.get("private_metadata") or "{}")
    except (ValueError, TypeError):
        return "", ""
    field = part(part(part(part(view, "state"), "values"), WRONG), WRONG)
    answer_id = about.get("bad") if isinstance(about, dict) else None
    return (answer_id, str(field.get("value") or "")[:LONGEST]) if isinstance(answer_id, str) else ("", "")


class Feedback:
    def __init__(self, client: AsyncWebClient, store: Store) -> None:
        self._client = client
        self._store = store

    async def good(self, body: Payload, answer_id: str) -> None:
        await self._store.save_feedback(answer_id, asker(body), "good")

    async def bad(self, body: Payload, answer_id: str) -> None:
        """Notes it at once, then asks what was wrong; that the window does not open loses only the words."""
        await self._store.save_feedback(answer_id, asker(body), "bad")
        try:
            with impatient():
                await self._client.views_open(trigger_id=str(body.get("trigger_id", "")), view=wrong_view(answer_id))
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("nobody was asked what was wrong: %s", detail(error))

    async def submitted(self, body: Payload) -> None:
        """Keeps what was written in the window, once however often it arrives."""
        answer_id, words = told(body)
        once = f"{asker(body)}:view:{part(body, 'view').get('id', '')}"
        if answer_id and words.strip() and await self._store.deliveries.once(once):
            await self._store.save_feedback(answer_id, asker(body), "bad", words)
