"""Points that nobody used in time are over."""

from services.member.points import queries
from services.member.points.queries import Posted
from services.member.points.rules import EntryKind, Movement, post
from shared.db import Tx


async def expire_points(tx: Tx, most_members: int) -> int:
    """Take back what is over, of some members; answers of how many. A day ends in UTC, after the shops' own."""
    brands = await queries.due(tx, tx.at.date(), most_members)
    if not brands:
        return 0
    accounts = await queries.open_accounts(tx, brands, brands)
    posted = []
    for account in accounts.values():
        if account.held:  # she stepped up to a till just now
            continue
        for expires_on in sorted(day for day in account.lots if day <= tx.at.date()):
            points = -account.lots[expires_on]
            movement = Movement(account.brand_id, account.member_id, EntryKind.EXPIRE, points, expires_on)
            posted.append(Posted(movement, post(account, movement)))
    await queries.save(tx, accounts.values(), posted)
    return len(brands)
