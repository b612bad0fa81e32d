"""Every statement about tickets; all of them take many at once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Row, Tx, columns

COLUMNS = (
    "ticket_id",
    "brand_id",
    "shop_id",
    "till",
    "business_on",
    "number",
    "kind",
    "sold_at",
    "received_at",
    "member_id",
    "lookup",
    "original_id",
    "total_fen",
    "flags",
    "digest",
    "body",
)

_DIGESTS = "select ticket_id, digest, flags from ticket where ticket_id = any($1::uuid[])"
_ORIGINALS = """
select ticket_id, shop_id, member_id, body from ticket
 where ticket_id = any($1::uuid[]) and brand_id = $2 order by ticket_id for update
"""
_RETURNS = """
select original_id, body from ticket
 where original_id = any($1::uuid[]) and brand_id = $2 order by received_at, ticket_id
"""
_WAITING_VOIDS = """
select ticket_id, shop_id, till, member_id, original_id, body from ticket
 where original_id = any($1::uuid[]) and brand_id = $2 and kind = 'void' order by ticket_id
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


class Kept(NamedTuple):
    """What is stored of a ticket that comes again."""

    digest: bytes
    flags: list[str]


class TicketRow(NamedTuple):
    """One row, in the order of `COLUMNS`."""

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


async def kept(tx: Tx, ticket_ids: Sequence[UUID]) -> Mapping[UUID, Kept]:
    """Those of these tickets that are stored."""
    rows = await tx.fetch(_DIGESTS, ticket_ids)
    return {row["ticket_id"]: Kept(row["digest"], row["flags"]) for row in rows}


async def originals(tx: Tx, brand_id: UUID, ticket_ids: Sequence[UUID]) -> list[Row]:
    """Tickets that goods come back from, locked in the order of their ids."""
    return await tx.fetch(_ORIGINALS, ticket_ids, brand_id)


async def returns_of(tx: Tx, brand_id: UUID, ticket_ids: Sequence[UUID]) -> list[Row]:
    """What came back of these tickets so far."""
    return await tx.fetch(_RETURNS, ticket_ids, brand_id)


async def waiting_voids(tx: Tx, brand_id: UUID, ticket_ids: Sequence[UUID]) -> list[Row]:
    """Voids that came before the tickets they void."""
    return await tx.fetch(_WAITING_VOIDS, ticket_ids, brand_id)


async def insert(tx: Tx, rows: Sequence[TicketRow]) -> None:
    """Store new tickets. One that somebody else stored meanwhile raises, and the whole batch is done again."""
    await tx.copy("ticket", COLUMNS, rows)


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
