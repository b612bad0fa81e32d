"""Moving stock: by tickets in batches, by hand one change at a time."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from services.inventory_sharing.registry import queries as registry
from services.inventory_sharing.stock import queries
from services.inventory_sharing.stock.rules import Kind, Move, deltas_of, move_of
from shared.db import Tx
from shared.errors import NotFound, Refusal
from shared.events.trade import TicketPaid, TicketReturned
from shared.words import Words


class ChangeDiffers(Refusal):
    """The same change id came with another content."""

    code = "inventory_sharing.change_differs"
    words = Words(
        "该变更编号已用于其他内容，请换一个新编号。", "This change id was used for something else: take a new one."
    )


async def take_tickets(tx: Tx, facts: Sequence[TicketPaid | TicketReturned]) -> None:
    """What was sold leaves the shelf, what came back returns to it."""
    no_goods = await registry.no_goods(tx, sorted({fact.brand_id for fact in facts}))
    moves = [move for fact in facts if (move := move_of(fact, no_goods.get(fact.brand_id, frozenset()), tx.at))]
    if moves:
        await queries.append(tx, moves)


class Change(NamedTuple):
    """What somebody says of a shop's stock: so much there is, or so much more or less, as the kind means it."""

    shop_id: UUID
    change_id: UUID
    kind: Kind
    said_milli: Mapping[str, int]
    note: str


async def change(tx: Tx, brand_id: UUID, changes: Sequence[Change]) -> list[Mapping[str, int]]:
    """Set, count, adjust, receive or write off, in order; what comes again changes nothing.

    Answers what each change added to each SKU.
    """
    await _must_not_be_anothers(tx, brand_id, [item.shop_id for item in changes])
    shelves = [(item.shop_id, sku) for item in changes for sku in item.said_milli]
    on_hand_milli = await queries.lock(tx, brand_id, shelves)
    done = await queries.earlier(tx, [(item.shop_id, item.change_id, item.kind) for item in changes])
    rows, added = [], []
    for item in changes:
        first = done.get((item.shop_id, item.change_id, item.kind))
        if first is None:
            shelf_milli = on_hand_milli[item.shop_id]
            deltas = deltas_of(item.kind, item.said_milli, shelf_milli)
            shelf_milli |= {sku: shelf_milli[sku] + delta_milli for sku, delta_milli in deltas.items()}
            first = queries.Done(item.note, item.said_milli, deltas)
            done[item.shop_id, item.change_id, item.kind] = first
            rows.append(_move(tx, brand_id, item, deltas))
        elif (first.note, first.said_milli) != (item.note, item.said_milli):
            raise ChangeDiffers
        added.append(first.deltas_milli)
    if rows:
        await queries.append(tx, rows)
    return added


async def set_safety(tx: Tx, brand_id: UUID, shop_id: UUID, safety_milli: Mapping[str, int]) -> None:
    """Keep so much of each SKU for the shop's own counter."""
    await _must_not_be_anothers(tx, brand_id, [shop_id])
    await queries.save_safety(tx, brand_id, shop_id, dict(sorted(safety_milli.items())))


async def _must_not_be_anothers(tx: Tx, brand_id: UUID, shop_ids: Sequence[UUID]) -> None:
    """A shop that we have not heard of yet may have stock; one of another brand is none of ours."""
    if await registry.anothers(tx, brand_id, shop_ids):
        raise NotFound(what="shop")


def _move(tx: Tx, brand_id: UUID, item: Change, deltas: Mapping[str, int]) -> Move:
    said_milli = list(item.said_milli.values())
    skus, deltas_milli = list(deltas), list(deltas.values())
    return Move(item.shop_id, item.change_id, item.kind, brand_id, skus, deltas_milli, said_milli, tx.at, item.note)
