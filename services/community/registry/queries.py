"""Reads and writes of community's copies."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from shared.db import Tx, columns
from shared.events.campaign import JoinOfferSaved
from shared.events.directory import ShopSaved, StaffSaved
from shared.events.member import IdentityBound

_SAVE_SHOPS = """
insert into shop (shop_id, brand_id, code, version)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[])
on conflict (shop_id) do update set code = excluded.code, version = excluded.version
 where shop.version < excluded.version
"""
_SAVE_STAFF = """
insert into staff (staff_id, brand_id, left_at, version)
select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[])
on conflict (staff_id) do update set left_at = excluded.left_at, version = excluded.version
 where staff.version < excluded.version
"""
_SAVE_OFFERS = """
insert into join_offer (brand_id, discount_fen, is_open, version)
select * from unnest($1::uuid[], $2::bigint[], $3::bool[], $4::bigint[])
on conflict (brand_id) do update set discount_fen = excluded.discount_fen, is_open = excluded.is_open,
       version = excluded.version
 where join_offer.version < excluded.version
"""
_SAVE_IDENTITIES = """
insert into identity (lookup, person_id, is_member) select * from unnest($1::uuid[], $2::uuid[], $3::bool[])
on conflict (lookup) do update set person_id = excluded.person_id, is_member = excluded.is_member
"""
_LOCK_FOLDS = """
select pg_advisory_xact_lock(hashtextextended('people of ' || brand_id, 0))
  from (select unnest($1::uuid[]) as brand_id order by 1) as brands
"""
_LOCK_PEOPLE = "select pg_advisory_xact_lock_shared(hashtextextended('people of ' || $1::uuid, 0))"
_FOLD_IDENTITIES = """
update identity set person_id = folded.into_id, is_member = true
  from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id) where identity.person_id = folded.from_id
"""
_FOLD_ON = """
update folded_person set into_id = folded.into_id
  from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id) where folded_person.into_id = folded.from_id
"""
_KEEP_FOLDS = """
insert into folded_person (from_id, into_id) select * from unnest($1::uuid[], $2::uuid[])
on conflict (from_id) do update set into_id = excluded.into_id
"""
_FOLDED = "select from_id, into_id from folded_person where from_id = any($1::uuid[])"
_HAS_SHOP = "select exists (select from shop where brand_id = $1 and shop_id = $2)"
_HAS_STAFF = "select exists (select from staff where brand_id = $1 and staff_id = $2 and left_at is null)"


async def save_shops(tx: Tx, shops: Sequence[ShopSaved]) -> None:
    """Keep the newest of each shop."""
    await tx.execute(_SAVE_SHOPS, *columns([(s.shop_id, s.brand_id, s.code, s.version) for s in shops]))


async def save_staff(tx: Tx, staff: Sequence[StaffSaved]) -> None:
    """Keep the newest of each member of staff."""
    await tx.execute(_SAVE_STAFF, *columns([(s.staff_id, s.brand_id, s.left_at, s.version) for s in staff]))


async def save_offers(tx: Tx, offers: Sequence[JoinOfferSaved]) -> None:
    """Keep what each brand offers whoever joins."""
    await tx.execute(_SAVE_OFFERS, *columns([(o.brand_id, o.discount_fen, o.is_open, o.version) for o in offers]))


async def save_identities(tx: Tx, bound: Sequence[IdentityBound]) -> None:
    """Keep whose each identity is; the newest binding counts."""
    newest = {item.lookup: item for item in bound}
    rows = [(lookup, newest[lookup].person_id, newest[lookup].is_member) for lookup in sorted(newest)]
    await tx.execute(_SAVE_IDENTITIES, *columns(rows))


async def lock_folds(tx: Tx, brand_ids: Sequence[UUID]) -> None:
    """Wait until nobody writes down people of these brands, and let nobody begin: a fold must find all of them."""
    await tx.fetch(_LOCK_FOLDS, sorted(set(brand_ids)))


async def lock_people(tx: Tx, brand_id: UUID) -> None:
    """Keep folds of this brand out while people are written down; others who write go on."""
    await tx.execute(_LOCK_PEOPLE, brand_id)


async def fold(tx: Tx, folds: Mapping[UUID, UUID]) -> None:
    """What led to the one person now leads to the other."""
    pairs = list(folds), list(folds.values())
    await tx.execute(_FOLD_IDENTITIES, *pairs)
    await tx.execute(_FOLD_ON, *pairs)
    await tx.execute(_KEEP_FOLDS, *pairs)


async def folded(tx: Tx, person_ids: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """Into whom those of these persons went who are no more."""
    return {row["from_id"]: row["into_id"] for row in await tx.fetch(_FOLDED, person_ids)}


async def has_shop(tx: Tx, brand_id: UUID, shop_id: UUID) -> bool:
    """Whether the brand has this shop."""
    return bool(await tx.value(_HAS_SHOP, brand_id, shop_id))


async def has_staff(tx: Tx, brand_id: UUID, staff_id: UUID) -> bool:
    """Whether this member of staff works for the brand."""
    return bool(await tx.value(_HAS_STAFF, brand_id, staff_id))
