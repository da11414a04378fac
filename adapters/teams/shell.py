"""The Teams shell: takes what Teams delivers, acknowledges it once it is written down, and answers it in order."""

from typing import Any

from aiohttp import web

from adapters.aside import Aside
from adapters.asked import Asked
from adapters.painter import Painter
from adapters.teams import read
from adapters.teams.card import Card, said
from adapters.teams.connector import Connector
from adapters.teams.door import Door
from adapters.teams.feedback import Feedback
from adapters.teams.read import Heard, Payload, Reply
from adapters.teams.references import References
from adapters.teams.turns import Turns
from adapters.teams.welcome import welcome
from adapters.teams.work import comma_separated
from bot.store import Store
from tools.errors import BadRequestError

PATH = "/api/messages"
STOP_SECONDS = 10.0
CARD_MESSAGE = "application/vnd.microsoft.activity.message"
GONE = "This answer is not kept any more. Please ask again."
UNKNOWN_BUTTON = "I do not know this button any more. Please ask again."
UNKNOWN = {
    "statusCode": 400,
    "type": "application/vnd.microsoft.error",
    "value": {"code": "BadRequest", "message": UNKNOWN_BUTTON},
}


class TeamsShell:
    def __init__(
        self,
        door: Door,
        service: Asked,
        store: Store,
        connector: Connector,
        painter: Painter,
        references: References,
        turns: Turns,
    ) -> None:
        self._door = door
        self._service = service
        self._store = store
        self._connector = connector
        self._painter = painter
        self._turns = turns
        self._references = references
        self._feedback = Feedback(store, references)
        self._aside = Aside()

    def routes(self, site: web.Application) -> None:
        """Adds the address that the connector posts to."""
        site.router.add_post(PATH, self._receive)

    async def start(self) -> None:
        """Answers what an earlier process left unfinished."""
        self._turns.start()

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Finishes what runs; what takes longer is left to the next process."""
        await self._aside.finish(seconds)
        await self._turns.finish(seconds)
        await self._painter.close()
        await self._connector.close()

    async def tell(self, tenant: str, conversation: str, card: Card) -> bool:
        """Says something that nobody asked for, where we were spoken to before; whether that place is known."""
        to = await self._references.find(tenant, conversation)
        if to is None:
            return False
        await self._connector.send(to, card)
        return True

    async def _receive(self, request: web.Request) -> web.Response:
        return await self._door.receive(request, self._take)

    async def _take(self, activity: Payload) -> web.Response:
        if activity["type"] == "invoke":
            return await self._invoked(activity)
        await self._heard(activity)
        return web.Response(status=202)

    async def _heard(self, activity: Payload) -> None:
        if change := read.change(activity):
            await self._turns.change(change)
        elif to := read.installed(activity):
            await self._welcome(to)
        elif read.is_press(activity):
            await self._submitted(activity)
        elif (heard := read.message(activity)) and (heard.addressed or await self._turns.is_ours(heard)):
            await self._ask(heard)

    async def _ask(self, heard: Heard) -> None:
        await self._references.keep(heard.reply)
        try:
            asked = read.command(heard)
            if words := await self._turns.take(asked):
                self._turns.refuse(asked, words)
        except BadRequestError as error:
            if await self._store.deliveries.once(heard.message.delivery):
                self._aside.start(self._send(heard.reply, said(error.sentence())))

    async def _welcome(self, to: Reply) -> None:
        await self._references.keep(to)
        if await self._store.deliveries.once(f"{to.tenant}:{to.conversation}:welcome"):
            self._aside.start(self._send(to, welcome()))

    async def _submitted(self, activity: Payload) -> None:
        """A click in a client that does not know Action.Execute: it comes as a message, and is answered by one."""
        done = await self._press(activity)
        if not done and await self._store.deliveries.once(read.key(activity)):
            self._aside.start(self._send(read.reply(activity), said(UNKNOWN_BUTTON)))

    async def _invoked(self, activity: Payload) -> web.Response:
        name = activity.get("name")
        if name == "adaptiveCard/action":
            done = await self._press(activity)
            return web.json_response(_shown(done) if done else UNKNOWN)
        if name == "message/submitAction":
            await self._feedback.keep(activity)
            return web.json_response({})
        if name in ("composeExtension/fetchTask", "composeExtension/submitAction"):
            heard = read.about(activity)
            if heard:
                await self._ask(heard)
            words = "Looking into it: the answer comes in this conversation." if heard else "That message has no text."
            return web.json_response({"task": {"type": "message", "value": words}})
        return web.Response(status=501)

    async def _press(self, activity: Payload) -> str:
        """Does what a button is for, and says so; empty for a button that is none of ours."""
        if heard := read.click(activity):
            await self._ask(heard)
            return "Looking again …" if heard.reply.replaces else f"Looking into: {heard.message.text}"
        if answer_id := read.pressed(activity).get("csv"):
            if await self._store.deliveries.once(read.key(activity)):
                self._aside.start(self._export(read.reply(activity), answer_id))
            return "The tables come as CSV."
        return ""

    async def _export(self, to: Reply, answer_id: str) -> None:
        answer = await self._service.evidence(answer_id)
        if text := comma_separated(answer) if answer else "":
            await self._connector.send(to, Card(f"```\n{text}\n```", "CSV"), markdown=True)
            return
        await self._send(to, said("This answer has no tables." if answer else GONE))

    async def _send(self, to: Reply, card: Card) -> None:
        await self._connector.send(to, card)


def _shown(words: str) -> dict[str, Any]:
    return {"statusCode": 200, "type": CARD_MESSAGE, "value": words}
