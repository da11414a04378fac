"""What an answer holds, handed out: its tables as files in the thread, or the whole of it to the channel."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.asked import Asked
from adapters.slack import read
from adapters.slack.blocks import TEXT
from adapters.slack.card import Card, fenced
from adapters.slack.heard import Reply
from adapters.slack.payload import Payload, pressed
from adapters.slack.post import Poster, RefusedError
from adapters.slack.trouble import detail
from adapters.tables import csv_files
from tools.errors import new_id

log = logging.getLogger(__name__)
GONE = "This answer is not kept any more. Please ask again."


class Handouts:
    def __init__(self, client: AsyncWebClient, poster: Poster, service: Asked) -> None:
        self._client = client
        self._poster = poster
        self._service = service

    async def export(self, body: Payload, answer_id: str) -> None:
        """Uploads the answer's tables into its thread; to the asker directly where only they see the answer."""
        place = read.place(body)
        answer = await self._service.evidence(answer_id)
        files = csv_files(answer) if answer else []
        if not files:
            await self._poster.post(place, Card([], "This answer has no tables." if answer else GONE), key="")
            return
        try:
            await self._upload(place, files)
        except (SlackClientError, aiohttp.ClientError, TimeoutError, KeyError) as error:
            log.warning("the tables were not uploaded: %s", detail(error))
            written = "\n".join(content for _, content in files)
            lead = "Slack did not take the files, so here are the tables"
            cut = " (cut)" if len(written) > TEXT - 200 else ""
            await self._poster.post(place, Card([], f"{lead}{cut}:\n{fenced(written, TEXT - 100)}"), key="")

    async def share(self, body: Payload, answer_id: str) -> None:
        """Posts a private answer to its channel, for everyone there, saying who shared it."""
        place = read.place(body)
        answer = await self._service.evidence(answer_id)
        if answer is None:
            await self._poster.post(place, Card([], GONE), key="")
            return
        user = body.get("user") or {}
        who = user.get("username") or user.get("name") or "the asker"
        public = Reply(place.channel, asked=f"{answer.question.text} (shared by {who})")
        try:
            await self._poster.answer(public, answer, key=pressed(body), thread="")
        except (SlackApiError, RefusedError, aiohttp.ClientError, TimeoutError) as error:
            error_id = new_id()
            log.error("error id %s: an answer was not shared: %s", error_id, detail(error))
            sorry = f"I could not post it here; invite me to the channel and try again. Error id: {error_id}"
            await self._poster.post(replace(place, response_url=""), Card([], sorry), key="")

    async def _upload(self, place: Reply, files: Sequence[tuple[str, str]]) -> None:
        channel = place.channel
        if place.user:
            channel = str((await self._client.conversations_open(users=place.user))["channel"]["id"])
        await self._client.files_upload_v2(
            file_uploads=[{"file": content.encode(), "filename": name, "title": name} for name, content in files],
            channel=channel,
            thread_ts=(place.thread_ts or None) if not place.user else None,
        )
