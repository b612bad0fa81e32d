"""The business day of a shop: the day its tills are in, which may run past midnight."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

MOST_DAYS_AHEAD = 1


def business_day(at: datetime, zone: str, cutover_minutes: int = 0) -> date:
    """The business day of a moment: its local date, moved back by the shop's `cutover_minutes` after midnight."""
    return (at.astimezone(ZoneInfo(zone)) - timedelta(minutes=cutover_minutes)).date()
