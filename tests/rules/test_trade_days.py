"""The business day of a ticket: it may be off by one, over midnight and over a change of the clock."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from services.trade.till_ticket.rules import Flag, Kind, Ticket, time_flags
from shared.days import around_day

TODAY = date(2026, 11, 24)
CHINA = timezone(timedelta(hours=8))
LONG_AFTER = datetime(2030, 1, 1, tzinfo=UTC)


def flags(business_on: date, sold_at: datetime, zone: str = "Asia/Shanghai", cutover_minutes: int = 0) -> list[Flag]:
    sale = Ticket(business_on=business_on, number="1", sold_at=sold_at, kind=Kind.SALE, total_fen=0)
    return time_flags(sale, LONG_AFTER, zone, cutover_minutes)


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
