"""What contacts hear: that two persons turned out to be one."""

from collections.abc import Sequence

from services.community.contact import queries
from services.community.registry.actions import settle_folds
from shared.bus import on
from shared.db import Tx
from shared.events.event import Heard
from shared.events.member import PersonFolded


@on(PersonFolded)
async def fold_contacts(tx: Tx, heard: Sequence[Heard[PersonFolded]]) -> None:
    """Whose contact a person was, the member is who she proved to be."""
    await queries.fold(tx, await settle_folds(tx, heard))
