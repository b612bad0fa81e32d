"""Inviters over HTTP: a shopper reads her own, staff read anyone's."""

from uuid import UUID

from services.referral.attribution import queries
from services.referral.attribution.schemas import InviterOut
from services.referral.invitation import queries as invitations
from services.referral.registry import queries as registry
from services.referral.reward import queries as rewards
from services.referral.reward.schemas import RewardOut
from shared.auth.caller import ALL_STAFF, SHOPPER, Caller, Kind
from shared.db import Tx
from shared.errors import NotFound
from shared.http import Doors, Reading, Who
from shared.http.pages import FIRST_ID, After, Page, PageSize, cursor_of, keys_of

doors = Doors("/referral/v1", "inviter")


@doors.read("/inviters/{person_id}", who=SHOPPER | ALL_STAFF)
async def read_inviter(person_id: UUID, tx: Reading, who: Who) -> InviterOut:
    """How many friends she brought, and what she earned by them."""
    inviter_id = await _inviter(tx, who, person_id)
    return InviterOut(
        invitees=await queries.count(tx, who.brand_id, inviter_id),
        waiting=await invitations.waiting(tx, who.brand_id, inviter_id, tx.at),
        **await rewards.sums(tx, who.brand_id, inviter_id),
    )


@doors.read("/inviters/{person_id}/rewards", who=SHOPPER | ALL_STAFF)
async def list_rewards(
    person_id: UUID, tx: Reading, who: Who, after: After = None, most: PageSize = 50
) -> Page[RewardOut]:
    """Her rewards, oldest first."""
    inviter_id = await _inviter(tx, who, person_id)
    (last_id,) = keys_of(after, (FIRST_ID,))
    items = [RewardOut.of(one) for one in await rewards.page(tx, who.brand_id, inviter_id, last_id, most)]
    return Page(items=items, next=cursor_of(items[-1].reward_id) if len(items) == most else None)


async def _inviter(tx: Tx, who: Caller, person_id: UUID) -> UUID:
    """Who this id means now; a shopper may ask for herself alone."""
    people = await registry.standing(tx, [person_id, who.id])
    if who.kind is Kind.SHOPPER and people[who.id] != people[person_id]:
        raise NotFound(what="inviter")
    return people[person_id]
