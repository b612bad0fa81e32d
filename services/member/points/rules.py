"""The ledger's arithmetic: how one movement changes a member's account.

An entry is a transfer between the member's account and one of the brand's: what is added to the one is taken from
the other, so that all accounts together are always zero. A balance below zero is what she owes; the next
earnings settle it. Points lie in lots, one a month of expiry; the lots add up to the balance, or to nothing in debt.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.values import Value
from shared.words import Words


class EntryKind(StrEnum):
    """Why points moved."""

    EARN = "earn"
    RETURN_EARN = "return_earn"
    SPEND = "spend"
    RETURN_SPEND = "return_spend"
    EXPIRE = "expire"


class Against(StrEnum):
    """The brand's account on the other side of an entry."""

    EARNED = "earned"
    SPENT = "spent"
    EXPIRED = "expired"


class Remark(StrEnum):
    """What was odd about the hold behind spent points."""

    NONE = ""
    NO_HOLD = "no_hold"
    HOLD_UNKNOWN = "hold_unknown"
    HOLD_EXPIRED = "hold_expired"
    HOLD_RELEASED = "hold_released"
    HOLD_SPENT = "hold_spent"


AGAINST = {
    EntryKind.EARN: Against.EARNED,
    EntryKind.RETURN_EARN: Against.EARNED,
    EntryKind.SPEND: Against.SPENT,
    EntryKind.RETURN_SPEND: Against.SPENT,
    EntryKind.EXPIRE: Against.EXPIRED,
}

WORDS = {
    EntryKind.EARN: Words(
        "实付 {amount} 元，每元 {rate} 分，{tier}倍率 {multiplier}，取整为 {points} 分。",
        "{amount} yuan paid at {rate} points a yuan, times {multiplier} for {tier}, rounded: {points} points.",
    ),
    EntryKind.RETURN_EARN: Words(
        "原单 {amount} 元，此前已退 {before} 元，现已退 {after} 元，相应收回积分：{points} 分。",
        "Of {amount} yuan {before} had gone back and {after} has now; the points earned follow: {points}.",
    ),
    EntryKind.SPEND: Words("{points} 分抵 {amount} 元。", "{points} points for {amount} yuan."),
    EntryKind.RETURN_SPEND: Words(
        "原单 {amount} 元，此前已退 {before} 元，现已退 {after} 元，相应退还积分：{points} 分。",
        "Of {amount} yuan {before} had gone back and {after} has now; the points spent follow: {points}.",
    ),
    EntryKind.EXPIRE: Words("积分于 {expires_on} 到期：{points} 分。", "The points expired on {expires_on}: {points}."),
}


class Movement(Value, frozen=True):
    """What is to move on a member's account, and everything an explanation of it needs."""

    brand_id: UUID
    member_id: UUID
    kind: EntryKind
    points: int
    expires_on: date  # the lot that takes what comes in, and gives first where something goes out
    growth: int = 0
    ticket_id: UUID | None = None  # the ticket or return that moved them
    original_id: UUID | None = None  # the sale whose points they are
    event_id: UUID | None = None
    amount_fen: int = 0  # what was paid; of a return: the whole of the sale
    before_fen: int = 0
    after_fen: int = 0
    rule_version: int = 0
    tier: str = ""
    remark: Remark = Remark.NONE


@dataclass
class Account:
    """A member's account. `points` below zero are owed. `lots` need be known only where something may go out."""

    member_id: UUID
    brand_id: UUID
    points: int = 0
    held: int = 0
    growth: int = 0
    lots: dict[date, int] = field(default_factory=dict)
    lot_changes: dict[date, int] = field(default_factory=dict)

    @property
    def owed(self) -> int:
        """What she owes."""
        return max(-self.points, 0)

    @property
    def available(self) -> int:
        """What she may spend now."""
        return max(self.points - self.held, 0)


def post(account: Account, movement: Movement) -> int:
    """Move points and growth; answers by how much the debt grew, below zero where it was settled."""
    owed, lying = account.owed, max(account.points, 0)
    account.points += movement.points
    account.growth += movement.growth
    change = max(account.points, 0) - lying
    if change > 0:
        _change_lot(account, movement.expires_on, change)
    elif change < 0:
        _take(account, -change, movement.expires_on)
    return account.owed - owed


def _take(account: Account, points: int, first: date) -> None:
    """Take from one lot first, then from the oldest on."""
    for expires_on in sorted(account.lots, key=lambda day: (day != first, day)):
        taken = min(account.lots[expires_on], points)
        if taken:
            _change_lot(account, expires_on, -taken)
            points -= taken
    assert points == 0, "the lots add up to the balance"


def _change_lot(account: Account, expires_on: date, change: int) -> None:
    account.lots[expires_on] = account.lots.get(expires_on, 0) + change
    account.lot_changes[expires_on] = account.lot_changes.get(expires_on, 0) + change
