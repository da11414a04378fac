"""Task cards: the steps of an answer, streamed into the message that the answer then replaces."""

from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.blocks import cut
from adapters.slack.heard import Heard
from adapters.slack.trouble import reason

TITLE = 150


class TaskCards:
    """The cards of one turn; `ts` is the message that holds them, empty before they are begun."""

    def __init__(self, client: AsyncWebClient, heard: Heard) -> None:
        self._client = client
        self._heard = heard
        self._steps = 0
        self._title = ""
        self.ts = ""

    async def begin(self, title: str) -> str:
        """Begins with a step; raises SlackApiError where streaming is refused."""
        message, reply = self._heard.message, self._heard.reply
        self._title = cut(title, TITLE)
        begun = await self._client.chat_startStream(
            channel=reply.channel,
            thread_ts=reply.thread_ts,
            recipient_user_id=message.user,
            recipient_team_id=message.team.rpartition("/")[2],
            task_display_mode="plan",
            chunks=[self._step("in_progress")],
        )
        self.ts = str(begun["ts"])
        return self.ts

    async def go_on(self, title: str) -> None:
        """Ends the step that runs and begins the next."""
        if cut(title, TITLE) == self._title:
            return
        done, self._title = self._step("complete"), cut(title, TITLE)
        self._steps += 1
        await self._client.chat_appendStream(
            channel=self._heard.reply.channel, ts=self.ts, chunks=[done, self._step("in_progress")]
        )

    async def end(self) -> None:
        """Ends the last step: while a message is streamed, nothing else can replace it."""
        try:
            await self._client.chat_stopStream(channel=self._heard.reply.channel, ts=self.ts, chunks=[self._step("complete")])
        except SlackApiError as error:
            # Slack ends a stream by itself after some minutes.
            if reason(error) != "message_not_in_streaming_state":
                raise

    def _step(self, status: str) -> dict[str, Any]:
        return {"type": "task_update", "id": f"step-{self._steps}", "title": self._title, "status": status}
