"""Taking tickets: coupons redeemed, overruns booked, coupons given back when a whole ticket comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from uuid import UUID

from services.campaign.budget import queries as budget
from services.campaign.budget.rules import IN_ALL, Counters, Deltas, Place, count, has_room
from services.campaign.coupon import queries as coupons
from services.campaign.coupon.rules import Coupon, Movement, State, Step
from services.campaign.hold import queries as holds
from services.campaign.hold.rules import Hold
from services.campaign.hold.rules import State as HoldState
from services.campaign.offer import queries as offers
from services.campaign.offer.rules import Campaign
from services.campaign.redemption import queries
from services.campaign.redemption.rules import Reason, overrun_reason
from shared.db import Tx
from shared.events.event import Heard, says
from shared.events.trade import TicketPaid, TicketReturned, UsedCoupon


class Use(NamedTuple):
    """One coupon on one ticket."""

    ticket: Heard[TicketPaid]
    coupon_id: UUID
    discount_fen: int


@dataclass
class Books:
    """What a batch of tickets changes; written once, at its end."""

    locked: dict[UUID, Coupon]
    campaigns: Mapping[UUID, Campaign]
    held: Mapping[UUID, Hold]
    standing: dict[Place, Counters]
    deltas: Deltas = field(default_factory=dict)
    changed: dict[UUID, Coupon] = field(default_factory=dict)
    closed: dict[UUID, HoldState] = field(default_factory=dict)
    told: list[Movement] = field(default_factory=list)
    overruns: list[queries.Overrun] = field(default_factory=list)

    def count(self, campaign_id: UUID, shop_id: UUID, more: Counters) -> None:
        """Count at the shop and in all."""
        shops = (shop_id, IN_ALL)
        count(self.deltas, campaign_id, shops, more)
        count(self.standing, campaign_id, shops, more)


async def take_tickets(tx: Tx, heard: Sequence[Heard[TicketPaid | TicketReturned]]) -> None:
    """Redeem what tickets used; then give back what whole returns bring back."""
    uses = [
        Use(item, used.coupon_id, used.discount_fen)
        for item in heard
        if says(item, TicketPaid)
        for used in _each_once(item.fact.coupons)
    ]
    if uses:
        await _redeem(tx, uses)
    wholes = [item for item in heard if isinstance(item.fact, TicketReturned) and item.fact.is_whole]
    originals = {item.fact.original_id: item for item in wholes if isinstance(item.fact, TicketReturned)}
    originals.pop(None, None)
    if originals:
        await _give_back(tx, {ticket_id: item for ticket_id, item in originals.items() if ticket_id})


def _each_once(used: Sequence[UsedCoupon]) -> list[UsedCoupon]:
    return list({item.coupon_id: item for item in used}.values())


async def _redeem(tx: Tx, uses: Sequence[Use]) -> None:
    locked = await coupons.lock(tx, [use.coupon_id for use in uses])
    campaigns = await offers.by_ids(tx, sorted({coupon.campaign_id for coupon in locked.values()}))
    held = await holds.read(tx, [coupon.hold_id for coupon in locked.values() if coupon.hold_id])
    places = {
        (locked[use.coupon_id].campaign_id, shop_id)
        for use in uses
        if use.coupon_id in locked
        for shop_id in (use.ticket.fact.shop_id, IN_ALL)
    }
    held_places = {(hold.campaign_id, hold.shop_id) for hold in held.values()}
    standing = await budget.lock(tx, places | held_places) if places else {}
    books = Books(locked, campaigns, held, standing)
    for use in uses:
        _book(books, use)
    await _write(tx, books)


def _book(books: Books, use: Use) -> None:
    """Decide one use: redeemed, or the shop's overrun."""
    fact = use.ticket.fact
    coupon = books.locked.get(use.coupon_id)
    hold = books.held.get(coupon.hold_id) if coupon and coupon.hold_id else None
    reason = overrun_reason(coupon, hold, fact.brand_id, fact.shop_id, fact.sold_at)
    if coupon is None or reason is not None:
        _overrun(books, use, coupon, reason or Reason.UNKNOWN)
        return
    campaign = books.campaigns[coupon.campaign_id]
    if hold is not None:
        books.closed[hold.hold_id] = HoldState.REDEEMED
        books.count(coupon.campaign_id, hold.shop_id, hold.room_freed)
    place = (coupon.campaign_id, fact.shop_id)
    is_within = hold is not None or has_room(
        books.standing, place, campaign.most_per_shop, campaign.most_discount_fen, use.discount_fen
    )
    used = replace(
        coupon,
        state=State.REDEEMED,
        hold_id=None,
        ticket_id=fact.ticket_id,
        shop_id=fact.shop_id,
        taken_fen=use.discount_fen,
    )
    books.locked[coupon.coupon_id] = books.changed[coupon.coupon_id] = used
    if not is_within:
        _overrun(books, use, used, Reason.OVER_BUDGET)
        return
    books.count(coupon.campaign_id, fact.shop_id, Counters(redeemed=1, redeemed_fen=use.discount_fen))
    note = f"held for {hold.discount_fen}" if hold is not None and hold.discount_fen != use.discount_fen else ""
    books.told.append(_movement(use, Step.REDEEM, note))


