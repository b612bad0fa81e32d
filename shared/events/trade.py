"""What trade says of tickets (小票): paid, returned, and whose they turned out to be."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from shared.events.event import Event


class SoldLine(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One line: what went over the counter (negative: came back) and its share of what was paid."""

    sku: str
    quantity_milli: int
    net_fen: int  # after its discounts and its share of the ticket's


class UsedCoupon(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A coupon that the ticket redeems."""

    coupon_id: UUID
    discount_fen: int


class SpentPoints(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Points that paid for a part of the ticket; `hold_id` names the hold made before, if the line was up."""

    points: int
    amount_fen: int
    hold_id: UUID | None = None


class TicketPaid(Event, frozen=True, kw_only=True):
    """A till sold something; a fact, whatever its flags say."""

    TYPE: ClassVar[str] = "trade.ticket.paid.v1"
    KEY: ClassVar[str] = "ticket_id"

    ticket_id: UUID
    shop_id: UUID
    till: str
    number: str
    business_on: date
    sold_at: datetime
    member_id: UUID | None
    guide_id: UUID | None
    total_fen: int
    lines: list[SoldLine]
    coupons: list[UsedCoupon]
    points: list[SpentPoints]
    flags: list[str]


class TicketReturned(Event, frozen=True, kw_only=True):
    """Goods came back or a ticket was voided. Amounts are positive: how much of the original went back.

    `before_fen` and `after_fen` say how much of the original's `whole_fen` had gone back before and has gone back
    now, so that a listener computes its share anew and posts the difference (`shared.money.taken_back`). A return
    without a known original has none of the three and counts by its own amounts.
    """

    TYPE: ClassVar[str] = "trade.ticket.returned.v1"
    KEY: ClassVar[str] = "key"

    key: UUID  # the original's id where it is known, else its own: a ticket's returns follow it in order
    ticket_id: UUID
    shop_id: UUID
    till: str
    number: str
    business_on: date
    sold_at: datetime
    reason: Literal["return", "void", "exchange"]
    original_id: UUID | None
    original_shop_id: UUID | None
    member_id: UUID | None
    guide_id: UUID | None
    total_fen: int  # positive: what was given back
    lines: list[SoldLine]  # positive quantities and amounts
    whole_fen: int = 0
    before_fen: int = 0
    after_fen: int = 0
    is_whole: bool = False  # nothing of the original is left: coupons and points it was paid with go back
    flags: list[str]


class TicketAttributed(Event, frozen=True, kw_only=True):
    """A ticket whose member was not known yet turned out to be hers; the whole ticket as it was paid."""

    TYPE: ClassVar[str] = "trade.ticket.attributed.v1"
    KEY: ClassVar[str] = "ticket_id"

    ticket_id: UUID
    shop_id: UUID
    business_on: date
    sold_at: datetime
    member_id: UUID
    total_fen: int
    returned_fen: int  # of it, by now
    coupons: list[UsedCoupon]
    points: list[SpentPoints]
    lines: list[SoldLine] = msgspec.field(default_factory=list)
    returned_lines: list[SoldLine] = msgspec.field(default_factory=list)  # so far; positive, as a return has them


EVENTS = (TicketPaid, TicketReturned, TicketAttributed)
