"""What the asker sees while an answer is computed: Slack's status line, or a message that the answer replaces."""

import logging
import time

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.blocks import escape
from adapters.slack.card import Card
from adapters.slack.post import Poster
from adapters.slack.read import Heard
from adapters.slack.trouble import detail, is_unsupported

log = logging.getLogger(__name__)
FIRST = "Looking into it …"
BETWEEN_SECONDS = 1.0


class Status:
    """Whether this workspace has status lines; found out once, at the first question."""

    def __init__(self) -> None:
        self.works = True


class Progress:
    """The progress of one turn. Failing to show it never fails the turn."""

    def __init__(self, client: AsyncWebClient, poster: Poster, heard: Heard, status: Status, placeholder: str = "") -> None:
        self._client = client
        self._poster = poster
        self._heard = heard
        self._status = status
        self._said_at = 0.0
        self.placeholder = placeholder

    async def start(self) -> None:
        """Shows at once that the question was heard."""
        reply = self._heard.reply
        try:
            if not reply.user:
                await self.say(FIRST)
            elif not reply.told:
                await self._poster.post(reply, Card([], escape(f"Looking into: {reply.asked}")), key="")
        except Exception as error:
            log.warning("no progress shown: %s", detail(error))

    async def say(self, text: str) -> None:
        """Shows what is being done; at most once a second, since both ways are rate-limited."""
        if self._heard.reply.user or (self._said_at and time.monotonic() - self._said_at < BETWEEN_SECONDS):
            return
        self._said_at = time.monotonic()
        try:
            await self._show(text)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("no progress shown: %s", detail(error))

    async def _show(self, text: str) -> None:
        reply, key = self._heard.reply, self._heard.message.delivery
        if self._status.works and not self.placeholder:
            try:
                await self._client.assistant_threads_setStatus(
                    channel_id=reply.channel, thread_ts=reply.thread_ts, status=text[:100]
                )
                return
            except SlackApiError as error:
                log.info("no status line: %s", detail(error))
                self._status.works = not is_unsupported(error)
        if not self.placeholder:
            self.placeholder = await self._poster.hold(reply, escape(text), key=key)
        elif text != FIRST:
            await self._client.chat_update(channel=reply.channel, ts=self.placeholder, text=escape(text))
