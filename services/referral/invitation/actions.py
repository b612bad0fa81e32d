"""Making invitations and accepting them."""

from base64 import b32encode
from collections.abc import Sequence
from datetime import timedelta
from secrets import token_bytes
from typing import NamedTuple
from uuid import UUID

from services.referral.invitation import queries
from services.referral.invitation.rules import (
    Acceptance,
    AlreadyKnown,
    Invitation,
    InviterKind,
    Outcome,
    must_be_invitable,
)
from services.referral.registry import queries as registry
from services.referral.reward_rule import queries as reward_rule
from shared.auth.caller import Caller, Kind, NotAllowed
from shared.db import Tx
from shared.errors import NotFound, Refusal
from shared.ids import new_id

_CODE_BYTES = 10  # 80 bits: sixteen letters and digits, and nobody guesses one


class Accepting(NamedTuple):
    """A shopper opened an invitation and said yes."""

    brand_id: UUID
    shopper_id: UUID
    invitation_code: str


async def make_invitation(tx: Tx, who: Caller, shop_id: UUID | None) -> Invitation:
    """The caller's own invitation, or her shop's: made once, the same for ever after."""
    kind, inviter_id = await _inviter(tx, who, shop_id)
    invitation_code = b32encode(token_bytes(_CODE_BYTES)).decode()
    return await queries.make(tx, Invitation(invitation_code, who.brand_id, kind, inviter_id))


async def _inviter(tx: Tx, who: Caller, shop_id: UUID | None) -> tuple[InviterKind, UUID]:
    if who.kind is Kind.SHOPPER:
        if shop_id is not None:
            raise NotAllowed
        return InviterKind.SHOPPER, (await registry.standing(tx, [who.id]))[who.id]
    if shop_id is None:
        return InviterKind.GUIDE, who.id
    who.must_serve(shop_id)
    if not await registry.has_shop(tx, who.brand_id, shop_id):
        raise NotFound(what="shop")
    return InviterKind.SHOP, shop_id


async def accept_invitations(tx: Tx, accepting: Sequence[Accepting]) -> Sequence[Acceptance | Refusal]:
    """Shoppers accept invitations, one after the other; each gets her acceptance, or why not."""
    await registry.lock_brands(tx, {item.brand_id for item in accepting})
    invitations = await queries.by_codes(tx, {item.invitation_code for item in accepting})
    inviter_ids = {invitation.inviter_id for invitation in invitations.values()}
    people = await registry.standing(tx, inviter_ids | {item.shopper_id for item in accepting})
    invitee_ids = sorted({people[item.shopper_id] for item in accepting})
    became = await registry.became(tx, invitee_ids)
    counting = await queries.counting(tx, invitee_ids)
    parents = await queries.above(tx, {people[inviter_id] for inviter_id in inviter_ids})
    rules = await reward_rule.current(tx, {item.brand_id for item in accepting})
    answers: list[Acceptance | Refusal] = []
    fresh: list[Acceptance] = []
    lapsed: dict[UUID, Outcome] = {}
    for item in accepting:
        invitation, invitee_id = invitations.get(item.invitation_code), people[item.shopper_id]
        if invitation is None or invitation.brand_id != item.brand_id:
            answers.append(NotFound(what="invitation"))
            continue
        inviter_id = people[invitation.inviter_id]  # it may have been made as she became another
        wanted = _wanted(tx, invitation, (inviter_id, invitee_id), rules[item.brand_id].rule.window_days)
        earlier = counting.get(invitee_id)
        if earlier is not None and _is_repeat(earlier, wanted):
            answers.append(earlier)
        elif invitee_id in became and wanted.inviter_id != invitee_id:
            answers.append(AlreadyKnown())
        elif (refusal := _refusal(wanted, earlier, parents)) is not None:
            answers.append(refusal)
        else:
            if earlier is not None:
                lapsed[earlier.acceptance_id] = Outcome.LAPSED
            counting[invitee_id] = wanted
            parents[invitee_id] = wanted.inviter_id
            fresh.append(wanted)
            answers.append(wanted)
    await queries.close(tx, lapsed)
    await queries.accept(tx, fresh)
    return answers


def _wanted(tx: Tx, invitation: Invitation, pair: tuple[UUID, UUID], window_days: int) -> Acceptance:
    inviter_id, invitee_id = pair
    return Acceptance(
        acceptance_id=new_id(),
        brand_id=invitation.brand_id,
        invitee_id=invitee_id,
        invitation_code=invitation.invitation_code,
        inviter_kind=invitation.inviter_kind,
        inviter_id=inviter_id,
        accepted_at=tx.at,
        until_at=tx.at + timedelta(days=window_days),
    )


def _is_repeat(earlier: Acceptance, wanted: Acceptance) -> bool:
    return earlier.invitation_code == wanted.invitation_code and (
        earlier.closed_as is Outcome.ATTRIBUTED or earlier.is_live(wanted.accepted_at)
    )


def _refusal(wanted: Acceptance, earlier: Acceptance | None, parents: dict[UUID, UUID]) -> Refusal | None:
    try:
        must_be_invitable(wanted, earlier, parents)
    except Refusal as refusal:
        return refusal
    return None
