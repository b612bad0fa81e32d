"""The ledger looks at itself: what does not add up is counted, and somebody is woken."""

from datetime import timedelta

from services.settlement.ledger import queries
from shared.context import Context
from shared.jobs import every
from shared.metrics import UNBALANCED

_LOOKS_BACK = timedelta(days=3)

_unbalanced = UNBALANCED.labels("settlement")  # told as 0 from the start: an alert sees the step from 0 to 1


@every(seconds=3600)
async def watch_balance(context: Context) -> int:
    """Count the days of shops whose entries do not add up to zero: none, ever. There is no second page."""
    async with context.database.reading() as tx:
        _unbalanced.inc(await queries.unbalanced_days(tx, context.clock().date() - _LOOKS_BACK))
    return 0
