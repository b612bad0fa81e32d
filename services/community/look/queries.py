"""Every statement about looks and callbacks."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.community.look.rules import LEASE_S
from shared.db import Row, Tx

_KEEP = """
insert into callback (brand_id, digest, subject, name, change) values ($1, $2, $3, $4, $5) on conflict do nothing
"""
_ASK = """
insert into look (brand_id, subject, name, due_at)
select $1, $2, name, now() + make_interval(secs => $4 * (position - 1) / cardinality($3::text[]))
  from unnest($3::text[]) with ordinality as asked (name, position)
on conflict (brand_id, subject, name) do update set due_at = least(look.due_at, excluded.due_at), news = look.news + 1
"""
_CLAIM = """
with due as (
  select brand_id, subject, name from look
   where due_at <= now() and leased_until <= now() order by due_at limit $1 for update skip locked
)
update look set leased_until = now() + make_interval(secs => $2), claim = claim + 1, tries = tries + 1
  from due where (look.brand_id, look.subject, look.name) = (due.brand_id, due.subject, due.name)
returning look.brand_id, look.subject, look.name, look.claim, look.news, look.tries
"""
_TOLD = """
select callback.brand_id, callback.subject, callback.name, digest, change
  from unnest($1::uuid[], $2::text[], $3::text[]) as asked (brand_id, subject, name)
  join callback on (callback.brand_id, callback.subject, callback.name) = (asked.brand_id, asked.subject, asked.name)
 where change is not null order by received_at
"""
_HELD = """
select look.name from look join unnest($3::text[], $4::bigint[]) as mine (name, claim)
    on look.name = mine.name and look.claim = mine.claim
 where brand_id = $1 and subject = $2 order by look.name for update of look
"""
_BLANK = """
update callback set change = null, subject = null, name = null where brand_id = $1 and digest = any($2::bytea[])
"""
_FINISH = """
delete from look using unnest($3::text[], $4::bigint[]) as mine (name, news)
 where brand_id = $1 and subject = $2 and look.name = mine.name and look.news = mine.news
"""
_LOOK_AGAIN = """
update look set leased_until = '-infinity', due_at = now(), tries = 0
 where brand_id = $1 and subject = $2 and name = any($3::text[])
"""
_PUT_OFF = """
update look set leased_until = '-infinity', due_at = now() + make_interval(secs => mine.wait_ms / 1000.0)
  from unnest($3::text[], $4::bigint[], $5::bigint[]) as mine (name, claim, wait_ms)
 where brand_id = $1 and subject = $2 and look.name = mine.name and look.claim = mine.claim
"""
_FORGET = """
delete from callback where (brand_id, digest) in (
  select brand_id, digest from callback where change is null and received_at < now() - interval '1 day' limit $1
)
"""


class Told(NamedTuple):
    """A callback about the subject: its digest, and the change as JSON."""

    digest: bytes
    change: bytes


class Look(NamedTuple):
    """A look that is this process's to take. `claim` proves it; `news` counts what was told so far."""

    name: str
    claim: int
    news: int
    tries: int
    told: Sequence[Told]


async def keep(tx: Tx, brand_id: UUID, digest: bytes, subject: str, name: str, change: bytes) -> bool:
    """Keep a callback; whether it is new."""
    return await tx.execute(_KEEP, brand_id, digest, subject, name, change) == 1


async def ask(tx: Tx, brand_id: UUID, subject: str, names: Sequence[str], within_s: int) -> None:
    """Have these looked at, evenly spread over some seconds."""
    await tx.execute(_ASK, brand_id, subject, sorted(set(names)), within_s)


async def claim(tx: Tx, most: int) -> list[Row]:
    """Take looks that are due and nobody takes."""
    return await tx.fetch(_CLAIM, most, LEASE_S)


async def told(tx: Tx, looks: Sequence[Row]) -> list[Row]:
    """What callbacks told of these subjects and nobody acted upon yet."""
    columns = ([row[name] for row in looks] for name in ("brand_id", "subject", "name"))
    return await tx.fetch(_TOLD, *columns)


async def held(tx: Tx, brand_id: UUID, subject: str, looks: Sequence[Look]) -> frozenset[str]:
    """Which of these are still this process's; locked until the transaction ends."""
    names, claims = [look.name for look in looks], [look.claim for look in looks]
    return frozenset(row["name"] for row in await tx.fetch(_HELD, brand_id, subject, names, claims))


async def finish(tx: Tx, brand_id: UUID, subject: str, looks: Sequence[Look]) -> None:
    """These were looked at; whatever was told of since is looked at again."""
    await tx.execute(_BLANK, brand_id, [told.digest for look in looks for told in look.told])
    names = [look.name for look in looks]
    await tx.execute(_FINISH, brand_id, subject, names, [look.news for look in looks])
    await tx.execute(_LOOK_AGAIN, brand_id, subject, names)


async def put_off(tx: Tx, brand_id: UUID, subject: str, waits: Sequence[tuple[Look, int]]) -> None:
    """Look at these again after so many milliseconds each."""
    names, claims = [look.name for look, _ in waits], [look.claim for look, _ in waits]
    await tx.execute(_PUT_OFF, brand_id, subject, names, claims, [wait_ms for _, wait_ms in waits])


async def forget(tx: Tx, most: int) -> int:
    """Forget callbacks that will hardly come again; answers how many."""
    return await tx.execute(_FORGET, most)
