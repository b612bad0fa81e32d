"""Saving a division."""

from uuid import UUID

from services.directory.division import queries
from services.directory.division.rules import Kind
from shared.db import Row, Tx
from shared.ids import new_id


async def save_division(tx: Tx, brand_id: UUID, kind: Kind, division_code: str, name: str) -> Row:
    """The division with this code is called so."""
    return await queries.save(tx, brand_id, new_id(), kind, (division_code, name))
