"""The main job, end to end: asked in Slack over HTTP and over Socket Mode, answered from the sample account."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.slack.app import build
from adapters.slack.shell import EVENTS_PATH
from bot.compose import service
from bot.message import Message
from bot.service import Service
from bot.settings import Settings
from bot.store import Store
from tests.adapters.loopback import serve, until
from tests.adapters.slack.conftest import SlackSettings
from tests.adapters.slack.loopback import LoopbackSlack, loopback_slack
from tests.adapters.slack.payloads import BOT, mention, signed
from tests.conftest import NOW
from tests.walk.raw import RawCosts, total
from tools.sample.cache import moment_of, sample_path
from tools.sample.stories import Story, clean_days, last_tuesday, stories

QUESTION = "why did our costs spike last Tuesday?"


def the_spike(today: datetime, seed: int = 7) -> Story:
    return next(story for story in stories(today, seed) if story.key == "spike")


@asynccontextmanager
async def in_slack(tmp_path: Path, **tokens: str) -> AsyncIterator[tuple[LoopbackSlack, str]]:
    async with loopback_slack() as slack:
        slack.people["U0ANA"] = {"tz": "UTC", "profile": {"email": "ana@example.com"}}
        store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
        await store.open()
        async with service(Settings(), turns=store, now=NOW) as bot:
            shell = await build(SlackSettings(f"{slack.url}/api/", **tokens), bot, store)
            site = web.Application()
            shell.routes(site)
            async with serve(site) as url:
                await shell.start()
                try:
                    yield slack, url
                finally:
                    await shell.stop(1)
                    await store.close()


async def deliver(url: str, body: dict[str, Any], **headers: str) -> int:
    data = json.dumps(body)
    sign = signed(data, json_body=True) | headers
    async with aiohttp.ClientSession() as http, http.post(url + EVENTS_PATH, data=data.encode(), headers=sign) as answer:
        return answer.status


def assert_tells_the_truth(post: dict[str, Any], sample_file: Path) -> None:
    """The card's cause is the story's; its figures are those of the raw rows, to the cent."""
    today = moment_of(sample_file)
    story, raw, day = the_spike(today), RawCosts(sample_file), last_tuesday(today)
    weeks = [raw.of_day(day - timedelta(days=7 * back)) for back in (1, 2, 3, 4)]
    actual = total(raw.of_day(day))
    usual = (sum((sum(week.values(), Decimal(0)) for week in weeks), Decimal(0)) / 4).quantize(Decimal("0.01"))
    cause = story.causes[0]
    jobs = raw.jobs_named(cause["job"])
    job_actual = total(raw.of_day(day), cause["workspace"], jobs)
    text = post["text"]
    assert f"${actual:,.2f}" in text and f"${usual:,.2f}" in text and f"${actual - usual:,.2f}" in text
    assert f"${job_actual:,.2f}" in text
    table = next(block for block in post["blocks"] if block["type"] == "table")
    rows = [[cell["text"] for cell in row] for row in table["rows"]]
    assert rows[1][0] == f"job {cause['job']} in {cause['workspace']}"
    excess = Decimal(rows[1][1].strip("+").replace("$", "").replace(",", ""))
    assert story.usd and abs(excess - story.usd) < story.usd * Decimal("0.05")
    changes = [Decimal(row[1].strip("+").replace("$", "").replace(",", "").replace("−", "-")) for row in rows[1:]]
    assert sum(changes[:-1]) == changes[-1] == actual - usual
    assert story.owner in text


async def test_over_http(tmp_path: Path, sample_file: Path) -> None:
    async with in_slack(tmp_path) as (slack, url):
        assert await deliver(url, mention(f"<@{BOT}> {QUESTION}")) == 200
        await until(slack.answers, 30)
        [post] = slack.answers()
        assert_tells_the_truth(post, sample_file)


async def test_over_socket_mode(tmp_path: Path, sample_file: Path) -> None:
    async with in_slack(tmp_path, slack_app_token="xapp-loopback", slack_signing_secret="") as (slack, _):
        await slack.push("events_api", mention(f"<@{BOT}> {QUESTION}"))
        await until(slack.answers, 30)
        [post] = slack.answers()
        assert_tells_the_truth(post, sample_file)


async def test_a_forged_signature_is_refused_and_not_answered(tmp_path: Path) -> None:
    async with in_slack(tmp_path) as (slack, url):
        body = mention(f"<@{BOT}> {QUESTION}")
        assert await deliver(url, body, **{"X-Slack-Signature": "v0=" + "0" * 64}) == 401
        await asyncio.sleep(0.3)
        assert not slack.answers()


async def test_the_same_event_four_times_is_answered_once(tmp_path: Path) -> None:
    async with in_slack(tmp_path) as (slack, url):
        body = mention(f"<@{BOT}> {QUESTION}")
        assert await asyncio.gather(*(deliver(url, body) for _ in range(4))) == [200] * 4
        await until(slack.answers, 30)
        await asyncio.sleep(1)
        assert len(slack.answers()) == 1


async def test_a_follow_up_in_the_thread_keeps_the_day(tmp_path: Path) -> None:
    async with in_slack(tmp_path) as (slack, url):
        first = mention(f"<@{BOT}> {QUESTION}")
        await deliver(url, first)
        await until(slack.answers, 30)
        await deliver(url, mention(f"<@{BOT}> and for prod only?", thread_ts=first["event"]["ts"]))
        await until(lambda: len(slack.answers()) == 2, 30)
        follow = slack.answers()[1]
        prod = [name for name in RawCosts(sample_path(NOW)).workspaces.values() if name.startswith("prod-")]
        assert "Window: Tue 17 Nov 2026 UTC" in follow["text"]
        assert all(name in follow["text"] for name in prod)


@pytest.mark.parametrize(
    ("today", "seed"),
    [
        (datetime(2026, 3, 4, 9, tzinfo=UTC), 1),
        (datetime(2027, 1, 8, 16, tzinfo=UTC), 2),
        (datetime(2026, 7, 12, 20, tzinfo=UTC), 3),
    ],
    ids=["a Wednesday", "after New Year", "a Sunday"],
)
async def test_other_seeds_and_days_give_true_answers(tmp_path: Path, today: datetime, seed: int) -> None:
    path = sample_path(today, seed, directory=tmp_path)
    story, raw = the_spike(today, seed), RawCosts(path)
    async with service(Settings(warehouse=f"duckdb:///{path}"), now=today) as bot:
        answer = await bot.answer(Message("shell", "", QUESTION))
        assert answer.causes[0].dims == story.causes[0]
        assert story.usd and abs(answer.causes[0].delta - story.usd) < story.usd * Decimal("0.05")
        assert f"${total(raw.of_day(last_tuesday(today))):,.2f}" in answer.headline
        await assert_quiet_week(bot, clean_days(today)[1])


async def assert_quiet_week(bot: Service, last: date) -> None:
    """No story is told of a week without one, day by day or as a whole."""
    for back in range(7):
        day = last - timedelta(days=back)
        answer = await bot.answer(Message("shell", "", f"why did costs spike on {day:%-d %B %Y}?"))
        assert "was not unusual" in answer.headline, answer.headline
        assert not answer.causes
