"""Time in: what callbacks told is acted upon, within a second; old callbacks are forgotten."""

from services.community.callback import flows
from shared.context import Context
from shared.jobs import every

_LOOKS_ON_PAGE = 100
_CALLBACKS_ON_PAGE = 2000


@every(1)
async def take_looks(context: Context) -> int:
    """Look at groups and contacts that something was told of."""
    return await flows.take_looks(context, _LOOKS_ON_PAGE)


@every(600)
async def forget_callbacks(context: Context) -> int:
    """Forget callbacks that will hardly come again."""
    return await flows.forget(context, _CALLBACKS_ON_PAGE)
