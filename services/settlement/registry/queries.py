"""Reads and writes of the copies."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from shared.db import Tx, columns
from shared.events.directory import PartnerSaved, ShopSaved, SkuSaved

_SAVE_SHOPS = """
insert into shop (shop_id, brand_id, partner_id, version)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[])
on conflict (shop_id) do update set partner_id = excluded.partner_id, version = excluded.version
 where shop.version < excluded.version
"""
_SAVE_PARTNERS = """
insert into partner (partner_id, brand_id, code, version)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[])
on conflict (partner_id) do update set code = excluded.code, version = excluded.version
 where partner.version < excluded.version
"""
_SAVE_CLASSES = """
insert into sku (brand_id, sku, product_class, version)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[])
on conflict (brand_id, sku) do update set product_class = excluded.product_class, version = excluded.version
 where sku.version < excluded.version
"""
_SAVE_OWNERS = """
insert into owner (member_id, shop_id) select * from unnest($1::uuid[], $2::uuid[])
on conflict (member_id) do update set shop_id = excluded.shop_id
"""
_PARTNERS = "select shop_id, partner_id from shop where shop_id = any($1::uuid[])"
_OWNERS = "select member_id, shop_id from owner where member_id = any($1::uuid[])"
_CLASSES = "select sku, product_class from sku where brand_id = $1 and sku = any($2::text[])"


async def save_shops(tx: Tx, shops: Sequence[ShopSaved]) -> None:
    """Keep the newest of each shop."""
    rows = [(shop.shop_id, shop.brand_id, shop.partner_id, shop.version) for shop in shops]
    await tx.execute(_SAVE_SHOPS, *columns(rows))


async def save_partners(tx: Tx, partners: Sequence[PartnerSaved]) -> None:
    """Keep the newest of each partner."""
    rows = [(partner.partner_id, partner.brand_id, partner.code, partner.version) for partner in partners]
    await tx.execute(_SAVE_PARTNERS, *columns(rows))


async def save_classes(tx: Tx, skus: Sequence[SkuSaved]) -> None:
    """Keep the newest class of each SKU."""
    rows = [(sku.brand_id, sku.sku, sku.product_class, sku.version) for sku in skus]
    await tx.execute(_SAVE_CLASSES, *columns(rows))


async def save_owners(tx: Tx, owners: Mapping[UUID, UUID]) -> None:
    """Keep which shop owns each member."""
    members = sorted(owners)
    await tx.execute(_SAVE_OWNERS, members, [owners[member_id] for member_id in members])


async def partners(tx: Tx, shop_ids: Sequence[UUID]) -> Mapping[UUID, UUID | None]:
    """Who owns these shops: a partner, or none for head office."""
    return {row["shop_id"]: row["partner_id"] for row in await tx.fetch(_PARTNERS, shop_ids)}


async def owners(tx: Tx, member_ids: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """Which shop owns these members, as far as one does."""
    return {row["member_id"]: row["shop_id"] for row in await tx.fetch(_OWNERS, member_ids)}


async def classes(tx: Tx, brand_id: UUID, skus: Sequence[str]) -> Mapping[str, str]:
    """The class of these SKUs, as far as they are known."""
    return {row["sku"]: row["product_class"] for row in await tx.fetch(_CLASSES, brand_id, skus)}
