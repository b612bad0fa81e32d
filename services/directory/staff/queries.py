"""Every statement about staff."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Row, Tx
from shared.ids import new_id

_COLUMNS = "staff_id, code, name, roles, shop_ids, joined_on, left_at, version"
# Roles and shops travel as one text a person, for an array of arrays would have to be square.
_SAVE = f"""
insert into staff (brand_id, staff_id, code, name, roles, shop_ids, joined_on, left_at, version)
select $1, new.staff_id, new.code, new.name, string_to_array(new.roles, ' '),
       string_to_array(new.shop_ids, ' ')::uuid[], new.joined_on, case when new.has_left then $8::timestamptz end, 1
  from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $9::bool[])
       as new (staff_id, code, name, roles, shop_ids, joined_on, has_left)
on conflict (brand_id, code) do update
   set name = excluded.name, roles = excluded.roles, shop_ids = excluded.shop_ids, joined_on = excluded.joined_on,
       left_at = case when excluded.left_at is not null then coalesce(staff.left_at, excluded.left_at) end,
       version = staff.version + 1
 where (staff.name, staff.roles, staff.shop_ids, staff.joined_on, staff.left_at is null)
       is distinct from (excluded.name, excluded.roles, excluded.shop_ids, excluded.joined_on, excluded.left_at is null)
returning {_COLUMNS}
"""
_ADD = """
insert into staff (brand_id, staff_id, code, name, roles, shop_ids, joined_on, left_at, version)
values ($1, $2, $3, $4, $5, null, null, null, 1) on conflict (brand_id, code) do nothing
"""
_BY_CODE = f"select {_COLUMNS} from staff where brand_id = $1 and code = $2"
_READ = f"""
select {_COLUMNS} from staff
 where brand_id = $1 and staff_id = $2 and ($3::uuid[] is null or shop_ids && $3)
"""
_PAGE = f"""
select {_COLUMNS} from staff
 where brand_id = $1 and code > $2 and ($3::uuid[] is null or shop_ids && $3) order by code limit $4
"""
_SIGN_IN = """
select staff.brand_id, staff.staff_id, staff.code, staff.roles, staff.shop_ids,
       credential.credential_id, credential.secret, credential.is_one_time
  from brand join staff on staff.brand_id = brand.brand_id
  join credential on credential.holder_id = staff.staff_id
 where brand.code = $1 and staff.code = $2 and staff.left_at is null
   and credential.kind = 'staff' and credential.revoked_at is null
"""


class StaffRow(NamedTuple):
    """A member of staff to be kept; no shops are every shop."""

    code: str
    name: str
    roles: Sequence[str]
    shop_ids: Sequence[UUID] | None
    joined_on: date | None
    has_left: bool


async def save(tx: Tx, brand_id: UUID, rows: Sequence[StaffRow], at: datetime) -> list[Row]:
    """Keep staff by their code; answers those that are new or changed. Who left did so at `at`."""
    ranked = sorted(rows, key=lambda row: row.code)
    return await tx.fetch(
        _SAVE,
        brand_id,
        [new_id() for _ in ranked],
        [row.code for row in ranked],
        [row.name for row in ranked],
        [" ".join(sorted(set(row.roles))) for row in ranked],
        [None if row.shop_ids is None else " ".join(str(one) for one in sorted(set(row.shop_ids))) for row in ranked],
        [row.joined_on for row in ranked],
        at,
        [row.has_left for row in ranked],
    )


async def add(tx: Tx, brand_id: UUID, named: tuple[str, str], roles: Sequence[str]) -> bool:
    """Add somebody of every shop by code and name, where nobody has the code."""
    return bool(await tx.execute(_ADD, brand_id, new_id(), *named, roles))


async def by_code(tx: Tx, brand_id: UUID, code: str) -> Row | None:
    """The member of staff with this code."""
    return await tx.first(_BY_CODE, brand_id, code)


async def read(tx: Tx, brand_id: UUID, staff_id: UUID, shop_ids: frozenset[UUID] | None) -> Row | None:
    """One member of staff, if at one of these shops."""
    return await tx.first(_READ, brand_id, staff_id, None if shop_ids is None else list(shop_ids))


async def page(tx: Tx, brand_id: UUID, after: str, shop_ids: frozenset[UUID] | None, most: int) -> list[Row]:
    """Staff by code; at these shops only, where there are any given."""
    return await tx.fetch(_PAGE, brand_id, after, None if shop_ids is None else list(shop_ids), most)


async def signing_in(tx: Tx, brand_code: str, staff_code: str) -> Row | None:
    """What somebody who signs in is, and the password to be shown; none who left."""
    return await tx.first(_SIGN_IN, brand_code, staff_code)
