"""What identities hear: who first brought a person in."""

from collections.abc import Sequence

from services.member.identity import actions
from services.member.identity.queries import Brought
from shared.bus import on
from shared.db import Tx
from shared.events.community import ContactAdded, MembershipJoined
from shared.events.event import Heard


@on(ContactAdded, MembershipJoined)
async def bring_in(tx: Tx, heard: Sequence[Heard[ContactAdded | MembershipJoined]]) -> None:
    """The first shop and guide that a person met own her."""
    first: dict[object, Brought] = {}
    for item in heard:
        fact = item.fact
        guide_id = fact.guide_id if isinstance(fact, ContactAdded) else None
        if fact.shop_id is not None:
            first.setdefault(fact.person_id, Brought(fact.person_id, fact.shop_id, guide_id))
    if first:
        await actions.bring_in(tx, list(first.values()))
