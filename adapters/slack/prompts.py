"""Questions to begin with, suggested where someone opens a conversation with us."""

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.pace import impatient
from adapters.slack.payload import Payload, part
from adapters.slack.surfaces import PROMPTS, Surfaces

TITLE = "Ask about your Databricks account"
SUGGESTED = (
    ("Explain a cost spike", "Why did our costs spike last Tuesday?"),
    ("Find what failed", "Which jobs failed in the last 24 hours?"),
    ("Check for threats", "Are there any security anomalies in the last 24 hours?"),
    ("Give an overview", "How healthy is our Databricks account today?"),
)


def opened(body: Payload) -> tuple[str, str]:
    """The channel of a conversation that was opened, and its thread in apps with Slack's older assistant; or nothing."""
    event = part(body, "event")
    if event.get("type") == "app_home_opened" and event.get("tab") == "messages":
        return str(event.get("channel") or ""), ""
    if event.get("type") == "assistant_thread_started":
        thread = part(event, "assistant_thread")
        return str(thread.get("channel_id") or ""), str(thread.get("thread_ts") or "")
    return "", ""


def suggested() -> list[dict[str, str]]:
    return [{"title": title, "message": question} for title, question in SUGGESTED]


class Prompts:
    def __init__(self, client: AsyncWebClient, surfaces: Surfaces) -> None:
        self._client = client
        self._surfaces = surfaces

    async def suggest(self, channel: str, thread: str) -> None:
        """Suggests the questions, where the workspace shows suggestions."""
        if not self._surfaces.has(PROMPTS):
            return
        try:
            with impatient():
                await self._client.assistant_threads_setSuggestedPrompts(
                    channel_id=channel, thread_ts=thread or None, title=TITLE, prompts=suggested()
                )
        except SlackApiError as error:
            self._surfaces.refused(PROMPTS, error)
        except (aiohttp.ClientError, TimeoutError):
            return
