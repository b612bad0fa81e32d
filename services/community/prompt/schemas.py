"""What the till asks and what it is answered."""

from typing import Annotated, Any, Literal

import msgspec

from shared.texts import PLAIN

Value = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=PLAIN)]


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the shopper showed."""

    kind: Literal["code", "card", "mobile"]
    value: Value


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be said to this shopper? Without `member`: to somebody who showed nothing."""

    member: Shown | None = None


class HandOverOut(msgspec.Struct, frozen=True):
    """What to show or hand over."""

    live_code: str
    qr_url: str


class PersonOut(msgspec.Struct, frozen=True):
    """All that the till sees of her."""

    masked: str
    is_member: bool


class PromptOut(msgspec.Struct, frozen=True):
    """What the cashier says and hands over; `say` is null where there is nothing to say."""

    decision: Literal["become_member", "join_group", "add_contact", "nothing"]
    say: str | None
    hand_over: HandOverOut | None
    offer_fen: int
    person: PersonOut | None


QUESTION_EXAMPLE: dict[str, Any] = {"member": {"kind": "card", "value": "8800000123"}}
ANSWER_EXAMPLE: dict[str, Any] = {
    "decision": "join_group",
    "say": "您还没加入本店社群，扫这个码进群，立得 5 元优惠券。",
    "hand_over": {"live_code": "HZ001-till", "qr_url": "https://wework.qpic.cn/…"},
    "offer_fen": 500,
    "person": {"masked": "****", "is_member": True},
}
