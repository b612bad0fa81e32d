"""Reads and writes of the copies."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from shared.db import Tx, columns
from shared.events.directory import ShopSaved, SkuSaved

_SAVE_SHOPS = """
insert into shop (shop_id, brand_id, area_id, is_open, version)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bool[], $5::bigint[])
on conflict (shop_id) do update set area_id = excluded.area_id, is_open = excluded.is_open, version = excluded.version
 where shop.version < excluded.version
"""
_SAVE_SKUS = """
insert into sku (brand_id, sku, unit, is_goods, version)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bool[], $5::bigint[])
on conflict (brand_id, sku) do update
   set unit = excluded.unit, is_goods = excluded.is_goods, version = excluded.version
 where sku.version < excluded.version
"""
_NO_GOODS = """
select brand_id, array_agg(sku) as skus from sku where brand_id = any($1::uuid[]) and not is_goods group by brand_id
"""
_SHOPS_OF = "select shop_id from shop where brand_id = $1 and shop_id = any($2::uuid[])"
_ANOTHERS = "select shop_id from shop where brand_id <> $1 and shop_id = any($2::uuid[])"
_AREA_OF = "select area_id from shop where brand_id = $1 and shop_id = $2"


async def save_shops(tx: Tx, shops: Sequence[ShopSaved]) -> None:
    """Keep the newest of each shop."""
    rows = [(shop.shop_id, shop.brand_id, shop.area_id, shop.is_open, shop.version) for shop in shops]
    await tx.execute(_SAVE_SHOPS, *columns(rows))


async def save_skus(tx: Tx, skus: Sequence[SkuSaved]) -> None:
    """Keep the newest of each SKU."""
    rows = [(sku.brand_id, sku.sku, sku.unit, sku.is_goods, sku.version) for sku in skus]
    await tx.execute(_SAVE_SKUS, *columns(rows))


async def no_goods(tx: Tx, brand_ids: Sequence[UUID]) -> Mapping[UUID, frozenset[str]]:
    """What each brand sells without its being goods: fees, postage. A handful each."""
    return {row["brand_id"]: frozenset(row["skus"]) for row in await tx.fetch(_NO_GOODS, brand_ids)}


async def shops_of(tx: Tx, brand_id: UUID, shop_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these shops are known to be the brand's."""
    return frozenset(row["shop_id"] for row in await tx.fetch(_SHOPS_OF, brand_id, shop_ids))


async def anothers(tx: Tx, brand_id: UUID, shop_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these shops are known to be another brand's."""
    return frozenset(row["shop_id"] for row in await tx.fetch(_ANOTHERS, brand_id, shop_ids))


async def area_of(tx: Tx, brand_id: UUID, shop_id: UUID) -> UUID | None:
    """The area that a shop shares its stock with."""
    area_id: UUID | None = await tx.value(_AREA_OF, brand_id, shop_id)
    return area_id
