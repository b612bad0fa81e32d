"""Where a live code leads: into groups with room, or to the staff who stand for the shop."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from shared.errors import Refusal
from shared.words import Words

MOST_CHATS = 5
MOST_STAFF = 100
STATE_BYTES = 10  # 20 letters; WeCom allows 30


class Kind(StrEnum):
    """Where a live code hangs."""

    SHOP = "shop"  # handed over at the till
    GUIDE = "guide"
    SHELF = "shelf"
    TAKE_AWAY_CARD = "take_away_card"
    ITEM = "item"  # 一物一码
    ON_LINE = "on_line"  # official account, short video, life-style platform


class LeadsTo(StrEnum):
    """What a scan leads to."""

    GROUP = "group"
    STAFF = "staff"


class LiveCodeDiffers(Refusal):
    """What a printed code leads to does not change."""

    code = "community.live_code_differs"
    words = Words(
        "活码 {live_code} 已用于其他门店或用途，请换一个编号。",
        "Live code {live_code} is another shop's or leads elsewhere: take another name.",
    )


class NotMadeYet(Refusal):
    """WeCom has not made the code yet."""

    code = "community.live_code_not_made"
    words = Words(
        "活码 {live_code} 尚未生成：门店需有社群，导购需绑定企业微信。请稍后再试。",
        "Live code {live_code} is not made yet: its shop needs a group, or staff in WeCom. Try again shortly.",
    )


class Chat(NamedTuple):
    """A group that a code may lead to; `has_room` for one more."""

    chat_id: str
    has_room: bool


def chats_for(chats: Sequence[Chat], present: Sequence[str], known: frozenset[str]) -> list[str]:
    """Up to five chats: those with room, oldest first, else the newest full one, after which WeCom opens the next.

    Chats that WeCom put behind the code itself and that nobody has looked at yet stay.
    """
    roomy = [chat.chat_id for chat in chats if chat.has_room]
    wanted = roomy or [chat.chat_id for chat in chats[-1:]]
    unknown = [chat_id for chat_id in present if chat_id not in known]
    return [*wanted[: MOST_CHATS - min(len(unknown), MOST_CHATS)], *unknown[-MOST_CHATS:]]


def cost_per_join_fen(cost_fen: int, joins_count: int) -> int | None:
    """What a join cost, rounded up; none while there is none."""
    return -(-cost_fen // joins_count) if joins_count else None
