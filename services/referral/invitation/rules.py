"""Who may be whose invitee.

The first acceptance counts until its window ends: a later code takes nobody's friend away. An acceptance is an edge
from invitee to inviter; a person has one at most, so the edges above her are a chain, and it never closes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.errors import Refusal
from shared.words import Words


class InviterKind(StrEnum):
    """Whose invitation it is; only a shopper earns by it."""

    SHOPPER = "shopper"  # 顾客
    GUIDE = "guide"  # 导购
    SHOP = "shop"  # 门店


class Outcome(StrEnum):
    """What became of an acceptance."""

    ATTRIBUTED = "attributed"  # 归因成功
    KNOWN_BEFORE = "known_before"  # 接受前已是会员或已在群
    LAPSED = "lapsed"  # 过期
    SECOND = "second"  # 同一人的另一次接受或归因在先
    OWN = "own"  # 邀请人与被邀请人是同一人
    CIRCLE = "circle"  # 互相邀请


class AlreadyKnown(Refusal):
    """A member, or someone in a group, is nobody's invitee."""

    code = "referral.already_known"
    words = Words(
        "您已是会员或已在社群中，无法再作为新朋友被邀请。", "You are a member or in a group: nobody's invitee."
    )


class OwnInvitation(Refusal):
    """Nobody invites herself."""

    code = "referral.own_invitation"
    words = Words("不能接受自己的邀请，请转发给朋友。", "This is your own invitation: pass it to a friend.")


class AlreadyInvited(Refusal):
    """The first acceptance counts until its window ends."""

    code = "referral.already_invited"
    words = Words(
        "您已接受另一位朋友的邀请，{until_at} 前有效。",
        "You accepted another friend's invitation, good until {until_at}.",
    )


class InvitedByInvitee(Refusal):
    """Who was invited by somebody invites neither her nor anybody above her."""

    code = "referral.circle"
    words = Words("对方是由您邀请来的，不能再邀请您。", "You brought this friend in, so she can't invite you.")


@dataclass(frozen=True)
class Invitation:
    """An invitation, found by its code."""

    invitation_code: str
    brand_id: UUID
    inviter_kind: InviterKind
    inviter_id: UUID


@dataclass(frozen=True)
class Acceptance:
    """A friend came by an invitation; `closed_as` is none until it is decided what became of it."""

    acceptance_id: UUID
    brand_id: UUID
    invitee_id: UUID
    invitation_code: str
    inviter_kind: InviterKind
    inviter_id: UUID
    accepted_at: datetime
    until_at: datetime
    closed_as: Outcome | None = None

    def is_live(self, at: datetime) -> bool:
        """Whether it may still make her its inviter's invitee."""
        return self.closed_as is None and at < self.until_at


def leads_to(parents: Mapping[UUID, UUID], first_id: UUID, sought_id: UUID) -> bool:
    """Whether `sought_id` is `first_id` or above it."""
    seen: set[UUID] = set()
    person_id: UUID | None = first_id
    while person_id is not None and person_id not in seen:
        if person_id == sought_id:
            return True
        seen.add(person_id)
        person_id = parents.get(person_id)
    return False


def must_be_invitable(wanted: Acceptance, earlier: Acceptance | None, parents: Mapping[UUID, UUID]) -> None:
    """Raise where the friend can't be this inviter's invitee, though neither member nor in a group."""
    if wanted.inviter_id == wanted.invitee_id:
        raise OwnInvitation
    if earlier is not None and earlier.is_live(wanted.accepted_at):
        raise AlreadyInvited(until_at=earlier.until_at.isoformat())
    if leads_to(parents, wanted.inviter_id, wanted.invitee_id):
        raise InvitedByInvitee


def judge(acceptance: Acceptance, became_at: datetime | None) -> Outcome | None:
    """What became of an acceptance, now that she became the brand's own at `became_at`; none: she has not yet.

    The facts' own times decide, so that it does not matter which of them was heard first.
    """
    if became_at is None:
        return None
    if became_at < acceptance.accepted_at:
        return Outcome.KNOWN_BEFORE
    return Outcome.ATTRIBUTED if became_at < acceptance.until_at else Outcome.LAPSED
