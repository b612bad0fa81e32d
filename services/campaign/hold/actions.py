"""Holding coupons for tills, and letting them go again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from services.campaign.budget import queries as budget
from services.campaign.budget.rules import IN_ALL, Counters, Deltas, Place, count, has_room
from services.campaign.coupon import queries as coupons
from services.campaign.coupon.rules import Coupon, Step
from services.campaign.coupon.rules import State as CouponState
from services.campaign.hold import queries
from services.campaign.hold.rules import HOLD_FOR, Basket, BudgetGone, Hold, HoldDiffers, State, discount_now
from services.campaign.offer import queries as offers
from services.campaign.offer.rules import Campaign
from shared.db import Tx
from shared.errors import NotFound, Refusal


class Wish(NamedTuple):
    """A till's wish to hold a coupon."""

    hold_id: UUID
    brand_id: UUID
    shop_id: UUID
    till: str
    coupon_id: UUID
    person_id: UUID | None
    basket: Basket


async def hold(tx: Tx, wishes: Sequence[Wish]) -> list[Hold | Exception]:
    """Hold coupons: of many who want one, exactly one gets it. The same hold id again gets the same answer."""
    locked = await coupons.lock(tx, [wish.coupon_id for wish in wishes])
    campaigns = await offers.by_ids(tx, sorted({coupon.campaign_id for coupon in locked.values()}))
    places = [(coupon.campaign_id, shop) for wish in wishes if (coupon := locked.get(wish.coupon_id))
              for shop in (wish.shop_id, IN_ALL)]  # fmt: skip
    standing = await budget.lock(tx, places) if places else {}
    holds = dict(await queries.read(tx, [wish.hold_id for wish in wishes]))
    made: list[Hold] = []
    answers: list[Hold | Exception] = []
    deltas: Deltas = {}
    for wish in wishes:
        try:
            answer, is_new = _decide(tx, wish, holds, locked, campaigns, standing)
        except Refusal as refusal:
            answers.append(refusal)
            continue
        answers.append(answer)
        if is_new:
            made.append(answer)
            holds[answer.hold_id] = answer
            locked[answer.coupon_id] = _held(locked[answer.coupon_id], answer)
            _count(standing, deltas, answer, answer.room)
    await queries.insert(tx, made)
    await coupons.change(tx, [locked[hold.coupon_id] for hold in made])
    await coupons.tell(tx, [hold.movement(Step.HOLD) for hold in made])
    await budget.add(tx, deltas)
    return answers


def _decide(
    tx: Tx,
    wish: Wish,
    holds: Mapping[UUID, Hold],
    locked: Mapping[UUID, Coupon],
    campaigns: Mapping[UUID, Campaign],
    standing: Mapping[Place, Counters],
) -> tuple[Hold, bool]:
    """The hold that answers a wish, and whether it is new; raises the reason for a no."""
    earlier = holds.get(wish.hold_id)
    if earlier is not None:
        if (earlier.coupon_id, earlier.shop_id, earlier.till) != (wish.coupon_id, wish.shop_id, wish.till):
            raise HoldDiffers
        return earlier, False
    coupon = locked.get(wish.coupon_id)
    if coupon is None or coupon.brand_id != wish.brand_id:
        raise NotFound(what="coupon")
    campaign = campaigns[coupon.campaign_id]
    off_fen = discount_now(coupon, campaign, wish.basket, wish.person_id, tx.at)
    place = (campaign.campaign_id, wish.shop_id)
    if not has_room(standing, place, campaign.most_per_shop, campaign.most_discount_fen, off_fen):
        raise BudgetGone
    until = tx.at + HOLD_FOR
    fresh = Hold(wish.hold_id, wish.brand_id, wish.coupon_id, campaign.campaign_id, wish.shop_id, wish.till,
                 off_fen, until, State.HELD)  # fmt: skip
    return fresh, True


async def release(tx: Tx, brand_id: UUID, hold_id: UUID, shop_id: UUID) -> None:
    """Let a coupon go; one that is gone already stays as it is."""
    held = (await queries.read(tx, [hold_id])).get(hold_id)
    if held is None or held.brand_id != brand_id or held.shop_id != shop_id:
        raise NotFound(what="hold")
    await _let_go(tx, [held.coupon_id], State.RELEASED, Step.RELEASE, hold_id)


async def expire(tx: Tx, most: int) -> int:
    """Let go of what tills held too long; a page at a time."""
    due = await queries.due(tx, tx.at, most)
    if due:
        await _let_go(tx, due, State.EXPIRED, Step.EXPIRE_HOLD, None)
    return len(due)


async def _let_go(tx: Tx, coupon_ids: Sequence[UUID], state: State, step: Step, only: UUID | None) -> None:
    locked = await coupons.lock(tx, coupon_ids)
    held = await queries.read(tx, [c.hold_id for c in locked.values() if c.hold_id and c.state is CouponState.HELD])
    going = [
        hold for hold in held.values()
        if hold.state is State.HELD and (hold.hold_id == only if only else hold.expires_at <= tx.at)
    ]  # fmt: skip
    if not going:
        return
    standing = await budget.lock(tx, [(hold.campaign_id, shop) for hold in going for shop in (hold.shop_id, IN_ALL)])
    deltas: Deltas = {}
    for hold in going:
        _count(standing, deltas, hold, hold.room_freed)
    free = [replace(locked[hold.coupon_id], state=CouponState.ISSUED, hold_id=None) for hold in going]
    await coupons.change(tx, free)
    await queries.close(tx, {hold.hold_id: state for hold in going})
    await coupons.tell(tx, [hold.movement(step) for hold in going])
    await budget.add(tx, deltas)


def _count(standing: dict[Place, Counters], deltas: Deltas, hold: Hold, more: Counters) -> None:
    shops = (hold.shop_id, IN_ALL)
    count(deltas, hold.campaign_id, shops, more)
    count(standing, hold.campaign_id, shops, more)


def _held(coupon: Coupon, hold: Hold) -> Coupon:
    return replace(coupon, state=CouponState.HELD, hold_id=hold.hold_id)
