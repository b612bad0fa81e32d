"""Time in: holds that no ticket came for."""

from services.member.hold import actions
from shared.context import Context
from shared.jobs import every

_HOLDS_ON_PAGE = 500


@every(15)
async def expire_holds(context: Context) -> int:
    """Let go what was held too long, a page at a time."""
    async with context.database.transaction() as tx:
        return await actions.expire_holds(tx, _HOLDS_ON_PAGE)
