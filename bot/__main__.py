"""`python -m bot …`: the composition root, and the only file here that looks up to the adapters."""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from agents.answer import Answer
from bot.compose import service
from bot.message import Message
from bot.service import Service
from bot.settings import Settings, read_settings
from bot.threads import Forgetful, Turns
from bot.turns import published
from tools.errors import BadRequestError, HealthMonitorError, MisconfiguredError

if TYPE_CHECKING:
    from adapters.slack.shell import SlackShell
    from adapters.teams.shell import TeamsShell
    from bot.apart import Apart
    from bot.doctor import Check
    from bot.store import Store

PARTING_SECONDS = 1.5  # for each step of stopping: together they stay within ten
SWITCH_SECONDS = 0.0002  # an acknowledgement waits that long for the interpreter, many times, while answers are computed
DEMO_QUESTION = "Why did our costs spike last Tuesday?"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 for an answer or a clarifying question, 1 for an error."""
    options = _options(arguments)
    logging.basicConfig(
        level=logging.ERROR if options.quiet else logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    try:
        return int(asyncio.run(options.run(options, read_settings())))
    except HealthMonitorError as error:
        print(f"{error.sentence()}\nError id: {error.id}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read the output has seen enough; nothing is left to flush it to
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


async def ask(options: argparse.Namespace, settings: Settings) -> int:
    from adapters.terminal import ProgressLine, show

    progress = ProgressLine()
    await progress.say("Opening the warehouse")
    message = Message(
        platform="shell",
        delivery="",
        text=options.question,
        thread=options.thread,
        email=options.as_email,
        tz=options.tz or settings.tz,
    )
    async with _turns(options.thread, settings) as turns, service(settings, turns=turns, now=options.now) as bot:
        answer = await bot.answer(message, progress=progress.say)
    progress.clear()
    if options.json:
        print(json.dumps(published(answer, await _draw(answer, settings)), ensure_ascii=False, indent=2))
    else:
        show(answer)
    return 1 if answer.error_id else 0


async def demo(options: argparse.Namespace, settings: Settings) -> int:
    """The first question anyone asks, answered from the sample account."""
    print(f"> {DEMO_QUESTION}\n")
    asked = argparse.Namespace(question=DEMO_QUESTION, thread="", as_email="", tz=None, now=options.now, json=False)
    code = await ask(asked, settings)
    print('\nAsk another: make ask Q="What were the top 10 cost contributors last week?"')
    return code


async def explain(options: argparse.Namespace, settings: Settings) -> int:
    """How questions would be understood: one JSON object a line in, one out, in order. Nothing is run.

    A line that is no JSON object gets an object with an `error`, and the exit code is 1.
    """
    from agents.understand.explain import explain_line

    code = 0
    lines: Any = sys.stdin if options.jsonl else [json.dumps({"q": options.question or ""})]
    async with service(settings, now=options.now) as bot:
        understanding = await bot.understanding()
        for line in lines:
            if not line.strip():
                continue
            try:
                now = options.now or datetime.now(UTC)
                said = explain_line(understanding, _record(line), now=now, tz=options.tz or settings.tz)
            except BadRequestError as error:
                code, said = 1, {"error": error.sentence(), "error_id": error.id}
            print(json.dumps(said, ensure_ascii=False), flush=True)
    return code


async def serve(options: argparse.Namespace, settings: Settings) -> int:
    """Answer in the chat platforms that were named, in one process, until a signal stops it."""
    from bot.apart import apart
    from bot.archive import archiving
    from bot.store import Store

    if not (options.slack or options.teams):
        raise MisconfiguredError("No chat platform was named.", do="Use: python -m bot serve --slack --teams, or one of them.")
    settings.cache.mkdir(parents=True, exist_ok=True)
    store = Store(settings.store_url)
    await store.open()
    try:
        sys.setswitchinterval(SWITCH_SECONDS)
        opened = apart(lambda: service(settings, turns=store, now=options.now))
        async with opened as bot, archiving(settings, store.spool):
            await _serve(await _shells(options, settings, bot, store), bot, settings)
    finally:
        await store.close()
    return 0


async def _serve(shells: "list[SlackShell | TeamsShell]", bot: "Apart", settings: Settings) -> None:
    """Listens until a signal comes, then finishes within ten seconds; what takes longer is left to the next process."""
    from aiohttp import web

    server = web.Application()
    for shell in shells:
        shell.routes(server)
    ready = asyncio.create_task(bot.run(lambda service: service.understanding()))
    server.add_routes([web.get("/healthz", _healthy), web.get("/readyz", lambda _: _ready(ready))])
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=PARTING_SECONDS)
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    for shell in shells:
        await shell.start()
    logging.getLogger(__name__).info("listening on %s:%s", settings.host, settings.port)
    try:
        await _stopped()
    finally:
        await asyncio.gather(*(shell.stop(PARTING_SECONDS) for shell in shells))
        await runner.cleanup()


async def _shells(
    options: argparse.Namespace, settings: Settings, bot: "Apart", store: "Store"
) -> "list[SlackShell | TeamsShell]":
    """The platforms that were named; what only one of them needs is imported for it alone."""
    shells: list[SlackShell | TeamsShell] = []
    if options.teams:
        from adapters.teams import app as teams

        shells.append(teams.build(settings, bot, store))
    if options.slack:
        from adapters.slack import app as slack

        examine = partial(bot.run, lambda service: _examined(service, settings))
        shells.append(await slack.build(settings, bot, store, examine=examine, suggest=bot.suggest))
    return shells


async def doctor(options: argparse.Namespace, settings: Settings) -> int:
    """What is set up and what is missing, each with its fix."""
    async with service(settings, now=options.now) as bot:
        checks = await _examined(bot, settings)
    for check in checks:
        print(f"{'ok      ' if check.ok else 'missing '} {check.what}" + (f"\n         {check.fix}" if check.fix else ""))
    return 0 if all(check.ok for check in checks) else 1


async def grants(options: argparse.Namespace, settings: Settings) -> int:
    """The SQL that gives the App's service principal what it needs, and no more."""
    from bot.rights import needed

    for statement in needed(options.principal, settings, install=options.install):
        print(f"{statement};")
    return 0


