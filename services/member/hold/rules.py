"""Whether points may be held, and what a ticket that names a hold finds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.member.points.rules import Account, Remark
from shared.errors import Refusal
from shared.words import Words


class HoldState(StrEnum):
    """How far a hold has come."""

    HELD = "held"
    SPENT = "spent"
    RELEASED = "released"
    EXPIRED = "expired"


class PointsShort(Refusal):
    """She has fewer points than the till asks to hold."""

    code = "member.points_short"
    words = Words(
        "积分不足：现有 {available} 分可用，需要 {points} 分。请减少抵扣积分。",
        "Not enough points: {available} can be spent, {points} are asked for. Use fewer.",
    )


class HoldDiffers(Refusal):
    """The hold's id was used for something else."""

    code = "member.hold_differs"
    words = Words(
        "占用编号 {hold_id} 已用于其他会员或数量，请使用新的编号。",
        "Hold {hold_id} is of another member or number of points: take a new id.",
    )


class Asked(NamedTuple):
    """A till asks to hold points. `lookup` is what the shopper showed, if the till does not know her id."""

    hold_id: UUID
    brand_id: UUID
    shop_id: UUID
    points: int
    member_id: UUID | None
    lookup: UUID | None


@dataclass
class Hold:
    """Points set aside."""

    hold_id: UUID
    brand_id: UUID
    shop_id: UUID
    member_id: UUID
    points: int
    state: HoldState
    expires_at: datetime
    ticket_id: UUID | None = None


def hold(asked: Asked, account: Account, at: datetime, hold_s: int) -> Hold:
    """Set points aside; raises `PointsShort`, having changed nothing."""
    if asked.points > account.available:
        raise PointsShort(available=account.available, points=asked.points)
    account.held += asked.points
    expires_at = at + timedelta(seconds=hold_s)
    return Hold(
        asked.hold_id, asked.brand_id, asked.shop_id, account.member_id, asked.points, HoldState.HELD, expires_at
    )


def same_hold(asked: Asked, member_id: UUID | None, before: Hold) -> Hold:
    """The hold that this id already is; raises `HoldDiffers`."""
    is_same = (before.brand_id, before.shop_id, before.member_id, before.points) == (
        asked.brand_id,
        asked.shop_id,
        member_id,
        asked.points,
    )
    if not is_same:
        raise HoldDiffers(hold_id=asked.hold_id)
    return before


def close(hold: Hold, account: Account, state: HoldState) -> None:
    """A hold ends: its points are no longer set aside."""
    if hold.state is HoldState.HELD:
        account.held -= hold.points
        hold.state = state


def spend(hold: Hold, account: Account, ticket_id: UUID) -> Remark:
    """A ticket posts the hold; answers what was odd about it. What the ticket says is spent in any case."""
    remark = {
        HoldState.HELD: Remark.NONE,
        HoldState.SPENT: Remark.HOLD_SPENT,
        HoldState.RELEASED: Remark.HOLD_RELEASED,
        HoldState.EXPIRED: Remark.HOLD_EXPIRED,
    }[hold.state]
    close(hold, account, HoldState.SPENT)
    if hold.state is not HoldState.SPENT or hold.ticket_id is None:
        hold.state, hold.ticket_id = HoldState.SPENT, ticket_id
    return remark
