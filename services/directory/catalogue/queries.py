"""Every statement about SKUs."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from shared.db import Row, Tx

_SAVE = """
insert into sku (brand_id, sku, name, unit, product_class, is_goods, version)
select $1, new.sku, new.name, new.unit, new.product_class, new.is_goods, 1
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bool[])
       as new (sku, name, unit, product_class, is_goods)
on conflict (brand_id, sku) do update
   set name = excluded.name, unit = excluded.unit, product_class = excluded.product_class,
       is_goods = excluded.is_goods, version = sku.version + 1
 where (sku.name, sku.unit, sku.product_class, sku.is_goods)
       is distinct from (excluded.name, excluded.unit, excluded.product_class, excluded.is_goods)
returning sku, name, unit, product_class, is_goods, version
"""
_READ = """
select sku, name, unit, product_class, is_goods, version from sku where brand_id = $1 and sku = $2
"""
_PAGE = """
select sku, name, unit, product_class, is_goods, version from sku
 where brand_id = $1 and sku > $2 order by sku limit $3
"""


class SkuRow(NamedTuple):
    """A SKU to be kept, in the order of the statement."""

    sku: str
    name: str
    unit: str
    product_class: str
    is_goods: bool


async def save(tx: Tx, brand_id: UUID, rows: Sequence[SkuRow]) -> list[Row]:
    """Keep SKUs, none twice; answers those that are new or changed."""
    columns = (list(column) for column in zip(*sorted(rows), strict=True))
    return await tx.fetch(_SAVE, brand_id, *columns)


async def read(tx: Tx, brand_id: UUID, sku: str) -> Row | None:
    """One SKU."""
    return await tx.first(_READ, brand_id, sku)


async def page(tx: Tx, brand_id: UUID, after: str, most: int) -> list[Row]:
    """SKUs by code."""
    return await tx.fetch(_PAGE, brand_id, after, most)
