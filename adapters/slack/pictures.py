"""Charts as Slack files."""

import asyncio
import logging
from dataclasses import dataclass

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.heard import Reply
from adapters.slack.trouble import detail, reason
from agents.answer import Chart, Graph

log = logging.getLogger(__name__)
WAITS = (0.1, 0.3, 0.6, 1.0)


@dataclass(frozen=True, slots=True)
class Picture:
    chart: Chart | Graph
    png: bytes


async def upload(client: AsyncWebClient, picture: Picture, share: Reply | None = None) -> str:
    """The id of the uploaded picture, empty if that failed.

    With `share` it is put in the thread, where it stands by itself if blocks cannot show it.
    """
    try:
        sent = await client.files_upload_v2(
            file=picture.png,
            filename="chart.png",
            title=picture.chart.title[:200] or "Chart",
            alt_txt=picture.chart.alt[:1_000],
            channel=share.channel if share else None,
            thread_ts=(share.thread_ts or None) if share else None,
        )
        file = str(sent["file"]["id"])
        await _ready(client, file)
    except (SlackClientError, aiohttp.ClientError, TimeoutError, KeyError) as error:
        log.warning("the chart was not uploaded: %s", detail(error))
        return ""
    return file


async def _ready(client: AsyncWebClient, file: str) -> None:
    """Waits a little for Slack to process a file: until then it is refused in a block."""
    for wait in WAITS:
        try:
            info = await client.files_info(file=file)
        except SlackApiError as error:
            log.info("files.info: %s", reason(error))
            return
        if info["file"].get("mimetype"):
            return
        await asyncio.sleep(wait)
