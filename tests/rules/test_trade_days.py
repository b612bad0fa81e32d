"""The business day of a ticket: it may be off by one, over midnight and over a change of the clock."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from services.trade.till_ticket.rules import Flag, time_flags
from shared.clock import in_utc
from shared.days import around_day

TODAY = date(2026, 11, 24)
CHINA = timezone(timedelta(hours=8))
LONG_AFTER = datetime(2030, 1, 1, tzinfo=UTC)


def flags(business_on: date, sold_at: datetime, zone: str = "Asia/Shanghai", cutover_minutes: int = 0) -> list[Flag]:
    return time_flags(business_on, in_utc(sold_at), LONG_AFTER, zone, cutover_minutes)


@pytest.mark.parametrize(
    ("sold_at", "is_off"),
    [
        (datetime(2026, 11, 22, 23, 59, 59, tzinfo=CHINA), True),
        (datetime(2026, 11, 23, tzinfo=CHINA), False),
        (datetime(2026, 11, 24, 12, tzinfo=CHINA), False),
        (datetime(2026, 11, 25, 23, 59, 59, tzinfo=CHINA), False),
        (datetime(2026, 11, 26, tzinfo=CHINA), True),
        (datetime(2026, 11, 25, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 25, 16, tzinfo=UTC), True),
    ],
)
def test_a_day_may_be_off_by_one_as_the_shops_own_clock_has_it(sold_at: datetime, is_off: bool) -> None:
    assert flags(TODAY, sold_at) == ([Flag.DAY_OFF] if is_off else [])


def test_a_day_begins_at_the_shops_cutover() -> None:
    past_midnight = datetime(2026, 11, 26, 3, 59, tzinfo=CHINA)
    assert flags(TODAY, past_midnight, cutover_minutes=240) == []
    assert flags(TODAY, past_midnight + timedelta(minutes=1), cutover_minutes=240) == [Flag.DAY_OFF]


def test_a_day_of_23_or_25_hours_is_a_day() -> None:
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)  # Europe/Berlin
    for day, hours in ((spring, 71), (autumn, 73)):
        first, end = around_day(day, "Europe/Berlin")
        assert end - first == timedelta(hours=hours)
        assert first == datetime(day.year, day.month, day.day - 1, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_at_the_end_of_the_calendar_is_off_and_breaks_nothing(day: date) -> None:
    assert flags(day, datetime(2026, 11, 24, tzinfo=UTC)) == [Flag.DAY_OFF]


@pytest.mark.parametrize(
    ("said", "in_utc_at"),
    [
        (datetime(2026, 11, 24, 8, tzinfo=CHINA), datetime(2026, 11, 24, tzinfo=UTC)),
        (datetime(1, 1, 1, tzinfo=CHINA), datetime.min.replace(tzinfo=UTC)),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-8))), datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_every_moment_has_one_in_utc_be_it_the_first_or_the_last_there_is(said: datetime, in_utc_at: datetime) -> None:
    assert in_utc(said) == in_utc_at
    assert in_utc(said).tzinfo is UTC
