"""Every statement about tickets; all of them take many at once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import astuple

from shared.db import Row, Tx, columns
from shared.values import Value

_WAITS = "kind = 'void' and flags @> '{original_unknown}'"  # as the partial index has it
# All that a batch of one brand asks, in one round trip. A limit keeps the planner from reading the whole catalogue.
_AROUND = f"""
select
  (select array_agg((ticket_id, digest, flags)) from ticket where ticket_id = any($2::uuid[])) as kept,
  (select array_agg((lookup, person_id)) from identity where lookup = any($3::uuid[]) and is_member) as members,
  (select array_agg((shop_id, zone, cutover_minutes)) from shop where shop_id = any($4::uuid[])) as shops,
  (select array_agg(asked.sku) from unnest($5::text[]) as asked (sku)
    where (select true from sku where sku.brand_id = $1 and sku.sku = asked.sku limit 1) is null) as unknown_skus,
  (select array_agg(distinct original_id) from ticket where original_id = any($2::uuid[]) and {_WAITS}) as voided
"""
_ORIGINALS = """
select ticket_id, shop_id, member_id, body from ticket
 where ticket_id = any($1::uuid[]) and brand_id = $2 order by ticket_id for update
"""
_RETURNS = f"""
select original_id, body from ticket
 where original_id = any($1::uuid[]) and brand_id = $2 and not ({_WAITS}) order by received_at, ticket_id
"""
_WAITING_VOIDS = f"""
select ticket_id, shop_id, till, member_id, original_id, body from ticket
 where original_id = any($1::uuid[]) and brand_id = $2 and {_WAITS} order by ticket_id for update
"""
_MISSED_VOIDS = f"""
select brand_id, array_agg(distinct original_id) as original_ids from (
  select void.brand_id, void.original_id from ticket void
    join ticket original on original.ticket_id = void.original_id and original.brand_id = void.brand_id
   where {_WAITS.replace("kind", "void.kind").replace("flags", "void.flags")} limit $1) as missed
 group by brand_id
"""
_VOID = """
update ticket set flags = array_remove(flags, 'original_unknown'), total_fen = voided.total_fen
  from unnest($1::uuid[], $2::bigint[]) as voided (ticket_id, total_fen) where ticket.ticket_id = voided.ticket_id
"""
_KEEP_DIFFERING = """
insert into differing_ticket (ticket_id, digest, brand_id, shop_id, body)
select * from unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::uuid[], $5::bytea[]) on conflict do nothing
"""
_ATTRIBUTE = """
update ticket set member_id = known.person_id, flags = array_remove(flags, 'unknown_member')
  from unnest($1::uuid[], $2::uuid[]) as known (lookup, person_id)
 where ticket.lookup = known.lookup and ticket.member_id is null and ticket.brand_id = $3
returning ticket_id, shop_id, till, ticket.member_id, body
"""
_READ = """
select ticket_id, brand_id, shop_id, till, business_on, number, kind, sold_at, received_at, member_id, original_id,
       total_fen, flags, body
  from ticket where brand_id = $1 and ticket_id = $2
"""
_PAGE = """
select ticket_id, till, business_on, number, kind, sold_at, member_id, total_fen, flags
  from ticket where brand_id = $1 and shop_id = $2 and ticket_id > $3 order by ticket_id limit $4
"""
_SALES = """
select business_on, count(*) as tickets, sum(total_fen)::bigint as total_fen
  from ticket where brand_id = $1 and shop_id = $2 and business_on between $3 and $4
 group by business_on order by business_on
"""
_DIFFERING = """
select ticket_id, digest, received_at, body from differing_ticket
 where brand_id = $1 and shop_id = $2 and (ticket_id, digest) > ($3, $4) order by ticket_id, digest limit $5
