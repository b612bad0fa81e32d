"""Baskets and returns as the tills of the demo chain send them: numbered tickets, and their JSON bodies.

A till numbers its tickets of a business day from 000001 on, sales and returns in one row. These sums always
hold: in each line `amount = gross - discounts`; `total = lines - ticket discounts + rounding`; and
`tenders - change = total`. How a customer paid is not recorded: seven in ten pay by WeChat, the others by
card or with notes, and get change.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from heapq import heappop, heappush

from deploy.demo.baskets import Basket, BasketLine
from deploy.demo.chain import Member, Shop
from deploy.demo.draws import draw
from deploy.demo.returns import Return, return_of
from deploy.demo.source import business_day
from deploy.demo.voids import Void, void_of

Body = dict[str, object]

NOTE_FEN = 1000
NO_COUPONS: Mapping[int, str] = {}


class SignKind(StrEnum):
    """What a member may show at the till."""

    CARD = "card"
    MOBILE = "mobile"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class MemberSign:
    """What the member of a ticket showed."""

    kind: SignKind
    value: str


@dataclass(frozen=True, slots=True)
class CouponOff:
    """A coupon given on the whole ticket by the replay, beside what the data holds."""

    coupon_id: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class TicketKey:
    """The name a till gives its ticket."""

    shop: str
    till: str
    business_on: date
    number: str


_Waiting = tuple[datetime, int, TicketKey, Return | Void]  # when, by which basket and ticket, what follows


@dataclass(frozen=True, slots=True)
class SaleTicket:
    """A basket, numbered by its till."""

    key: TicketKey
    basket: Basket

    @property
    def at(self) -> datetime:
        """When the till closed it."""
        return self.basket.sold_at


@dataclass(frozen=True, slots=True)
class ReturnTicket:
    """A return, numbered by its till, and the ticket it refers to."""

    key: TicketKey
    original: TicketKey
    taken_back: Return

    @property
    def at(self) -> datetime:
        """When the till closed it."""
        return self.taken_back.returned_at


@dataclass(frozen=True, slots=True)
class VoidTicket:
    """A void, numbered by its till, and the ticket it refers to."""

    key: TicketKey
    original: TicketKey
    voided: Void

    @property
    def at(self) -> datetime:
        """When the till closed it."""
        return self.voided.voided_at


def number_tickets(
    baskets: Iterable[Basket], shops: Iterable[Shop]
) -> Iterator[SaleTicket | ReturnTicket | VoidTicket]:
    """All tickets of all tills in time order.

    A return comes after its sale, at a till of the same shop; a void soon after it, at the same till.
    """
    shops_by_store = {shop.store_id: shop for shop in shops}
    numbers: Counter[tuple[str, str, date]] = Counter()
    waiting: list[_Waiting] = []
    for basket in baskets:
        while waiting and waiting[0][0] <= basket.sold_at:
            yield _later_ticket(heappop(waiting), shops_by_store, numbers)
        shop = shops_by_store[basket.store_id]
        key = _next_key(_drawn_till(shop, f"sale {basket.basket_id}"), basket.sold_at, numbers)
        yield SaleTicket(key, basket)
        if taken_back := return_of(basket):
            heappush(waiting, (taken_back.returned_at, basket.basket_id, key, taken_back))
        if voided := void_of(basket):
            heappush(waiting, (voided.voided_at, basket.basket_id, key, voided))
    while waiting:
        yield _later_ticket(heappop(waiting), shops_by_store, numbers)


def sale_body(
    ticket: SaleTicket,
    member: MemberSign | None = None,
    coupon_ids: Mapping[int, str] = NO_COUPONS,
    coupons_off: Sequence[CouponOff] = (),
) -> Body:
    """The body to post for a sale.

    `coupon_ids` names, by line index, the issued coupon whose redemption a line's coupon discount is;
    `coupons_off` are given on the whole ticket and lower what the customer pays.
    """
    basket = ticket.basket
    total_fen = basket.amount_fen - sum(coupon.amount_fen for coupon in coupons_off)
    assert total_fen >= 0, "more coupons than money"
    tenders, change_fen = _paid(basket.basket_id, total_fen)
    return {
        **_head(ticket.key, ticket.at, "sale", member),
        "lines": [_line(line, coupon_ids.get(index)) for index, line in enumerate(basket.lines)],
        "discounts": [
            {"kind": "coupon", "amount_fen": coupon.amount_fen, "coupon_id": coupon.coupon_id} for coupon in coupons_off
        ],
        "rounding_fen": 0,
        "total_fen": total_fen,
        "tenders": tenders,
        "change_fen": change_fen,
    }


def return_body(ticket: ReturnTicket, member: MemberSign | None = None, coupons_off_fen: int = 0) -> Body:
    """The body to post for a return, every figure the negative of its part of the sale.

    `member` and `coupons_off_fen` (the sum of the `coupons_off`) are what the original ticket bore; of the
    latter the returned lines give up their share.
    """
    taken_back = ticket.taken_back
    share_fen = coupons_off_fen * taken_back.amount_fen // taken_back.basket.amount_fen
    total_fen = share_fen - taken_back.amount_fen
    return {
        **_head(ticket.key, ticket.at, "return", member),
        "lines": [_returned_line(line) for line in taken_back.lines],
        "discounts": [{"kind": "coupon", "amount_fen": -share_fen}] if share_fen else [],
        "rounding_fen": 0,
        "total_fen": total_fen,
        "tenders": [{"kind": _tender_kind(taken_back.basket.basket_id), "amount_fen": total_fen}] if total_fen else [],
        "change_fen": 0,
        "original": _original(ticket.original),
    }


def void_body(ticket: VoidTicket, member: MemberSign | None = None, coupons_off_fen: int = 0) -> Body:
    """The body to post for a void: the sale once more, every figure of it negative.

    `member` and `coupons_off_fen` (the sum of the `coupons_off`) are what the original ticket bore.
    """
    basket = ticket.voided.basket
    total_fen = coupons_off_fen - basket.amount_fen
    return {
        **_head(ticket.key, ticket.at, "void", member),
        "lines": [_returned_line(line) for line in basket.lines],
        "discounts": [{"kind": "coupon", "amount_fen": -coupons_off_fen}] if coupons_off_fen else [],
        "rounding_fen": 0,
        "total_fen": total_fen,
        "tenders": [{"kind": _tender_kind(basket.basket_id), "amount_fen": total_fen}] if total_fen else [],
        "change_fen": 0,
        "original": _original(ticket.original),
    }


def sign_of(member: Member, basket_id: int) -> MemberSign:
    """What a member shows at a ticket: two of three times the mobile number, else the card."""
    if draw(3, "sign", basket_id) == 0:
        return MemberSign(SignKind.CARD, member.card_number)
    return MemberSign(SignKind.MOBILE, member.mobile)


def _later_ticket(
    waiting: _Waiting, shops_by_store: Mapping[int, Shop], numbers: Counter[tuple[str, str, date]]
) -> ReturnTicket | VoidTicket:
    at, basket_id, original, later = waiting
    if isinstance(later, Void):
        return VoidTicket(_next_key((original.shop, original.till), at, numbers), original, later)
    till = _drawn_till(shops_by_store[later.basket.store_id], f"return {basket_id}")
    return ReturnTicket(_next_key(till, at, numbers), original, later)


def _drawn_till(shop: Shop, purpose: str) -> tuple[str, str]:
    return shop.code, shop.tills[draw(len(shop.tills), "till", purpose)]


def _next_key(place: tuple[str, str], at: datetime, numbers: Counter[tuple[str, str, date]]) -> TicketKey:
    """The next number of a shop's till."""
    shop_code, till = place
    day = business_day(at)
    numbers[shop_code, till, day] += 1
    return TicketKey(shop_code, till, day, f"{numbers[shop_code, till, day]:06d}")


