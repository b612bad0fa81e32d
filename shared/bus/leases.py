"""Leases: which process reads which partitions. They only save double work; the cursor decides what counts.

By the database's clock. Each living reader is listed; each takes its even share, gives up what is over it, and
takes what a dead one left when that one's time is over.
"""

import asyncio
from collections.abc import Collection

from shared.clock import steady_s
from shared.db.database import Database
from shared.db.pool import LONGEST_SILENCE_S

_RENEWED_AFTER = 0.3  # of a lease: two renewals in a row may fail
_SILENT_FOR = 0.8  # of a lease

# One statement for all sources, hence one round trip and no transaction that a stopped process could leave open:
# I live, the dead are buried, what is over my share goes, what is free within it comes. It waits for nobody, for
# whatever is locked just now is somebody else's to bury or to take. How many live is as of before, hence without me.
# A lease that ends later than any could was given before the database's clock went back: it counts no more.
# What is asked is hidden from the planner: else it makes a plan for these very sources at each beat, which takes it
# longer than the beat itself.
_BEAT = """
with hidden as materialized (select $1::text[] as sources, $2::text as owner, make_interval(secs => $3) as time),
me as materialized (
  select owner, now() as earliest, now() + time as until, now() + 2 * time as latest from hidden),
asked as (select unnest(sources) as source from hidden),
dead as (
  select reader.source, reader.owner from reader, me
   where source = any((select sources from hidden)::text[]) and reader.owner <> me.owner
     and (reader.until < earliest or reader.until > latest)
     for update of reader skip locked),
buried as (delete from reader using dead where reader.source = dead.source and reader.owner = dead.owner),
beat as (
  insert into reader (source, owner, until) select source, owner, until from asked, me
  on conflict (source, owner) do update set until = excluded.until),
living as (
  select asked.source, 1 + count(reader.owner) as readers from asked cross join me
    left join reader
      on reader.source = asked.source and reader.owner <> me.owner and reader.until between earliest and latest
   group by asked.source),
share as (
  select lease.source, (count(*) + readers - 1) / readers as most from lease join living using (source)
   group by lease.source, readers),
mine as (
  select source, part from lease
   where source = any((select sources from hidden)::text[]) and owner = (select owner from me) and until >= now()
     for update skip locked),
ranked as (select source, part, row_number() over (partition by source order by part) as rank from mine),
kept as (
  update lease set until = case when rank <= most then me.until else now() end
    from ranked join share using (source) cross join me
   where lease.source = ranked.source and lease.part = ranked.part
  returning lease.source, lease.part, rank <= most as held),
free as (
  select share.source, left_over.part from share cross join lateral (
    select part from lease, me
     where lease.source = share.source
       and (lease.until < earliest or lease.until > latest and lease.owner <> me.owner) order by part
     limit greatest(0, most - (select count(*) from mine where mine.source = share.source))
       for update of lease skip locked) as left_over),
taken as (
  update lease set owner = me.owner, until = me.until from free cross join me
   where lease.source = free.source and lease.part = free.part
  returning lease.source, lease.part)
select source, part from kept where held union all select source, part from taken
"""
_RELEASE = "update lease set until = now() where source = $1 and owner = $2 and until >= now()"
_LEAVE = "delete from reader where source = $1 and owner = $2"
_BEGIN = """
insert into lease (source, part, owner, until)
select $1, part, '', now() - interval '1 second' from unnest($2::smallint[]) as part on conflict do nothing
"""


class Leases:
    """What one process may read for one service: its share of each log, kept up by one beat for all of them.

    Whoever reads asks before each batch. A log that nobody asked for during a lease is kept up no longer: its reader
    hangs, and another process may do better.
    """

    def __init__(self, database: Database, owner: str, lease_s: float) -> None:
        self._database = database
        self._owner = owner
        self._lease_s = lease_s
        self._asked_at: dict[str, float] = {}
        self._held: dict[str, frozenset[int]] = {}
        self._beaten_at = float("-inf")
        self._beating = asyncio.Lock()

    async def begin(self, source: str, parts: Collection[int]) -> None:
        """List the partitions of a log, free, where they are new."""
        async with self._database.reading() as tx:
            await tx.execute(_BEGIN, source, sorted(parts))

    async def held(self, source: str) -> frozenset[int]:
        """The partitions of this log that are ours; where it is time, the leases of all logs are renewed first."""
        self._asked_at[source] = steady_s()
        async with self._beating:  # one asks for all, the others find what it was told
            self._asked_at[source] = steady_s()  # who waited here for longer than a lease does not hang
            if source not in self._held or self.due_in_s() <= 0:
                await self._beat()
            return self._held[source]

    def due_in_s(self) -> float:
        """How soon the next beat is due."""
        return self._beaten_at + _RENEWED_AFTER * self._lease_s - steady_s()

    def doubt(self) -> None:
        """Somebody took what we thought to be ours, or a server was away: the next who asks shall be told anew."""
        self._beaten_at = float("-inf")

    async def release(self, source: str) -> None:
        """Give a log up at a clean stop, so that others need not wait."""
        async with self._beating:
            self._asked_at.pop(source, None)
            self._held.pop(source, None)
            async with self._database.transaction() as tx:
                await tx.execute(_RELEASE, source, self._owner)
                await tx.execute(_LEAVE, source, self._owner)

    async def _beat(self) -> None:
        begun_at = steady_s()
        sources = sorted(source for source, at in self._asked_at.items() if begun_at - at < self._lease_s)
        async with self._database.reading() as tx:
            rows = await tx.fetch(_BEAT, sources, self._owner, self._lease_s)
        self._held = {source: frozenset(row["part"] for row in rows if row["source"] == source) for source in sources}
        self._beaten_at = begun_at


def silence_s(lease_s: float) -> float:
    """How long a transaction may be silent: a stopped process frees its rows before others take what it leased."""
    return min(LONGEST_SILENCE_S, _SILENT_FOR * lease_s)
