"""How stock moves. Quantities are thousandths of the SKU's unit; what a till sold may drive it below zero."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.events.trade import SoldLine, TicketPaid, TicketReturned
from shared.values import Value


class Kind(StrEnum):
    """Why stock moved."""

    SOLD = "sold"
    RETURNED = "returned"
    SET = "set"  # 期初: it is so much now, whatever it was
    COUNTED = "counted"  # 盘点: as set, by a count
    ADJUSTED = "adjusted"  # 调整: so much more or less
    RECEIVED = "received"  # 收货
    WRITTEN_OFF = "written_off"  # 报损


ABSOLUTE = frozenset({Kind.SET, Kind.COUNTED})
LESS = frozenset({Kind.WRITTEN_OFF})


class Move(Value, frozen=True):
    """One ledger row, in the order of its columns: what one cause did to one shop's stock, SKU by SKU."""

    shop_id: UUID
    cause_id: UUID
    kind: Kind
    brand_id: UUID
    skus: list[str]
    deltas_milli: list[int]
    said_milli: list[int] | None
    at: datetime
    note: str


def move_of(fact: TicketPaid | TicketReturned, no_goods: Collection[str], at: datetime) -> Move | None:
    """What a ticket does to its shop's stock; none where it holds no goods."""
    is_sale = isinstance(fact, TicketPaid)
    deltas = _per_sku(fact.lines, no_goods)
    if not deltas:
        return None
    kind, sign = (Kind.SOLD, -1) if is_sale else (Kind.RETURNED, 1)
    moved = [sign * delta for delta in deltas.values()]
    return Move(fact.shop_id, fact.ticket_id, kind, fact.brand_id, list(deltas), moved, None, at, "")


def _per_sku(lines: Iterable[SoldLine], no_goods: Collection[str]) -> dict[str, int]:
    deltas: dict[str, int] = {}
    for line in lines:
        sku, quantity_milli = line.sku, line.quantity_milli
        if quantity_milli and sku and sku not in no_goods:
            deltas[sku] = deltas.get(sku, 0) + quantity_milli
    return deltas


def deltas_of(kind: Kind, wanted_milli: Mapping[str, int], on_hand_milli: Mapping[str, int]) -> dict[str, int]:
    """What a change by hand adds to each SKU: a count says what is there, a receipt what came on top."""
    if kind in ABSOLUTE:
        return {sku: wanted - on_hand_milli.get(sku, 0) for sku, wanted in wanted_milli.items()}
    if kind in LESS:
        return {sku: -abs(quantity) for sku, quantity in wanted_milli.items()}
    return dict(wanted_milli)
