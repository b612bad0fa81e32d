"""What attributions hear: members who joined, persons who were folded, and joiners of groups."""

from collections.abc import Sequence

from services.referral.attribution import actions
from shared.bus import on
from shared.db import Tx
from shared.events.community import MembershipJoined
from shared.events.event import Heard
from shared.events.member import MemberJoined, PersonFolded


@on(MemberJoined, PersonFolded)
async def take_members(tx: Tx, heard: Sequence[Heard[MemberJoined | PersonFolded]]) -> None:
    """A friend became a member, or two persons turned out to be one."""
    await actions.take_members(tx, heard)


@on(MembershipJoined)
async def take_joiners(tx: Tx, heard: Sequence[Heard[MembershipJoined]]) -> None:
    """A friend joined a group."""
    await actions.take_joiners(tx, heard)
