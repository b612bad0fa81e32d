"""Voids that met their tickets nowhere."""

from services.trade.ticket import actions
from shared.context import Context
from shared.jobs import every

_PAGE = 500


@every(seconds=30)
async def void_missed(context: Context) -> int:
    """Voids take effect that were stored at the very moment at which their tickets were."""
    return await context.database.act(lambda tx: actions.void_missed(tx, _PAGE))
