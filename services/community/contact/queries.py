"""Every statement about contacts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.db import Row, Tx, columns

_SAVE = """
insert into contact (brand_id, lookup, userid, external_userid, person_id, shop_id, guide_id, live_code_id, added_at,
                     removed_at)
select $1, lookup, seen.userid, external_userid, person_id, corp_staff.shop_id, corp_staff.guide_id,
       live_code.live_code_id, added_at, removed_at
  from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[], $8::timestamptz[])
       as seen (lookup, userid, external_userid, person_id, state, added_at, removed_at)
  left join corp_staff on corp_staff.brand_id = $1 and corp_staff.userid = seen.userid
  left join live_code on live_code.brand_id = $1 and live_code.state = seen.state
 order by lookup, seen.userid
on conflict (brand_id, lookup, userid) do update set added_at = excluded.added_at, removed_at = null,
       shop_id = excluded.shop_id, guide_id = excluded.guide_id, live_code_id = excluded.live_code_id
 where contact.removed_at is not null and excluded.removed_at is null
returning lookup, userid, person_id, shop_id, guide_id, live_code_id, added_at
"""
_REMOVE = """
update contact set removed_at = $2
 where brand_id = $1 and lookup = any($3::uuid[]) and removed_at is null
   and (lookup, userid) not in (select * from unnest($4::uuid[], $5::text[]))
"""
_FOLD = """
update contact set person_id = folded.into_id
  from unnest($1::uuid[], $2::uuid[]) as folded (from_id, into_id) where contact.person_id = folded.from_id
"""


class ContactRow(NamedTuple):
    """A contact as it was seen or told, in the order of the statement."""

    lookup: UUID
    userid: str
    external_userid: str
    person_id: UUID
    state: str | None
    added_at: datetime
    removed_at: datetime | None


async def save(tx: Tx, brand_id: UUID, rows: Sequence[ContactRow]) -> list[Row]:
    """Keep contacts; answers those that are new, or are contacts again."""
    return await tx.fetch(_SAVE, brand_id, *columns(rows)) if rows else []


async def remove_others(tx: Tx, brand_id: UUID, lookups: Sequence[UUID], present: Sequence[tuple[UUID, str]]) -> None:
    """Of these persons, whatever contact is not present any more has ended."""
    await tx.execute(_REMOVE, brand_id, tx.at, lookups, [one for one, _ in present], [userid for _, userid in present])


async def fold(tx: Tx, folds: Mapping[UUID, UUID]) -> None:
    """What was the one person's is the other's."""
    await tx.execute(_FOLD, list(folds), list(folds.values()))
