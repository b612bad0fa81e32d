"""Every statement about stock."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import astuple

from services.inventory_sharing.stock.rules import Move
from shared.db import Row, Tx, columns

# One sorted upsert: rows are locked in one order by everybody, the balance moves where it lies; summed and sorted
# here, so that Python compares no ids.
_ADD = """
insert into stock (shop_id, sku, brand_id, on_hand_milli)
select ($1::uuid[])[line.place], line.sku, ($2::uuid[])[line.place], sum(line.delta_milli)::bigint
  from unnest($3::int[], $4::text[], $5::bigint[]) as line (place, sku, delta_milli)
 group by 1, 2, 3 order by 1, 2
on conflict (shop_id, sku) do update set on_hand_milli = stock.on_hand_milli + excluded.on_hand_milli
"""
_LOCK = """
select stock.shop_id, stock.sku, on_hand_milli
  from unnest($1::uuid[], $2::text[]) as shelf (shop_id, sku) join stock using (shop_id, sku)
 order by stock.shop_id, stock.sku for update of stock
"""
_OPEN = """
insert into stock (shop_id, sku, brand_id, on_hand_milli)
select shop_id, sku, $3, 0 from unnest($1::uuid[], $2::text[]) as shelf (shop_id, sku) order by 1, 2
on conflict do nothing
"""
_EARLIER = """
select shop_id, cause_id, kind, note, skus, deltas_milli, said_milli
  from unnest($1::uuid[], $2::uuid[], $3::text[]) as asked (shop_id, cause_id, kind)
  join stock_move using (shop_id, cause_id, kind)
"""
_SAFETY = """
insert into stock (shop_id, sku, brand_id, on_hand_milli, safety_milli)
select $1, line.sku, $2, 0, line.safety_milli
  from unnest($3::text[], $4::bigint[]) as line (sku, safety_milli) order by line.sku
on conflict (shop_id, sku) do update set safety_milli = excluded.safety_milli
"""
_PAGE = """
select sku, on_hand_milli, held_milli, safety_milli,
       greatest(on_hand_milli - held_milli - safety_milli, 0) as available_milli
  from stock where shop_id = $1 and brand_id = $2 and sku > $3 order by sku limit $4
"""
_AREA = """
select wanted.sku,
       coalesce(sum(greatest(on_hand_milli - held_milli - safety_milli, 0)), 0)::bigint as area_milli,
       coalesce(sum(greatest(on_hand_milli - held_milli - safety_milli, 0))
                filter (where shop.shop_id = $2), 0)::bigint as here_milli
  from unnest($3::text[]) as wanted (sku)
  left join shop on shop.brand_id = $1 and shop.is_open
       and (shop.shop_id = $2 or shop.area_id = (select area_id from shop where shop_id = $2 and brand_id = $1))
  left join stock on stock.shop_id = shop.shop_id and stock.sku = wanted.sku
 group by wanted.sku order by wanted.sku
"""
_LEDGER = """
select cause_id, kind, skus, deltas_milli, at, note from stock_move
 where shop_id = $1 and brand_id = $2 and (cause_id, kind) > ($3, $4) and ($5::text is null or $5 = any(skus))
 order by cause_id, kind limit $6
"""
_DIFFERENCES = """
with moved as (
  select shop_id, line.sku, sum(line.delta_milli)::bigint as moved_milli
    from stock_move cross join lateral unnest(skus, deltas_milli) as line (sku, delta_milli)
   where brand_id = $1 group by shop_id, line.sku)
select shop_id, sku, coalesce(on_hand_milli, 0) as on_hand_milli, coalesce(moved_milli, 0) as moved_milli
  from (select shop_id, sku, on_hand_milli from stock where brand_id = $1) as stock full join moved using (shop_id, sku)
 where coalesce(on_hand_milli, 0) <> coalesce(moved_milli, 0) order by shop_id, sku limit 100
"""


class Done(NamedTuple):
    """A change that was made: what was said, and what it added to each SKU."""

    note: str
    said_milli: Mapping[str, int]
    deltas_milli: Mapping[str, int]


async def append(tx: Tx, moves: Sequence[Move]) -> None:
    """Write new ledger rows, and move what is on hand."""
    await tx.copy("stock_move", Move.__struct_fields__, [astuple(move) for move in moves])
    places: list[int] = []
    for place, move in enumerate(moves, 1):
        places += [place] * len(move.skus)
    await tx.execute(
        _ADD,
        [move.shop_id for move in moves],
        [move.brand_id for move in moves],
        places,
        [sku for move in moves for sku in move.skus],
        [delta_milli for move in moves for delta_milli in move.deltas_milli],
    )


async def lock(tx: Tx, brand_id: UUID, shelves: Sequence[tuple[UUID, str]]) -> dict[UUID, dict[str, int]]:
    """What is on hand at these shops of these SKUs, locked, opened at zero where new."""
    places = columns(shelves)
    await tx.execute(_OPEN, *places, brand_id)
    on_hand_milli: dict[UUID, dict[str, int]] = defaultdict(dict)
    for row in await tx.fetch(_LOCK, *places):
        on_hand_milli[row["shop_id"]][row["sku"]] = row["on_hand_milli"]
    return on_hand_milli


async def earlier(tx: Tx, asked: Sequence[tuple[UUID, UUID, str]]) -> dict[tuple[UUID, UUID, str], Done]:
    """Which of these changes, named by shop, cause and kind, were made already."""
    done = {}
    for row in await tx.fetch(_EARLIER, *columns(asked)):
        said_milli = dict(zip(row["skus"], row["said_milli"], strict=True))
        deltas_milli = dict(zip(row["skus"], row["deltas_milli"], strict=True))
        done[row["shop_id"], row["cause_id"], row["kind"]] = Done(row["note"], said_milli, deltas_milli)
    return done


async def save_safety(tx: Tx, brand_id: UUID, shop_id: UUID, safety_milli: Mapping[str, int]) -> None:
    """How much of each SKU a shop keeps for its own counter."""
    await tx.execute(_SAFETY, shop_id, brand_id, list(safety_milli), list(safety_milli.values()))


async def page(tx: Tx, brand_id: UUID, shop_id: UUID, after: str, most: int) -> list[Row]:
    """A shop's stock by SKU."""
    return await tx.fetch(_PAGE, shop_id, brand_id, after, most)


async def area(tx: Tx, brand_id: UUID, shop_id: UUID, skus: Sequence[str]) -> list[Row]:
    """What a shop and its whole area can give of these SKUs."""
    return await tx.fetch(_AREA, brand_id, shop_id, skus)


async def ledger(
    tx: Tx, brand_id: UUID, shop_id: UUID, after: tuple[UUID, str], sku: str | None, most: int
) -> list[Row]:
    """A shop's moves, of one SKU if named."""
    return await tx.fetch(_LEDGER, shop_id, brand_id, *after, sku, most)


async def differences(tx: Tx, brand_id: UUID) -> list[Row]:
    """Where what is on hand is not the sum of its moves: nowhere, ever."""
    return await tx.fetch(_DIFFERENCES, brand_id)
