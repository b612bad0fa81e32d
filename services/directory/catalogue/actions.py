"""Saving SKUs."""

from collections.abc import Mapping
from uuid import UUID

from services.directory.catalogue import queries
from services.directory.catalogue.schemas import SkuIn
from shared.db import Tx
from shared.events.directory import SkuSaved


async def save_skus(tx: Tx, brand_id: UUID, skus: Mapping[str, SkuIn]) -> frozenset[str]:
    """Keep SKUs by their code; says and answers those that are new or changed."""
    rows = await queries.save(tx, brand_id, skus)
    for row in rows:
        tx.emit(SkuSaved(brand_id=brand_id, **row))
    return frozenset(row["sku"] for row in rows)
