"""Who is whom now: what every fold of people begins with."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.community.registry import queries
from services.community.registry.rules import settled
from shared.db import Tx
from shared.events.event import Heard
from shared.events.member import PersonFolded


async def settle_folds(tx: Tx, heard: Sequence[Heard[PersonFolded]]) -> Mapping[UUID, UUID]:
    """Into whom each of these goes at last, with everybody who writes people down kept out until the commit.

    A fold that leads on from another may be heard before it.
    """
    await queries.lock_folds(tx, [item.fact.brand_id for item in heard])
    folds = settled([(item.fact.from_id, item.fact.into_id) for item in heard])
    further = await queries.folded(tx, list(folds.values()))
    return {from_id: further.get(into_id, into_id) for from_id, into_id in folds.items()}
