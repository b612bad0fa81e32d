"""What a cashier says to a shopper, and what she hands over.

The group comes first, for joining it is what earns the coupon; a guide is offered to whoever is in the group, or where
the shop has no group. Whoever was asked and did not join is left alone for some days.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from shared.values import Value
from shared.words import Language, Words

QUIET = timedelta(days=3)


class Decision(StrEnum):
    """What to say."""

    BECOME_MEMBER = "become_member"
    JOIN_GROUP = "join_group"
    ADD_CONTACT = "add_contact"
    NOTHING = "nothing"


class HandOver(NamedTuple):
    """The live code that the shopper scans."""

    live_code: str
    qr_url: str


class Standing(Value, frozen=True):
    """What is known of the shopper and the shop, in the order in which it is read."""

    person_id: UUID | None
    is_member: bool
    is_in_group: bool
    is_contact: bool
    has_ever_joined: bool
    last_joined_at: datetime | None
    last_prompted_at: datetime | None
    group_code: HandOver | None
    staff_code: HandOver | None
    offer_fen: int


class Asked(Value, frozen=True):
    """A question at a shop, with the shopper's lookup in place of what she showed."""

    brand_id: UUID
    shop_id: UUID
    lookup: UUID | None


class Prompt(Value, frozen=True):
    """What the cashier says and hands over."""

    decision: Decision
    hand_over: HandOver | None = None
    offer_fen: int = 0


NOTHING = Prompt(Decision.NOTHING)

_SAY = {
    Decision.BECOME_MEMBER: Words(
        "您还不是会员，扫这个码即可加入本店社群并成为会员。", "Scan this to join our group and become a member."
    ),
    Decision.JOIN_GROUP: Words("您还没加入本店社群，扫这个码即可进群。", "Scan this to join our shop's group."),
    Decision.ADD_CONTACT: Words("扫这个码添加本店导购，有新品随时告诉您。", "Scan this to add our guide as a contact."),
}
_SAY_OFFER = {
    Decision.BECOME_MEMBER: Words(
        "您还不是会员，扫这个码加入本店社群并成为会员，立得 {yuan} 元优惠券。",
        "Scan this to join our group and become a member: a coupon of {yuan} yuan is yours at once.",
    ),
    Decision.JOIN_GROUP: Words(
        "您还没加入本店社群，扫这个码进群，立得 {yuan} 元优惠券。",
        "Scan this to join our shop's group: a coupon of {yuan} yuan is yours at once.",
    ),
}


def decide(standing: Standing, at: datetime) -> Prompt:
    """What to say to whom. The offer is promised only to whoever would get it, by a code that leads to a group."""
    if _was_asked_lately(standing, at):
        return NOTHING
    offer_fen = 0 if standing.has_ever_joined else standing.offer_fen
    if not standing.is_member and standing.group_code:
        return Prompt(Decision.BECOME_MEMBER, standing.group_code, offer_fen)
    if not standing.is_member and standing.staff_code:
        return Prompt(Decision.BECOME_MEMBER, standing.staff_code)
    if not standing.is_in_group and standing.group_code:
        return Prompt(Decision.JOIN_GROUP, standing.group_code, offer_fen)
    if not standing.is_contact and standing.staff_code:
        return Prompt(Decision.ADD_CONTACT, standing.staff_code)
    return NOTHING


def say(prompt: Prompt, language: Language) -> str | None:
    """The cashier's words; none where there is nothing to say."""
    if prompt.decision is Decision.NOTHING:
        return None
    words = _SAY_OFFER.get(prompt.decision) if prompt.offer_fen else None
    return (words or _SAY[prompt.decision]).say(language, yuan=_yuan(prompt.offer_fen))


def masked(value: str) -> str:
    """What the till shows of what was shown to it: 138****1234; of something short, nothing."""
    return f"{value[:3]}****{value[-4:]}" if len(value) >= 11 else "****"


def _was_asked_lately(standing: Standing, at: datetime) -> bool:
    asked_at = standing.last_prompted_at
    if asked_at is None or at - asked_at >= QUIET:
        return False
    return standing.last_joined_at is None or standing.last_joined_at < asked_at


def _yuan(amount_fen: int) -> str:
    whole, rest = divmod(amount_fen, 100)
    return f"{whole}.{rest:02}" if rest else str(whole)
