"""Every statement about credentials and tries. Tries count by the machine's time, as deadlines of machinery do."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.directory.credential.rules import LOCKED_S, MOST_TRIES, Kind
from shared.db import Row, Tx

_INSERT = """
insert into credential (credential_id, brand_id, kind, holder_id, shop_id, secret, is_one_time, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_REVOKE = """
with mine as (
  select credential_id from credential
   where brand_id = $1 and credential_id = any($2::uuid[]) and revoked_at is null order by credential_id for update
)
update credential set revoked_at = $3 from mine where credential.credential_id = mine.credential_id
returning credential.credential_id
"""
_READ = """
select credential_id, kind, holder_id, shop_id, made_at, revoked_at from credential
 where brand_id = $1 and credential_id = $2
"""
_LIVE_OF = """
select credential_id from credential
 where brand_id = $1 and kind = $2 and holder_id = any($3::uuid[]) and revoked_at is null order by credential_id
"""
_PAGE = """
select credential_id, kind, holder_id, made_at, revoked_at from credential
 where brand_id = $1 and holder_id = $2 and credential_id > $3 order by credential_id limit $4
"""
_TAKE_TRY = """
insert into sign_in_try as row (name, tries) values ($1, 1)
on conflict (name) do update set
       tries = case when row.began_at < now() - make_interval(secs => $3) then 1 else row.tries + 1 end,
       began_at = case when row.began_at < now() - make_interval(secs => $3) or row.tries + 1 = $2
                       then now() else row.began_at end
 where row.tries < $2 or row.began_at < now() - make_interval(secs => $3)
returning true
"""
_HAS_TRY = """
select not exists (
  select from sign_in_try where name = $1 and tries >= $2 and began_at >= now() - make_interval(secs => $3)
)
"""
_FORGET_TRIES = "delete from sign_in_try where name = $1"
_FORGET_OLD = """
delete from sign_in_try where name in (
  select name from sign_in_try where began_at < now() - interval '1 day' limit $1
)
"""


class Holder(NamedTuple):
    """Who gets a credential."""

    brand_id: UUID
    kind: Kind
    holder_id: UUID
    shop_id: UUID | None = None


async def insert(tx: Tx, credential_id: UUID, holder: Holder, secret: bytes, *, is_one_time: bool) -> None:
    """Keep a new credential."""
    values = (holder.brand_id, holder.kind, holder.holder_id, holder.shop_id, secret, is_one_time, tx.at)
    await tx.execute(_INSERT, credential_id, *values)


async def revoke(tx: Tx, brand_id: UUID, credential_ids: Sequence[UUID], at: datetime) -> list[UUID]:
    """Let these count no more; answers those that counted so far."""
    return [row["credential_id"] for row in await tx.fetch(_REVOKE, brand_id, credential_ids, at)]


async def read(tx: Tx, brand_id: UUID, credential_id: UUID) -> Row | None:
    """One credential, without its secret."""
    return await tx.first(_READ, brand_id, credential_id)


async def live_of(tx: Tx, brand_id: UUID, kind: Kind, holder_ids: Sequence[UUID]) -> list[UUID]:
    """What these holders are proven by."""
    return [row["credential_id"] for row in await tx.fetch(_LIVE_OF, brand_id, kind, holder_ids)]


async def page(tx: Tx, brand_id: UUID, holder_id: UUID, after: UUID, most: int) -> list[Row]:
    """A holder's credentials."""
    return await tx.fetch(_PAGE, brand_id, holder_id, after, most)


async def take_try(tx: Tx, name: bytes) -> bool:
    """Count one try of a name; answers whether one was left."""
    return bool(await tx.value(_TAKE_TRY, name, MOST_TRIES, LOCKED_S))


async def has_try(tx: Tx, name: bytes) -> bool:
    """Whether a try of this name is left."""
    return bool(await tx.value(_HAS_TRY, name, MOST_TRIES, LOCKED_S))


async def forget_tries(tx: Tx, name: bytes) -> None:
    """It was the right one: count anew."""
    await tx.execute(_FORGET_TRIES, name)


async def forget_old_tries(tx: Tx, most: int) -> int:
    """Let go of tries that lock nothing any more."""
    return await tx.execute(_FORGET_OLD, most)