def _original(key: TicketKey) -> Body:
    return {"shop": key.shop, "till": key.till, "business_on": key.business_on.isoformat(), "number": key.number}


def _head(key: TicketKey, at: datetime, kind: str, member: MemberSign | None) -> Body:
    head: Body = {
        "business_on": key.business_on.isoformat(),
        "number": key.number,
        "sold_at": at.isoformat(timespec="seconds"),
        "kind": kind,
    }
    if member is not None:
        head["member"] = {"kind": member.kind.value, "value": member.value}
    return head


def _line(line: BasketLine, coupon_id: str | None) -> Body:
    return _line_body(line, 1, {} if coupon_id is None else {"coupon_id": coupon_id})


def _returned_line(line: BasketLine) -> Body:
    return _line_body(line, -1, {})


def _line_body(line: BasketLine, sign: int, coupon: dict[str, str]) -> Body:
    discounts: list[Body] = []
    if line.loyalty_fen:
        discounts.append({"kind": "loyalty", "amount_fen": sign * line.loyalty_fen})
    if line.coupon_fen:
        discounts.append({"kind": "coupon", "amount_fen": sign * line.coupon_fen, **coupon})
    if line.coupon_match_fen:
        discounts.append({"kind": "coupon_match", "amount_fen": sign * line.coupon_match_fen})
    return {
        "sku": line.sku,
        "quantity_milli": sign * line.quantity_milli,
        "unit": line.unit.value,
        "gross_fen": sign * line.gross_fen,
        "discounts": discounts,
        "amount_fen": sign * line.amount_fen,
    }


def _tender_kind(basket_id: int) -> str:
    drawn = draw(100, "tender", basket_id)
    if drawn < 70:
        return "wechat"
    return "card" if drawn < 85 else "cash"


def _paid(basket_id: int, total_fen: int) -> tuple[list[Body], int]:
    """The tenders and the change; cash is handed over in ten-yuan notes. Nothing to pay needs no tender."""
    if total_fen == 0:
        return [], 0
    kind = _tender_kind(basket_id)
    notes_fen = -(-total_fen // NOTE_FEN) * NOTE_FEN
    paid_fen = notes_fen if kind == "cash" else total_fen
    return [{"kind": kind, "amount_fen": paid_fen}], paid_fen - total_fen
