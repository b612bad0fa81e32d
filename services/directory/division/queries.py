"""Every statement about divisions."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.directory.division.rules import Kind
from shared.db import Row, Tx

_SAVE = """
insert into division (division_id, brand_id, kind, code, name) values ($1, $2, $3, $4, $5)
on conflict (brand_id, kind, code) do update set name = excluded.name
returning division_id, code, name
"""
_IDS = "select kind, code, division_id from division where brand_id = $1 and code = any($2::text[])"
_PAGE = """
select division_id, code, name from division
 where brand_id = $1 and kind = $2 and code > $3 order by code limit $4
"""


async def save(tx: Tx, brand_id: UUID, division_id: UUID, kind: Kind, named: tuple[str, str]) -> Row:
    """Keep one division by its code and name; answers it."""
    return await tx.first(_SAVE, division_id, brand_id, kind, *named)


async def ids(tx: Tx, brand_id: UUID, codes: Sequence[str]) -> Mapping[tuple[str, str], UUID]:
    """The ids behind codes, by kind and code."""
    rows = await tx.fetch(_IDS, brand_id, codes)
    return {(row["kind"], row["code"]): row["division_id"] for row in rows}


async def page(tx: Tx, brand_id: UUID, kind: Kind, after: str, most: int) -> list[Row]:
    """Divisions of a kind, by code."""
    return await tx.fetch(_PAGE, brand_id, kind, after, most)
