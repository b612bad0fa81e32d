"""Every statement about partners."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from shared.db import Row, Tx
from shared.ids import new_id

_SAVE = """
insert into partner (partner_id, brand_id, code, name, version)
select new.partner_id, $1, new.code, new.name, 1
  from unnest($2::uuid[], $3::text[], $4::text[]) as new (partner_id, code, name)
on conflict (brand_id, code) do update set name = excluded.name, version = partner.version + 1
 where partner.name is distinct from excluded.name
returning partner_id, code, name, version
"""
_IDS = "select code, partner_id from partner where brand_id = $1 and code = any($2::text[])"
_BY_CODE = "select partner_id, code, name, version from partner where brand_id = $1 and code = $2"
_READ = "select partner_id, code, name, version from partner where brand_id = $1 and partner_id = $2"
_PAGE = """
select partner_id, code, name, version from partner where brand_id = $1 and code > $2 order by code limit $3
"""


async def save(tx: Tx, brand_id: UUID, names: Mapping[str, str]) -> list[Row]:
    """Keep what partners are called, by their code; answers those that are new or changed."""
    codes = sorted(names)
    return await tx.fetch(_SAVE, brand_id, [new_id() for _ in codes], codes, [names[code] for code in codes])


async def ids(tx: Tx, brand_id: UUID, codes: Sequence[str]) -> Mapping[str, UUID]:
    """The ids behind codes."""
    return {row["code"]: row["partner_id"] for row in await tx.fetch(_IDS, brand_id, codes)}


async def by_code(tx: Tx, brand_id: UUID, code: str) -> Row | None:
    """The partner with this code."""
    return await tx.first(_BY_CODE, brand_id, code)


async def read(tx: Tx, brand_id: UUID, partner_id: UUID) -> Row | None:
    """One partner."""
    return await tx.first(_READ, brand_id, partner_id)


async def page(tx: Tx, brand_id: UUID, after: str, most: int) -> list[Row]:
    """Partners by code."""
    return await tx.fetch(_PAGE, brand_id, after, most)
