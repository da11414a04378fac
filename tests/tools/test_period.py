from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.period import Period, midnight


def test_a_local_day_can_have_23_or_25_hours() -> None:
    spring = Period.of_days(date(2026, 3, 29), date(2026, 3, 29), "Europe/Berlin")
    autumn = Period.of_days(date(2026, 10, 25), date(2026, 10, 25), "Europe/Berlin")
    assert spring.end - spring.start == timedelta(hours=23)
    assert autumn.end - autumn.start == timedelta(hours=25)


def test_a_day_reads_with_its_weekday_and_zone() -> None:
    assert str(Period.of_days(date(2026, 11, 17), date(2026, 11, 17), "UTC")) == "Tue 17 Nov 2026 UTC"


def test_hours_read_with_their_times() -> None:
    period = Period(datetime(2026, 11, 17, 14, tzinfo=UTC), datetime(2026, 11, 17, 16, tzinfo=UTC), "UTC")
    assert str(period) == "Tue 17 Nov 2026 14:00 – 16:00 UTC"
    assert not period.is_whole_days


def test_it_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Period(datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


@given(
    st.dates(date(2015, 1, 1), date(2035, 1, 1)),
    st.integers(0, 40),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]),
)
def test_whole_days_come_back_as_the_days_they_were_made_of(first: date, more: int, tz: str) -> None:
    last = first + timedelta(days=more)
    period = Period.of_days(first, last, tz)
    assert (period.first_day, period.last_day, len(period.days)) == (first, last, more + 1)
    assert period.is_whole_days
    assert period.end == midnight(last + timedelta(days=1), tz)
