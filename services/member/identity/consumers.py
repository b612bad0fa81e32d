"""What identities hear: who first brought a person in."""

from collections.abc import Sequence

from services.member.identity import actions
from shared.bus import on
from shared.db import Tx
from shared.events.community import ContactAdded, MembershipJoined
from shared.events.event import Heard


@on(ContactAdded, MembershipJoined)
async def bring_in(tx: Tx, heard: Sequence[Heard[ContactAdded | MembershipJoined]]) -> None:
    """The first shop and guide that a person met own her."""
    await actions.bring_in(tx, heard)
