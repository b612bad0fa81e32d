"""Time in: live codes are made and kept up in WeCom."""

from services.community.live_code import flows
from shared.context import Context
from shared.jobs import every

_CODES_ON_PAGE = 50


@every(1)
async def keep_live_codes(context: Context) -> int:
    """Make what is wanted, and lead codes away from groups that are full."""
    return await flows.keep_up(context, _CODES_ON_PAGE)
