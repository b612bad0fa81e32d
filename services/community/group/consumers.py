"""What groups hear: that two persons turned out to be one."""

from collections.abc import Sequence

from services.community.group import actions
from services.community.registry.actions import settle_folds
from shared.bus import on
from shared.db import Tx
from shared.events.event import Heard
from shared.events.member import PersonFolded


@on(PersonFolded)
async def fold_memberships(tx: Tx, heard: Sequence[Heard[PersonFolded]]) -> None:
    """What a person joined is the member's who she proved to be."""
    await actions.fold_memberships(tx, [item.fact for item in heard], await settle_folds(tx, heard))
