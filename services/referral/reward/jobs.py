"""Rebates whose return window is over."""

from services.referral.reward import actions
from shared.context import Context
from shared.jobs import every

_PAGE = 500


@every(seconds=60)
async def mature_rewards(context: Context) -> int:
    """Let rebates mature."""
    async with context.database.transaction() as tx:
        return await actions.mature(tx, _PAGE)
