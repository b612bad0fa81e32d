"""What a ticket says, and what about it is odd.

A till's arithmetic is checked to the fen: `amount = gross − discounts` on each line, `total = Σ amounts − ticket
discounts + rounding`, `Σ tenders − change = total`. Where it is off the ticket is stored all the same and flagged.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, TypeVar
from uuid import UUID

import msgspec

from shared.days import around_day
from shared.errors import UNREADABLE_JSON, Unreadable
from shared.events.trade import SoldLine
from shared.money import allot
from shared.words import Words

_LONGEST_AHEAD = timedelta(minutes=15)  # a till's clock may run ahead of ours by so much

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]  # see `has_controls`
Amount = Annotated[int, msgspec.Meta(ge=-(10**12), le=10**12)]


Shape = TypeVar("Shape")

_CONTROL = re.compile(rb"\x7f|(?<!\\)(?:\\\\)*\\(?:u00[01]|u007[fF]|[bfnrt])")


class Kind(StrEnum):
    """What the till did."""

    SALE = "sale"
    RETURN = "return"
    VOID = "void"
    EXCHANGE = "exchange"
    WRITE_OFF = "write_off"
    TRAINING = "training"


class Flag(StrEnum):
    """What is odd about a ticket that was stored."""

    LINE_OFF = "line_off"
    TOTAL_OFF = "total_off"
    TENDER_OFF = "tender_off"
    ROUNDED = "rounded"
    UNKNOWN_SKU = "unknown_sku"
    UNKNOWN_MEMBER = "unknown_member"
    FROM_FUTURE = "from_future"
    DAY_OFF = "day_off"
    ORIGINAL_UNKNOWN = "original_unknown"
    OVER_RETURNED = "over_returned"
    BARCODE_OFF = "barcode_off"
    TRAINING = "training"


WORDS: dict[Flag, Words] = {
    Flag.LINE_OFF: Words("有明细行金额与单价、折扣不符。", "A line's amount is not its gross less its discounts."),
    Flag.TOTAL_OFF: Words(
        "合计与明细不符，已按小票合计入账。", "The total is not the sum of the lines; the total counts."
    ),
    Flag.TENDER_OFF: Words("支付金额与合计不符。", "The tenders do not add up to the total."),
    Flag.ROUNDED: Words("已抹零。", "Rounded."),
    Flag.UNKNOWN_SKU: Words("有商品不在商品库中。", "A SKU is not in the catalogue."),
    Flag.UNKNOWN_MEMBER: Words("会员尚未识别，识别后自动归属。", "Member not known yet; it is hers once she is known."),
    Flag.FROM_FUTURE: Words(
        "小票时间晚于系统时间，请校准收银机时钟。", "The ticket is from the future: set the till's clock."
    ),
    Flag.DAY_OFF: Words("营业日与小票时间不符。", "The business day does not fit the time of sale."),
    Flag.ORIGINAL_UNKNOWN: Words(
        "未找到原小票，按退货金额处理。", "The original ticket is not known; its own amounts count."
    ),
    Flag.OVER_RETURNED: Words("退货超过原小票。", "More came back than the original ticket sold."),
    Flag.BARCODE_OFF: Words("称重条码校验失败。", "A variable-weight barcode fails its check digit."),
    Flag.TRAINING: Words("练习模式，未入账。", "Training mode: nothing was stored."),
}


class Discount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Something off the price; `coupon_id` where one of our coupons gave it."""

    kind: Text
    amount_fen: Amount
    coupon_id: UUID | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One line; quantities in thousandths of the unit, negative where goods came back."""

    quantity_milli: Amount
    amount_fen: Amount
    gross_fen: Amount
    sku: Text | None = None
    barcode: Text | None = None  # EAN-13; 20–29 hold a weight in grams
    unit: Text = "each"
    discounts: Annotated[list[Discount], msgspec.Meta(max_length=50)] = []


class Tender(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A means of payment; points carry how many, and the hold made before if the line was up."""

    kind: Text
    amount_fen: Amount
    points: Annotated[int, msgspec.Meta(ge=-(10**9), le=10**9)] = 0
    hold_id: UUID | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What the shopper showed: a member code, a card or a mobile number."""

    kind: Literal["code", "card", "mobile"]
    value: Text


class Original(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The ticket that goods come back from; the shop by its code, the own shop if left out."""

    till: Text
    business_on: date
    number: Text
    shop: Text | None = None