"""


class Kept(Value, frozen=True):
    """What is stored of a ticket that comes again."""

    digest: bytes
    flags: list[str]


class Shop(Value, frozen=True):
    """What a batch needs to know of a shop."""

    zone: str
    cutover_minutes: int


class Asked(NamedTuple):
    """What a batch of one brand asks about: its tickets, whom they name, their shops and goods."""

    brand_id: UUID
    ticket_ids: Sequence[UUID]
    lookups: Sequence[UUID]
    shop_ids: Sequence[UUID]
    skus: Sequence[str]


class Around(NamedTuple):
    """What is stored around a batch. `voided` are those of its tickets that a void waits for."""

    kept: dict[UUID, Kept]
    members: dict[UUID, UUID]
    shops: Mapping[UUID, Shop]
    unknown_skus: frozenset[str]
    voided: frozenset[UUID]


class TicketRow(Value, frozen=True):
    """One row, in the order of its columns."""

    ticket_id: UUID
    brand_id: UUID
    shop_id: UUID
    till: str
    business_on: date
    number: str
    kind: str
    sold_at: datetime
    received_at: datetime
    member_id: UUID | None
    lookup: UUID | None
    original_id: UUID | None
    total_fen: int
    flags: list[str]
    digest: bytes
    body: bytes


async def around(tx: Tx, asked: Asked) -> Around:
    """All that is stored around a batch."""
    row = await tx.first(_AROUND, *asked)
    assert row is not None, "a select without from has one row"
    return Around(
        kept={ticket_id: Kept(digest, flags) for ticket_id, digest, flags in row["kept"] or ()},
        members=dict(row["members"] or ()),
        shops={shop_id: Shop(zone, minutes) for shop_id, zone, minutes in row["shops"] or ()},
        unknown_skus=frozenset(row["unknown_skus"] or ()),
        voided=frozenset(row["voided"] or ()),
    )


async def originals(tx: Tx, brand_id: UUID, ticket_ids: Sequence[UUID]) -> list[Row]:
    """Tickets that goods come back from, locked in the order of their ids."""
    return await tx.fetch(_ORIGINALS, ticket_ids, brand_id)


async def returns_of(tx: Tx, brand_id: UUID, ticket_ids: Sequence[UUID]) -> list[Row]:
    """What came back of these tickets so far."""
    return await tx.fetch(_RETURNS, ticket_ids, brand_id)


async def waiting_voids(tx: Tx, brand_id: UUID, ticket_ids: Sequence[UUID]) -> list[Row]:
    """Voids that came before the tickets they void, locked."""
    return await tx.fetch(_WAITING_VOIDS, ticket_ids, brand_id)


async def missed_voids(tx: Tx, most: int) -> Mapping[UUID, Sequence[UUID]]:
    """By brand, tickets that are here although a void waits for them: both were stored at the same moment."""
    return {row["brand_id"]: row["original_ids"] for row in await tx.fetch(_MISSED_VOIDS, most)}


async def void(tx: Tx, voided: Sequence[tuple[UUID, int]]) -> None:
    """Voids wait no more: which, and what they add to the takings (below zero)."""
    await tx.execute(_VOID, *columns(voided))


async def insert(tx: Tx, rows: Sequence[TicketRow]) -> None:
    """Store new tickets. One that somebody else stored meanwhile raises, and the whole batch is done again."""
    await tx.copy("ticket", TicketRow.__struct_fields__, [astuple(row) for row in rows])


async def keep_differing(tx: Tx, rows: Sequence[tuple[UUID, bytes, UUID, UUID, bytes]]) -> None:
    """Keep for review what came under a taken number: id, digest, brand, shop, body."""
    await tx.execute(_KEEP_DIFFERING, *columns(rows))


async def attribute(tx: Tx, brand_id: UUID, known: Mapping[UUID, UUID]) -> list[Row]:
    """Give tickets whose lookup is now known to their member; answers them."""
    return await tx.fetch(_ATTRIBUTE, list(known), list(known.values()), brand_id)


async def read(tx: Tx, brand_id: UUID, ticket_id: UUID) -> Row | None:
    """One ticket."""
    return await tx.first(_READ, brand_id, ticket_id)


async def page(tx: Tx, brand_id: UUID, shop_id: UUID, after: UUID, most: int) -> list[Row]:
    """A shop's tickets by business day."""
    return await tx.fetch(_PAGE, brand_id, shop_id, after, most)


async def sales(tx: Tx, brand_id: UUID, shop_id: UUID, first_on: date, last_on: date) -> list[Row]:
    """A shop's tickets and takings, day by day."""
    return await tx.fetch(_SALES, brand_id, shop_id, first_on, last_on)


async def differing(tx: Tx, brand_id: UUID, shop_id: UUID, after: tuple[UUID, bytes], most: int) -> list[Row]:
    """A page of what was kept for review."""
    return await tx.fetch(_DIFFERING, brand_id, shop_id, *after, most)
