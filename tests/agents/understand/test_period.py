"""Times: the conventions one by one, and what must hold for any text."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.understand.period import read_period
from tests.evals.understand.cases import PeriodCase, period_cases
from tools.period import Period

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/St_Johns")
PHRASES = (
    "today",
    "yesterday",
    "last week",
    "this month",
    "last 7 days",
    "past 24 hours",
    "last tuesday",
    "last weekend",
    "in march",
    "Q3",
    "last quarter",
    "3 weeks ago",
    "since friday",
    "between 2pm and 4pm yesterday",
    "last night",
    "on the 31st",
    "Nov 3-9",
    "early october",
    "this week vs last week",
    "yesterday vs the day before",
    "last 30 days vs the previous 30 days",
    "WoW",
    "same day last year",
    "month to date",
    "first week of january",
    "last year",
    "on 2/29",
    "at 3am",
    "the weekend",
    "mtd vs last month",
    "12/31",
    "this year",
)
moments = st.datetimes(datetime(2015, 1, 2), datetime(2035, 12, 30)).map(lambda moment: moment.replace(tzinfo=UTC))


@pytest.mark.parametrize("case", period_cases(), ids=lambda case: f"{case.text}@{case.now:%Y-%m-%d}")
def test_every_expression_becomes_its_interval(case: PeriodCase) -> None:
    reading = read_period(case.text, now=case.now, tz=case.tz)
    assert (_ends(reading.period), _ends(reading.compare)) == (case.window, case.compare)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("kosten seit anfang des jahres", datetime(2026, 1, 1, tzinfo=UTC)),
        ("coûts depuis le début du mois", datetime(2026, 11, 1, tzinfo=UTC)),
        ("gasto desde principios de año", datetime(2026, 1, 1, tzinfo=UTC)),
        ("custos desde o início do ano", datetime(2026, 1, 1, tzinfo=UTC)),
        ("quanto abbiamo speso dall'inizio del mese", datetime(2026, 11, 1, tzinfo=UTC)),
        ("spend in the last complete quarter", datetime(2026, 7, 1, tzinfo=UTC)),
        ("jobs that took > 3h this week", datetime(2026, 11, 16, tzinfo=UTC)),
    ],
)
def test_a_period_starts_where_the_words_say(text: str, start: datetime) -> None:
    period = read_period(text, now=datetime(2026, 11, 18, 9, 30, tzinfo=UTC), tz="UTC").period
    assert period is not None and period.start == start


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(PHRASES), moments, st.sampled_from(ZONES))
def test_periods_are_in_order_and_never_after_now(phrase: str, now: datetime, tz: str) -> None:
    reading = read_period(f"costs {phrase}", now=now, tz=tz)
    for period in (reading.period, reading.compare):
        if period is not None:
            assert period.start <= period.end <= now


@settings(deadline=None, max_examples=200)
@given(moments, st.sampled_from(ZONES))
def test_yesterday_is_one_local_day_however_long(now: datetime, tz: str) -> None:
    period = read_period("yesterday", now=now, tz=tz).period
    assert period is not None and period.is_whole_days and len(period.days) == 1
    assert period.first_day == (now.astimezone(ZoneInfo(tz)) - timedelta(hours=0)).date() - timedelta(days=1)


@pytest.mark.parametrize(("now", "hours"), [("2026-03-30T12:00", 23), ("2026-10-26T12:00", 25), ("2026-11-18T12:00", 24)])
def test_days_of_23_and_25_hours(now: str, hours: int) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    period = read_period("failures yesterday", now=moment, tz="Europe/Berlin").period
    assert period is not None and period.end - period.start == timedelta(hours=hours)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=300), moments, st.sampled_from(ZONES))
def test_no_text_raises(text: str, now: datetime, tz: str) -> None:
    read_period(text, now=now, tz=tz)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.sampled_from([*PHRASES, "vs", "to", "and", "since", "from", "of", "the", "before", "-", "31", "gestern", "hier"]),
        max_size=9,
    ),
    moments,
)
def test_no_jumble_of_time_words_raises_or_leaves_the_present(words: list[str], now: datetime) -> None:
    period = read_period(" ".join(words), now=now, tz="Europe/Paris").period
    assert period is None or period.start <= period.end <= now


@pytest.mark.parametrize("text", ["costs on 2026-02-30", "what failed on 31.11.2026", "2026-13-45"])
def test_a_day_that_does_not_exist_is_said_to_be_wrong(text: str) -> None:
    reading = read_period(text, now=datetime(2026, 11, 24, tzinfo=UTC), tz="UTC")
    assert reading.period is None and reading.unresolved


def test_a_follow_up_is_told_from_the_earlier_period() -> None:
    now = datetime(2026, 11, 18, 9, tzinfo=UTC)
    week = read_period("last week", now=now, tz="UTC").period
    reading = read_period("vs the week before", now=now, tz="UTC", prior=week)
    assert reading.period == week
    assert reading.compare == Period(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC))


def test_times_are_cut_out_of_the_words() -> None:
    assert (
        read_period("why did costs rise last Tuesday?", now=datetime(2026, 11, 18, tzinfo=UTC), tz="UTC").masked_text
        == "why did costs rise xtime ?"
    )


def _ends(period: Period | None) -> tuple[datetime, datetime] | None:
    return (period.start, period.end) if period else None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("spend since the start of the month", "2026-11-01T00:00", "2026-11-18T09:30"),
        ("cost in week 45", "2026-11-02T00:00", "2026-11-09T00:00"),
        ("kosten in KW 45 2025", "2025-11-03T00:00", "2025-11-10T00:00"),
        ("the last half hour", "2026-11-18T09:00", "2026-11-18T09:30"),
        ("were jobs done by 6am yesterday", "2026-11-17T00:00", "2026-11-18T00:00"),
        ("algum job falhou hoje", "2026-11-18T00:00", "2026-11-18T09:30"),
        ("先月のコスト", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("过去 7 天的成本", "2026-11-11T00:00", "2026-11-18T09:30"),
        ("지난주 비용", "2026-11-09T00:00", "2026-11-16T00:00"),
        ("wat kostte het vorige week", "2026-11-09T00:00", "2026-11-16T00:00"),
    ],
)
def test_more_ways_to_say_when(text: str, start: str, end: str) -> None:
    period = read_period(text, now=datetime(2026, 11, 18, 9, 30, tzinfo=UTC), tz="UTC").period
    assert period is not None
    assert (period.start, period.end) == tuple(datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (start, end))


@pytest.mark.parametrize(
    "text", ["will we make the 7am numbers", "is the data there by 5 in the morning", "last of 45 jobs failed"]
)
def test_a_deadline_is_no_period(text: str) -> None:
    assert read_period(text, now=datetime(2026, 11, 18, 9, 30, tzinfo=UTC), tz="UTC").period is None
