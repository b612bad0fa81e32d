"""Every statement about coupons. Whoever changes some locks them first, in the order of their ids."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple
from uuid import UUID

from services.campaign.coupon.rules import Coupon, Movement, State
from services.campaign.offer.rules import Purpose
from shared.db import Row, Tx, columns
from shared.ids import new_id

_FIELDS = """coupon_id, brand_id, campaign_id, person_id, ordinal, purpose, state, amount_fen, starts_at, ends_at,
       issued_at, cause, reward_id, hold_id, ticket_id, shop_id, taken_fen"""

_INSERT = f"""
insert into coupon ({_FIELDS})
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::text[], $7::text[], $8::bigint[],
                     $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::uuid[], $14::uuid[],
                     $15::uuid[], $16::uuid[], $17::bigint[])
on conflict do nothing returning coupon_id
"""
_LOCK = f"select {_FIELDS} from coupon where coupon_id = any($1::uuid[]) order by coupon_id for update"
_OF_TICKETS = f"select {_FIELDS} from coupon where ticket_id = any($1::uuid[]) order by coupon_id for update"
_OF_PEOPLE = f"""
select {_FIELDS} from coupon where (brand_id, person_id) in (select * from unnest($1::uuid[], $2::uuid[]))
 order by coupon_id for update
"""
_HELD_BY_PERSON = f"select {_FIELDS} from coupon where brand_id = $1 and person_id = $2 order by coupon_id"
_READ = f"select {_FIELDS} from coupon where brand_id = $1 and coupon_id = $2"
_CHANGE = """
update coupon set state = changed.state, person_id = changed.person_id, ordinal = changed.ordinal,
       hold_id = changed.hold_id, ticket_id = changed.ticket_id, shop_id = changed.shop_id,
       taken_fen = changed.taken_fen
  from unnest($1::uuid[], $2::text[], $3::uuid[], $4::int[], $5::uuid[], $6::uuid[], $7::uuid[], $8::bigint[])
    as changed (coupon_id, state, person_id, ordinal, hold_id, ticket_id, shop_id, taken_fen)
 where coupon.coupon_id = changed.coupon_id
"""
_JOINED = """
select person_id from coupon
 where brand_id = $1 and person_id = any($2::uuid[]) and purpose = 'join' and state <> 'withdrawn'
"""
_COUNTS = (
    "select person_id, count(*) as has from coupon where campaign_id = $1 and person_id = any($2::uuid[]) group by 1"
)
_STORY = """
select step, shop_id, ticket_id, hold_id, discount_fen, cause, note, at from coupon_movement
 where coupon_id = $1 order by movement_id
"""
_REFUSE = """
insert into refused_grant (brand_id, cause, purpose, person_id, reason, at)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[])
on conflict do nothing
"""
_MOVED = (
    "coupon_id",
    "movement_id",
    "step",
    "shop_id",
    "ticket_id",
    "hold_id",
    "discount_fen",
    "cause",
    "note",
    "at",
)


async def insert(tx: Tx, coupons: Sequence[Coupon]) -> set[UUID]:
    """Write new coupons; answers which were new, for a person may have hers already."""
    rows = await tx.fetch(_INSERT, *columns(map(astuple, coupons)))
    return {row["coupon_id"] for row in rows}


async def lock(tx: Tx, coupon_ids: Iterable[UUID]) -> dict[UUID, Coupon]:
    """These coupons, locked."""
    return {row["coupon_id"]: _coupon(row) for row in await tx.fetch(_LOCK, sorted(set(coupon_ids)))}


async def of_tickets(tx: Tx, ticket_ids: Sequence[UUID]) -> list[Coupon]:
    """The coupons that these tickets redeemed, locked."""
    return [_coupon(row) for row in await tx.fetch(_OF_TICKETS, ticket_ids)]


async def of_people(tx: Tx, people: Collection[tuple[UUID, UUID]]) -> list[Coupon]:
    """All coupons of these people, each named by brand and person, locked."""
    return [_coupon(row) for row in await tx.fetch(_OF_PEOPLE, *columns(people))]


async def of_person(tx: Tx, brand_id: UUID, person_id: UUID) -> list[Coupon]:
    """All coupons of one person."""
    return [_coupon(row) for row in await tx.fetch(_HELD_BY_PERSON, brand_id, person_id)]


async def read(tx: Tx, brand_id: UUID, coupon_id: UUID) -> Coupon | None:
    """One coupon."""
    row = await tx.first(_READ, brand_id, coupon_id)
    return None if row is None else _coupon(row)


async def change(tx: Tx, coupons: Sequence[Coupon]) -> None:
    """Write coupons that are locked, as they now stand."""
    rows = [
        (c.coupon_id, c.state, c.person_id, c.ordinal, c.hold_id, c.ticket_id, c.shop_id, c.taken_fen) for c in coupons
    ]
    if rows:
        await tx.execute(_CHANGE, *columns(rows))


async def tell(tx: Tx, movements: Sequence[Movement]) -> None:
    """Write what happened."""
    rows = [
        (m.coupon_id, new_id(), str(m.step), m.shop_id, m.ticket_id, m.hold_id, m.discount_fen, m.cause, m.note, tx.at)
        for m in movements
    ]
    if rows:
        await tx.copy("coupon_movement", _MOVED, rows)


async def have_joined(tx: Tx, brand_id: UUID, person_ids: Sequence[UUID]) -> set[UUID]:
    """Who of these has had her join coupon."""
    return {row["person_id"] for row in await tx.fetch(_JOINED, brand_id, person_ids)}


async def counts(tx: Tx, campaign_id: UUID, person_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many coupons of a campaign these people have."""
    return {row["person_id"]: row["has"] for row in await tx.fetch(_COUNTS, campaign_id, person_ids)}


async def story(tx: Tx, coupon_id: UUID) -> list[Row]:
    """What happened to a coupon, in order."""
    return await tx.fetch(_STORY, coupon_id)


async def refuse(tx: Tx, grants: Sequence[tuple[UUID, str, Purpose, UUID, str]]) -> None:
    """Record grants that could not be made: brand, cause, purpose, person, reason."""
    rows = [(*grant, tx.at) for grant in grants]
    if rows:
        await tx.execute(_REFUSE, *columns(rows))


def _coupon(row: Row) -> Coupon:
    values = dict(row)
    return Coupon(**values | {"purpose": Purpose(values["purpose"]), "state": State(values["state"])})
