"""What a stored ticket means: which events it says, and how a return goes back to its original."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Literal
from uuid import UUID

from services.trade.till_ticket.rules import Flag, Kind, Ticket, handed_back, left_of, sold
from shared.errors import Refusal
from shared.events.event import Event
from shared.events.trade import SpentPoints, TicketAttributed, TicketPaid, TicketReturned, UsedCoupon
from shared.ids import derived_ids
from shared.values import Value
from shared.words import Words

SELLS = frozenset({Kind.SALE, Kind.WRITE_OFF, Kind.EXCHANGE})
# What brings goods back is stored behind what they may come from: an exchange behind sales, a return behind both.
BRINGS_BACK = {Kind.EXCHANGE: 1, Kind.RETURN: 2, Kind.VOID: 2}


class TicketDiffers(Refusal):
    """The same shop, till, business day and number came with another content; it is kept for review."""

    code = "trade.ticket_differs"
    words = Words(
        "小票 {number} 已有不同内容，本次内容已留存待核查；请勿重发，改用新的小票号。",
        "Ticket {number} is stored with another content; this one is kept for review. Do not resend: use a new number.",
    )


@dataclass
class Original:
    """A ticket that goods may come back from, and what came back so far."""

    ticket_id: UUID
    shop_id: UUID
    member_id: UUID | None
    ticket: Ticket
    returns: list[Ticket] = field(default_factory=list)

    @property
    def whole_fen(self) -> int:
        """What it sold for."""
        return max(sold(self.ticket)[1], 0)

    @property
    def back_fen(self) -> int:
        """What came back so far, never beyond the whole."""
        back = 0
        for ticket in self.returns:
            whole = self.whole_fen
            back = whole if ticket.kind is Kind.VOID else min(max(back + handed_back(ticket)[1], 0), whole)
        return back


class Facts(Value, frozen=True):
    """A new ticket and who and where it is of."""

    ticket_id: UUID
    brand_id: UUID
    shop_id: UUID
    till: str
    ticket: Ticket
    sold_at: datetime  # in UTC
    member_id: UUID | None


class Told(Value, frozen=True):
    """What a ticket means: its events, its flags, whose it is, where it goes back to, and its part of the takings."""

    events: list[Event]
    flags: list[str]
    member_id: UUID | None
    original_id: UUID | None
    total_fen: int


def ticket_id(shop_id: UUID, till: str, business_on: date, number: str) -> UUID:
    """The id that the natural key gives; ordered by business day."""
    return _ids_of(shop_id, till, business_on)(number)


@lru_cache(maxsize=20_000)
def _ids_of(shop_id: UUID, till: str, business_on: date) -> Callable[[str], UUID]:
    """The ids of a till's day."""
    return derived_ids(datetime.combine(business_on, time(), UTC), "ticket", shop_id, till, business_on)


def original_id(facts: Facts, shop_ids: Mapping[str, UUID]) -> UUID | None:
    """The id of the ticket that this one goes back to; an unknown shop's code leads nowhere."""
    named = facts.ticket.original
    if named is None:
        return None
    shop_id = facts.shop_id if named.shop is None else shop_ids.get(named.shop)
    return None if shop_id is None else ticket_id(shop_id, named.till, named.business_on, named.number)


def tell(facts: Facts, flags: list[str], original: Original | None, goes_back_to: UUID | None) -> Told:
    """What a new ticket says. `original` is the ticket it goes back to, if that is known by now."""
    ticket = facts.ticket
    if ticket.kind is Kind.TRAINING:
        return Told([], [Flag.TRAINING], None, None, 0)
    member_id = original.member_id if original is not None and original.member_id else facts.member_id
    if ticket.kind in BRINGS_BACK:
        events, more_flags = _bring_back(facts, flags, original, goes_back_to)
        flags = [*flags, *more_flags]
    else:
        events = []
    if ticket.kind in SELLS:
        events = [_paid(facts, flags), *events]
    return Told(events, flags, member_id, goes_back_to, _booked_fen(ticket, events))


def _booked_fen(ticket: Ticket, events: Sequence[Event]) -> int:
    """What a ticket adds to the takings. A void takes back what is left of its original, whatever total it bears."""
    if ticket.kind is not Kind.VOID:
        return ticket.total_fen
    return -sum(fact.total_fen for fact in events if isinstance(fact, TicketReturned))


def _paid(facts: Facts, flags: list[str]) -> TicketPaid:
    lines, total_fen = sold(facts.ticket)
    return TicketPaid(
        brand_id=facts.brand_id,
        ticket_id=facts.ticket_id,
        shop_id=facts.shop_id,
        till=facts.till,
        number=facts.ticket.number,
        business_on=facts.ticket.business_on,
        sold_at=facts.sold_at,
        member_id=facts.member_id,
        guide_id=facts.ticket.guide_id,
        total_fen=total_fen,
        lines=lines,
        coupons=used_coupons(facts.ticket),
        points=spent_points(facts.ticket),
        flags=flags,
    )


