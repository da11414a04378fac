"""Socket Mode: bolt's socket, which answers every envelope."""

import logging
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from adapters.slack.trouble import detail

log = logging.getLogger(__name__)
# Slack closes a socket now and then, and the client opens the next one only after that: a second one hears meanwhile.
SOCKETS = 2
# A socket that does not answer pings is replaced after four of these.
PING_SECONDS = 10.0


class Socket(AsyncSocketModeHandler):
    """Acknowledges what makes no sense, too: it would only come again."""

    async def handle(self, client: Any, req: SocketModeRequest) -> None:
        try:
            await super().handle(client, req)
        except Exception as error:
            log.warning("an envelope makes no sense: %s", detail(error))
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
