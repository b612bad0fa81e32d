"""Moving stock: by tickets in batches, by hand one change at a time."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.inventory_sharing.registry import queries as registry
from services.inventory_sharing.stock import queries
from services.inventory_sharing.stock.queries import MoveRow
from services.inventory_sharing.stock.rules import Kind, Move, deltas_of, move_of
from shared.db import Tx
from shared.errors import Refusal
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
    moves = [move for fact in facts if (move := move_of(fact, no_goods))]
    if moves:
        await queries.append(tx, [_row(tx, move) for move in moves])


async def change(tx: Tx, move: Move, note: str) -> Mapping[str, int]:
    """Set, count, adjust, receive or write off; sent again it changes nothing. Answers what it added to each SKU.

    `move.deltas_milli` holds what the caller said: absolute where the kind says so.
    """
    said_milli = dict(zip(move.skus, move.deltas_milli, strict=True))
    on_hand_milli = await queries.lock(tx, move.brand_id, move.shop_id, sorted(said_milli))
    done = await queries.earlier(tx, move.shop_id, move.cause_id, move.kind)
    if done is not None:
        if done["note"] != note or dict(zip(done["skus"], done["said_milli"], strict=True)) != said_milli:
            raise ChangeDiffers
        return dict(zip(done["skus"], done["deltas_milli"], strict=True))
    deltas = deltas_of(move.kind, said_milli, on_hand_milli)
    made = move._replace(skus=list(deltas), deltas_milli=list(deltas.values()))
    await queries.append(tx, [_row(tx, made, note, list(said_milli.values()))])
    return deltas


async def set_safety(tx: Tx, brand_id: UUID, shop_id: UUID, safety_milli: Mapping[str, int]) -> None:
    """Keep so much of each SKU for the shop's own counter."""
    await queries.save_safety(tx, brand_id, shop_id, dict(sorted(safety_milli.items())))


def _row(tx: Tx, move: Move, note: str = "", said_milli: list[int] | None = None) -> MoveRow:
    shop_id, cause_id, kind, brand_id, skus, deltas_milli = move
    return MoveRow(shop_id, cause_id, str(Kind(kind)), brand_id, skus, deltas_milli, said_milli, tx.at, note)
