"""Reads and writes of the copies, and the lock under which a brand's web of invitations changes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Tx, columns
from shared.events.directory import ShopSaved, SkuSaved

_LOCK_BRANDS = """
select pg_advisory_xact_lock(hashtextextended('referral ' || brand_id, 0)) from unnest($1::uuid[]) as brand_id
"""
_SAVE_SHOPS = """
insert into shop (shop_id, brand_id) select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing
"""
_SAVE_SKUS = """
insert into sku (brand_id, sku, is_goods, version)
select * from unnest($1::uuid[], $2::text[], $3::bool[], $4::bigint[])
on conflict (brand_id, sku) do update set is_goods = excluded.is_goods, version = excluded.version
 where sku.version < excluded.version
"""
_NO_GOODS = """
select brand_id, array_agg(sku) as skus from sku where brand_id = any($1::uuid[]) and not is_goods group by brand_id
"""
_HAS_SHOP = "select true from shop where brand_id = $1 and shop_id = $2"
_STANDING = "select person_id, folded_into from person where person_id = any($1::uuid[]) and folded_into is not null"
_BECAME = "select person_id, became_at from person where person_id = any($1::uuid[]) and became_at is not null"
_NOTE = """
insert into person (person_id, brand_id, became_at)
select person_id, brand_id, min(became_at)
  from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as noted (person_id, brand_id, became_at) group by 1, 2
on conflict (person_id) do update set became_at = least(person.became_at, excluded.became_at)
 where person.became_at is null or person.became_at > excluded.became_at
"""
_FOLD = """
insert into person (person_id, brand_id, folded_into) select * from unnest($1::uuid[], $2::uuid[], $3::uuid[])
on conflict (person_id) do update set folded_into = excluded.folded_into
"""
_FOLLOW = """
update person set folded_into = folded.into_id from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id)
 where person.folded_into = folded.from_id
"""


class Noted(NamedTuple):
    """Somebody became a member or joined a group."""

    person_id: UUID
    brand_id: UUID
    became_at: datetime


async def lock_brands(tx: Tx, brand_ids: Iterable[UUID]) -> None:
    """Nobody else changes who invited whom in these brands until we are done: a circle needs two at once."""
    await tx.execute(_LOCK_BRANDS, sorted(set(brand_ids)))


async def save_shops(tx: Tx, shops: Sequence[ShopSaved]) -> None:
    """Remember these shops."""
    await tx.execute(_SAVE_SHOPS, [shop.shop_id for shop in shops], [shop.brand_id for shop in shops])


async def save_skus(tx: Tx, skus: Sequence[SkuSaved]) -> None:
    """Keep the newest of each SKU."""
    rows = [(sku.brand_id, sku.sku, sku.is_goods, sku.version) for sku in skus]
    await tx.execute(_SAVE_SKUS, *columns(rows))


async def no_goods(tx: Tx, brand_ids: Sequence[UUID]) -> Mapping[UUID, frozenset[str]]:
    """What each brand sells without its being goods: fees, postage. A handful each."""
    return {row["brand_id"]: frozenset(row["skus"]) for row in await tx.fetch(_NO_GOODS, brand_ids)}


async def has_shop(tx: Tx, brand_id: UUID, shop_id: UUID) -> bool:
    """Whether the brand has this shop."""
    return bool(await tx.value(_HAS_SHOP, brand_id, shop_id))


async def standing(tx: Tx, person_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Who each of these ids means now: herself, or whom she was folded into."""
    wanted = sorted(set(person_ids))
    folded = {row["person_id"]: row["folded_into"] for row in await tx.fetch(_STANDING, wanted)}
    return {person_id: folded.get(person_id, person_id) for person_id in wanted}


async def became(tx: Tx, person_ids: Iterable[UUID]) -> Mapping[UUID, datetime]:
    """When these people first became the brand's own, as far as they are."""
    return {row["person_id"]: row["became_at"] for row in await tx.fetch(_BECAME, sorted(set(person_ids)))}


async def note(tx: Tx, noted: Sequence[Noted]) -> None:
    """Keep the earliest moment of each person."""
    if noted:
        await tx.execute(_NOTE, *columns(noted))


async def fold(tx: Tx, brands: Mapping[UUID, UUID], folded: Mapping[UUID, UUID]) -> None:
    """Who was folded means the other from now on, and what was known of the one is known of the other."""
    from_ids, into_ids = list(folded), list(folded.values())
    await tx.execute(_FOLD, from_ids, [brands[from_id] for from_id in from_ids], into_ids)
    await tx.execute(_FOLLOW, from_ids, into_ids)
    moments = await became(tx, from_ids)
    await note(tx, [Noted(folded[from_id], brands[from_id], at) for from_id, at in moments.items()])
