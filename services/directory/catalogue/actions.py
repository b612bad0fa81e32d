"""Saving SKUs."""

from collections.abc import Mapping
from uuid import UUID

from services.directory.catalogue import queries
from services.directory.catalogue.queries import SkuRow
from services.directory.catalogue.schemas import SkuIn
from shared.db import Tx
from shared.events.directory import SkuSaved


async def save_skus(tx: Tx, brand_id: UUID, skus: Mapping[str, SkuIn]) -> frozenset[str]:
    """Keep SKUs by their code; says and answers those that are new or changed."""
    rows = await queries.save(
        tx,
        brand_id,
        [SkuRow(sku, item.name, item.unit, item.product_class, item.is_goods) for sku, item in skus.items()],
    )
    for row in rows:
        tx.emit(SkuSaved(brand_id=brand_id, **row))
    return frozenset(row["sku"] for row in rows)