class Ticket(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A ticket as a till sends it. The till's credential says which shop and till it is."""

    business_on: date
    number: Text
    sold_at: Annotated[datetime, msgspec.Meta(tz=True)]
    kind: Kind
    total_fen: Amount
    lines: Annotated[list[Line], msgspec.Meta(max_length=3000)] = []
    tenders: Annotated[list[Tender], msgspec.Meta(max_length=50)] = []
    discounts: Annotated[list[Discount], msgspec.Meta(max_length=50)] = []
    rounding_fen: Amount = 0
    change_fen: Amount = 0
    member: Shown | None = None
    guide_id: UUID | None = None
    original: Original | None = None


def has_controls(body: bytes) -> bool:
    """Whether some text of this JSON holds a control character (U+0000–001F, U+007F).

    Looked for in the whole body at once: a pattern on every text field costs more than all other reading.
    """
    if b"\\" not in body and b"\x7f" not in body:
        return False
    return _CONTROL.search(body) is not None


def read(decoder: "msgspec.json.Decoder[Shape]", body: bytes) -> Shape:
    """Read what a till says; raises `Unreadable`."""
    try:
        said = decoder.decode(body)
    except UNREADABLE_JSON as error:
        raise unreadable(error) from error
    if has_controls(body):
        raise Unreadable(where="$", why="a text holds a control character (a line feed, say): leave it out")
    return said


def unreadable(error: Exception) -> Unreadable:
    """What is wrong with the JSON, and where."""
    why, _, where = str(error).partition(" - at ")
    return Unreadable(where=where.strip("`") or "$", why=why)


def digest(body: bytes) -> bytes:
    """What makes two posts the same ticket: its content as we write it, however the till spelt it."""
    return hashlib.sha256(body).digest()


def arithmetic_flags(ticket: Ticket) -> list[Flag]:
    """Where the ticket's own sums are off."""
    flags = []
    lines_sum = 0
    is_line_off = False
    for line in ticket.lines:
        lines_sum += line.amount_fen
        off_fen = line.gross_fen - line.amount_fen
        for discount in line.discounts:
            off_fen -= discount.amount_fen
        if off_fen:
            is_line_off = True
    if is_line_off:
        flags.append(Flag.LINE_OFF)
    if ticket.rounding_fen:
        flags.append(Flag.ROUNDED)
    if sum([item.amount_fen for item in ticket.tenders]) - ticket.change_fen != ticket.total_fen:
        flags.append(Flag.TENDER_OFF)
    off_fen = sum([discount.amount_fen for discount in ticket.discounts])
    if lines_sum - off_fen + ticket.rounding_fen != ticket.total_fen:
        flags.append(Flag.TOTAL_OFF)
    return flags


def time_flags(business_on: date, sold_at: datetime, at: datetime, zone: str, cutover_minutes: int) -> list[Flag]:
    """Where a ticket's times (in UTC) can't be right; nothing is ordered by them."""
    flags = []
    if sold_at > at + _LONGEST_AHEAD:
        flags.append(Flag.FROM_FUTURE)
    first, end = around_day(business_on, zone, cutover_minutes)
    if not first <= sold_at < end:
        flags.append(Flag.DAY_OFF)
    return flags


def sold_lines(ticket: Ticket) -> list[SoldLine]:
    """The lines with what was really paid for each: the total, discounts and rounding included, to the fen."""
    sign = -1 if ticket.kind is Kind.WRITE_OFF else 1  # a write-off's negative quantity is what left the stock
    amounts = [line.amount_fen for line in ticket.lines]
    rest_fen = ticket.total_fen - sum(amounts)
    if rest_fen and amounts:
        weights = [abs(amount) for amount in amounts]
        shares = allot(rest_fen, weights if any(weights) else [1] * len(amounts))
        amounts = [amount + share for amount, share in zip(amounts, shares, strict=True)]
    return [
        SoldLine(sku=line.sku, quantity_milli=sign * line.quantity_milli, net_fen=net_fen)
        if line.sku is not None
        else _bare(line, sign, net_fen)
        for line, net_fen in zip(ticket.lines, amounts, strict=True)
    ]


def _bare(line: Line, sign: int, net_fen: int) -> SoldLine:
    """A line with a barcode alone, or with nothing."""
    sku, grams = weighed(line.barcode or "") or (line.barcode or "", 0)
    return SoldLine(sku=sku, quantity_milli=sign * (grams or line.quantity_milli), net_fen=net_fen)


def weighed(barcode: str) -> tuple[str, int] | None:
    """Item code and grams of a variable-weight EAN-13 (prefix 20–29, GS1 General Specifications §2.1.11), else none.

    Layout: two digits of prefix, five of item code, five of grams, one check digit.
    """
    if len(barcode) != 13 or not barcode.isascii() or not barcode.isdigit() or barcode[0] != "2":
        return None
    digits = [int(digit) for digit in barcode]
    odd, even = sum(digits[0:12:2]), sum(digits[1:12:2])
    if (odd + 3 * even + digits[12]) % 10:
        return None
    return barcode[2:7], int(barcode[7:12])


def barcode_flags(ticket: Ticket) -> list[Flag]:
    """Lines with a barcode alone that does not read, or with nothing."""
    flags = []
    for barcode in [line.barcode for line in ticket.lines if line.sku is None]:
        if barcode is None:
            flags.append(Flag.UNKNOWN_SKU)
        elif barcode.startswith("2") and weighed(barcode) is None:
            flags.append(Flag.BARCODE_OFF)
    return flags


def positive(lines: Sequence[SoldLine]) -> list[SoldLine]:
    """A return's lines with the sign turned: what came back."""
    return [SoldLine(sku=line.sku, quantity_milli=-line.quantity_milli, net_fen=-line.net_fen) for line in lines]


def handed_back(ticket: Ticket) -> tuple[list[SoldLine], int]:
    """What a return or exchange brings back, in positive lines, and for how many fen."""
    lines = sold_lines(ticket)
    if ticket.kind is Kind.EXCHANGE:
        lines = [line for line in lines if line.quantity_milli < 0]
        return positive(lines), -sum(line.net_fen for line in lines)
    return positive(lines), -ticket.total_fen


def sold(ticket: Ticket) -> tuple[list[SoldLine], int]:
    """What a ticket sells, and for how many fen: all of a sale, what went out in an exchange."""
    lines = sold_lines(ticket)
    if ticket.kind is Kind.EXCHANGE:
        lines = [line for line in lines if line.quantity_milli >= 0]
        return lines, sum(line.net_fen for line in lines)
    return lines, ticket.total_fen


def left_of(original: Ticket, returns: Sequence[Ticket]) -> list[SoldLine]:
    """What is left of an original after its returns, line by line: what a void brings back."""
    back: dict[str, list[int]] = {}
    for ticket in returns:
        for line in handed_back(ticket)[0]:
            goods = back.setdefault(line.sku, [0, 0])
            goods[0] += line.quantity_milli
            goods[1] += line.net_fen
    left = []
    for line in sold(original)[0]:
        goods = back.get(line.sku, [0, 0])
        quantity_milli = max(min(goods[0], line.quantity_milli), 0)
        net_fen = max(min(goods[1], line.net_fen), 0)
        goods[0] -= quantity_milli
        goods[1] -= net_fen
        rest = SoldLine(
            sku=line.sku, quantity_milli=line.quantity_milli - quantity_milli, net_fen=line.net_fen - net_fen
        )
        if rest.quantity_milli or rest.net_fen:
            left.append(rest)
    return left
