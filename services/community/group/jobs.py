"""Time in: the sweep that finds what no callback told."""

from services.community.group import flows
from shared.context import Context
from shared.jobs import every

_CORPS_ON_PAGE = 20


@every(2)
async def sweep_groups(context: Context) -> int:
    """Have all groups of those corps read whose turn it is."""
    return await flows.sweep_due(context, _CORPS_ON_PAGE)
