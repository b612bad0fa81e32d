"""Forgetting tries that lock nothing any more."""

from services.directory.credential import queries
from shared.context import Context
from shared.jobs import every

_MOST_AT_ONCE = 5000


@every(seconds=3600)
async def forget_old_tries(context: Context) -> int:
    """A page of tries of yesterday."""
    async with context.database.transaction() as tx:
        return await queries.forget_old_tries(tx, _MOST_AT_ONCE)
