"""Reads and writes of trade's copies."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from shared.db import Tx, columns
from shared.events.directory import ShopSaved, SkuSaved
from shared.events.member import IdentityBound, PersonFolded

_SAVE_SHOPS = """
insert into shop (shop_id, brand_id, code, zone, cutover_minutes, version)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[], $6::bigint[])
on conflict (shop_id) do update set code = excluded.code, zone = excluded.zone,
       cutover_minutes = excluded.cutover_minutes, version = excluded.version
 where shop.version < excluded.version
"""
_SAVE_SKUS = """
insert into sku (brand_id, sku, version) select * from unnest($1::uuid[], $2::text[], $3::bigint[])
on conflict (brand_id, sku) do update set version = greatest(sku.version, excluded.version)
"""
_SAVE_IDENTITIES = """
insert into identity (lookup, person_id, is_member) select * from unnest($1::uuid[], $2::uuid[], $3::bool[])
on conflict (lookup) do update set person_id = excluded.person_id, is_member = excluded.is_member
"""
_FOLD = """
update identity set person_id = folded.into_id, is_member = true
  from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id) where identity.person_id = folded.from_id
"""
# Whoever is about to be known waits for tickets that found her unknown, and they for her: else a ticket stored in
# the moment in which she is bound would be given to nobody.
_MEET_SHARED = (
    "select pg_advisory_xact_lock_shared(hashtextextended(lookup::text, 0)) from unnest($1::uuid[]) as lookup"
)
_MEET = "select pg_advisory_xact_lock(hashtextextended(lookup::text, 0)) from unnest($1::uuid[]) as lookup"
_MEMBERS = "select lookup, person_id from identity where lookup = any($1::uuid[]) and is_member"
_SHOPS_BY_CODE = "select code, shop_id from shop where brand_id = $1 and code = any($2::text[])"


async def save_shops(tx: Tx, shops: Sequence[ShopSaved]) -> None:
    """Keep the newest of each shop."""
    rows = [(s.shop_id, s.brand_id, s.code, s.zone, s.cutover_minutes, s.version) for s in shops]
    await tx.execute(_SAVE_SHOPS, *columns(rows))


async def save_skus(tx: Tx, skus: Sequence[SkuSaved]) -> None:
    """Keep which SKUs there are."""
    await tx.execute(_SAVE_SKUS, *columns([(s.brand_id, s.sku, s.version) for s in skus]))


async def save_identities(tx: Tx, bound: Sequence[IdentityBound]) -> None:
    """Keep whose each identity is; the newest binding counts."""
    newest = {item.lookup: item for item in bound}
    await tx.fetch(_MEET, sorted(newest))
    rows = [(lookup, newest[lookup].person_id, newest[lookup].is_member) for lookup in sorted(newest)]
    await tx.execute(_SAVE_IDENTITIES, *columns(rows))


async def fold(tx: Tx, folded: Sequence[PersonFolded]) -> None:
    """What led to the one person now leads to the other."""
    await tx.execute(_FOLD, [item.from_id for item in folded], [item.into_id for item in folded])


async def members_at_last(tx: Tx, lookups: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """Look again for members that were not found: those not known yet are missing, and stay so until we commit."""
    await tx.fetch(_MEET_SHARED, lookups)
    return {row["lookup"]: row["person_id"] for row in await tx.fetch(_MEMBERS, lookups)}


async def shops_by_code(tx: Tx, brand_id: UUID, codes: Sequence[str]) -> Mapping[str, UUID]:
    """The ids of shops named by their code."""
    return {row["code"]: row["shop_id"] for row in await tx.fetch(_SHOPS_BY_CODE, brand_id, codes)}