def _overrun(books: Books, use: Use, coupon: Coupon | None, reason: Reason) -> None:
    fact = use.ticket.fact
    own = coupon if coupon is not None and coupon.brand_id == fact.brand_id else None
    campaign_id = own.campaign_id if own else None
    books.overruns.append(
        queries.Overrun(
            fact.ticket_id, use.coupon_id, fact.brand_id, fact.shop_id, campaign_id, reason, use.discount_fen
        )
    )
    if campaign_id is not None:
        books.count(campaign_id, fact.shop_id, Counters(overruns=1, overrun_fen=use.discount_fen))
        books.told.append(_movement(use, Step.OVERRUN, reason))


async def _write(tx: Tx, books: Books) -> None:
    await coupons.change(tx, list(books.changed.values()))
    await holds.close(tx, books.closed)
    await coupons.tell(tx, books.told)
    await queries.append(tx, books.overruns)
    await budget.add(tx, books.deltas)


async def _give_back(tx: Tx, originals: Mapping[UUID, Heard[TicketPaid | TicketReturned]]) -> None:
    """A coupon whose whole ticket came back is its person's again, as long as its time is not over."""
    back = [c for c in await coupons.of_tickets(tx, sorted(originals)) if c.state is State.REDEEMED and c.shop_id]
    if not back:
        return
    overruns = await queries.booked(tx, [coupon.coupon_id for coupon in back])
    counted = [c for c in back if (c.ticket_id, c.coupon_id) not in overruns]
    await budget.lock(tx, [(c.campaign_id, shop) for c in counted for shop in (c.shop_id, IN_ALL) if shop])
    deltas: Deltas = {}
    for coupon in counted:
        assert coupon.shop_id is not None
        less = Counters(redeemed=-1, redeemed_fen=-(coupon.taken_fen or 0))
        count(deltas, coupon.campaign_id, (coupon.shop_id, IN_ALL), less)
    free = [replace(c, state=State.ISSUED, ticket_id=None, shop_id=None, taken_fen=None) for c in back]
    await coupons.change(tx, free)
    await coupons.tell(
        tx,
        [
            Movement(
                c.coupon_id,
                Step.RETURN,
                c.shop_id,
                c.ticket_id,
                None,
                c.taken_fen,
                str(originals[c.ticket_id].event_id),
            )
            for c in back
            if c.ticket_id
        ],
    )
    await budget.add(tx, deltas)


def _movement(use: Use, step: Step, note: str) -> Movement:
    fact = use.ticket.fact
    cause = str(use.ticket.event_id)
    return Movement(use.coupon_id, step, fact.shop_id, fact.ticket_id, None, use.discount_fen, cause, note)