async def _examined(bot: Service, settings: Settings) -> "list[Check]":
    from adapters.slack import doctor as slack
    from adapters.teams import doctor as teams
    from bot import rights
    from bot.doctor import examine

    of_teams = teams.examine(settings)
    wants_slack = settings.slack_bot_token or settings.slack_client_id or not of_teams
    of_slack = await slack.examine(settings) if wants_slack else []
    granted = await rights.examine(bot.warehouse, settings) if settings.warehouse == "databricks" else []
    return [*await examine(bot, settings), *granted, *of_slack, *of_teams]


@contextlib.asynccontextmanager
async def _turns(thread: str, settings: Settings) -> AsyncIterator[Turns]:
    """The store where a conversation is to go on; none for a single question, which then starts faster."""
    if not thread:
        yield Forgetful()
        return
    from bot.store import Store

    settings.cache.mkdir(parents=True, exist_ok=True)
    store = Store(settings.store_url)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def _draw(answer: Answer, settings: Settings) -> list[str]:
    from adapters.chart import draw

    directory = settings.cache / "charts"
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, chart in enumerate(answer.charts, 1):
        path = directory / f"{answer.id}-{number}.png"
        path.write_bytes(await asyncio.to_thread(draw, chart))
        paths.append(str(path))
    return paths


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise BadRequestError("A line is not a JSON object.", do='Each line is an object such as {"q": "..."}.')
    return record


async def _healthy(_: Any) -> Any:
    from aiohttp import web

    return web.json_response({"status": "alive"})


async def _ready(warming: "asyncio.Task[Any]") -> Any:
    from aiohttp import web

    able = warming.done() and not warming.cancelled() and warming.exception() is None
    return web.json_response({"status": "ready" if able else "starting"}, status=200 if able else 503)


async def _stopped() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO 8601 time") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an IANA time zone such as Europe/Berlin") from error
    return text


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Ask about a Databricks account.")
    verbs = parser.add_subparsers(required=True, metavar="verb")
    clock = argparse.ArgumentParser(add_help=False)
    clock.add_argument("--now", type=_instant, help="ISO time to take as now")
    clock.add_argument("--tz", type=_zone, help="the asker's IANA time zone")

    one = verbs.add_parser("ask", parents=[clock], help="answer a question")
    one.add_argument("question")
    one.add_argument("--json", action="store_true", help="print JSON")
    one.add_argument("--thread", default="", help="id of a conversation to go on with")
    one.add_argument("--as", dest="as_email", default="", metavar="EMAIL", help="who asks")
    one.set_defaults(run=ask, quiet=True)
    understood = verbs.add_parser("explain", parents=[clock], help="show how a question is understood")
    understood.add_argument("question", nargs="?")
    understood.add_argument("--jsonl", action="store_true", help="one JSON object a line on standard input")
    understood.set_defaults(run=explain, quiet=True)
    for name, run, text in (
        ("demo", demo, "one question on the sample account"),
        ("doctor", doctor, "check the setup"),
    ):
        verbs.add_parser(name, parents=[clock], help=text).set_defaults(run=run, quiet=True)
    rights = verbs.add_parser("grants", help="print the SQL that grants what is needed")
    rights.add_argument("principal", help="application id of the App's service principal")
    rights.add_argument("--install", action="store_true", help="also what tools.gold.apply needs")
    rights.set_defaults(run=grants, quiet=True)
    shell = verbs.add_parser("serve", parents=[clock], help="answer in chat")
    shell.add_argument("--slack", action="store_true")
    shell.add_argument("--teams", action="store_true")
    shell.set_defaults(run=serve, quiet=False)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
