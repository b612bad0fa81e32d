"""What folds hear: people who proved to be one."""

from collections.abc import Sequence

from services.campaign.fold import actions
from shared.bus import on
from shared.db import Tx
from shared.events.event import Heard
from shared.events.member import PersonFolded


@on(PersonFolded)
async def fold_people(tx: Tx, heard: Sequence[Heard[PersonFolded]]) -> None:
    """Coupons follow their person."""
    await actions.fold_people(tx, heard)
