"""The business day of a shop: the day its tills are in, which may run past midnight."""

from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_NEVER = datetime.max.replace(tzinfo=UTC)


@lru_cache(maxsize=4096)
def around_day(day: date, zone: str, cutover_minutes: int = 0) -> tuple[datetime, datetime]:
    """From when, and until before when, a moment is of business day `day`, or of the one before or after it.

    A shop's business day begins `cutover_minutes` after its midnight. Two comparisons with these tell of a ticket
    what computing its own day would, at a tenth of the cost. Nothing is of a day at either end of the calendar.
    """
    if day.year in (MINYEAR, MAXYEAR):
        return _NEVER, _NEVER
    opening = datetime.combine(day, time()) + timedelta(minutes=cutover_minutes)
    first, end = ((opening + timedelta(days=days)).replace(tzinfo=ZoneInfo(zone)) for days in (-1, 2))
    return first.astimezone(UTC), end.astimezone(UTC)
