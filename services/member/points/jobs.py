"""Time in: points come to their end."""

from services.member.points import actions
from shared.context import Context
from shared.jobs import every

_MEMBERS_ON_PAGE = 500


@every(60)
async def expire_points(context: Context) -> int:
    """Take back what is over, a page of members at a time."""
    async with context.database.transaction() as tx:
        return await actions.expire_points(tx, _MEMBERS_ON_PAGE)