def _bring_back(
    facts: Facts, flags: list[str], original: Original | None, goes_back_to: UUID | None
) -> tuple[list[Event], list[str]]:
    """A return, void or exchange; what came back so far is counted anew, so that parts never drift from the whole."""
    ticket = facts.ticket
    if original is None:
        if ticket.kind is Kind.VOID:
            return [], [Flag.ORIGINAL_UNKNOWN]  # it takes effect when the ticket it voids comes
        return [_returned(facts, flags, None, handed_back(ticket)[1], goes_back_to)], [Flag.ORIGINAL_UNKNOWN]
    before_fen = original.back_fen
    is_void = ticket.kind is Kind.VOID
    asked_fen = original.whole_fen - before_fen if is_void else handed_back(ticket)[1]
    returned = _returned(facts, flags, original, asked_fen, goes_back_to)
    original.returns.append(ticket)
    return [returned], ([Flag.OVER_RETURNED] if returned.after_fen != before_fen + asked_fen else [])


def _returned(
    facts: Facts, flags: list[str], original: Original | None, back_fen: int, goes_back_to: UUID | None
) -> TicketReturned:
    ticket = facts.ticket
    is_void = ticket.kind is Kind.VOID
    whole_fen = original.whole_fen if original else 0
    before_fen = original.back_fen if original else 0
    after_fen = min(max(before_fen + back_fen, 0), whole_fen)
    lines = left_of(original.ticket, original.returns) if is_void and original else handed_back(ticket)[0]
    reasons: dict[Kind, Literal["return", "void", "exchange"]] = {Kind.VOID: "void", Kind.EXCHANGE: "exchange"}
    return TicketReturned(
        brand_id=facts.brand_id,
        key=goes_back_to or facts.ticket_id,
        ticket_id=facts.ticket_id,
        shop_id=facts.shop_id,
        till=facts.till,
        number=ticket.number,
        business_on=ticket.business_on,
        sold_at=facts.sold_at,
        reason=reasons.get(ticket.kind, "return"),
        original_id=original.ticket_id if original else None,
        original_shop_id=original.shop_id if original else None,
        member_id=original.member_id if original and original.member_id else facts.member_id,
        guide_id=ticket.guide_id,
        total_fen=back_fen,
        lines=lines,
        whole_fen=whole_fen,
        before_fen=before_fen,
        after_fen=after_fen,
        is_whole=is_void or (original is not None and after_fen == whole_fen),
        flags=flags,
    )


def void_at_last(void: Facts, original: Original) -> TicketReturned | None:
    """A void that had come before its ticket, now that the ticket is here; none where nothing is left to void."""
    if original.returns and original.back_fen == original.whole_fen:
        return None
    returned = _returned(void, [], original, original.whole_fen - original.back_fen, original.ticket_id)
    original.returns.append(void.ticket)
    return returned


def attributed(facts: Facts, member_id: UUID, returns: list[Ticket]) -> TicketAttributed:
    """A stored ticket that turned out to be this member's."""
    original = Original(facts.ticket_id, facts.shop_id, member_id, facts.ticket, returns)
    lines, total_fen = sold(facts.ticket)
    return TicketAttributed(
        brand_id=facts.brand_id,
        ticket_id=facts.ticket_id,
        shop_id=facts.shop_id,
        business_on=facts.ticket.business_on,
        sold_at=facts.sold_at,
        member_id=member_id,
        total_fen=total_fen,
        returned_fen=original.back_fen,
        coupons=used_coupons(facts.ticket),
        points=spent_points(facts.ticket),
        lines=lines,
        returned_lines=[line for ticket in returns for line in handed_back(ticket)[0]],
    )


def used_coupons(ticket: Ticket) -> list[UsedCoupon]:
    """Our coupons that the ticket redeems, each once, with what it took off."""
    used = [
        (discount.coupon_id, discount.amount_fen)
        for discounts in (ticket.discounts, *[line.discounts for line in ticket.lines if line.discounts])
        for discount in discounts
        if discount.coupon_id is not None
    ]
    discount_fen: dict[UUID, int] = {}
    for coupon_id, amount_fen in used:
        discount_fen[coupon_id] = discount_fen.get(coupon_id, 0) + amount_fen
    return [UsedCoupon(coupon_id=coupon_id, discount_fen=fen) for coupon_id, fen in discount_fen.items()]


def spent_points(ticket: Ticket) -> list[SpentPoints]:
    """Points that paid for a part of the ticket."""
    return [
        SpentPoints(points=tender.points, amount_fen=tender.amount_fen, hold_id=tender.hold_id)
        for tender in ticket.tenders
        if tender.kind == "points" and tender.points
    ]
