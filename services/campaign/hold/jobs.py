"""Holds that ran out."""

from services.campaign.hold import actions
from shared.context import Context
from shared.jobs import every

_PAGE = 500


@every(seconds=5)
async def expire_coupon_holds(context: Context) -> int:
    """Let go of coupons that tills held too long."""
    async with context.database.transaction() as tx:
        return await actions.expire(tx, _PAGE)
