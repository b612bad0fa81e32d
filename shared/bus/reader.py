"""A reader: takes another service's events batch by batch.

One batch is one transaction: the cursor moves by compare-and-set, the listeners act, and what they say is
appended to the own log. So an effect happens once, whoever dies and whoever reads twice. A batch that fails for
a reason of its own is halved until the culprit is found and put aside; one that fails because the database is
away is simply taken again, and so is, a few times, one that met another transaction.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import structlog

from shared.bus import cursors, dead_letters
from shared.bus.hearing import Hearing
from shared.bus.leases import Leases
from shared.bus.listener import Listener
from shared.bus.source import Position, Source, SourceBehind
from shared.clock import steady_s
from shared.db.database import Database, Tx
from shared.db.faults import SlotTaken, is_passing
from shared.events.event import Record, UnreadableEvent
from shared.metrics import BATCH, DEAD, LAG, LEASES_TAKEN, STUMBLED, TAKEN

logger = structlog.get_logger()

MOST_IN_BATCH = 1000
_LONGEST_BACK_OFF_S = 5.0
_DEAD_LOOK_S = 3.0


class Terms(NamedTuple):
    """On what terms readers work in a process: the leases and the decoding that they share, and their pause.

    The pause follows a batch less than half full: larger batches cost far less.
    """

    leases: Leases
    hearing: Hearing
    pause_s: float


class Reader:
    """Reads one source for one service, on the partitions that this process holds."""

    def __init__(
        self, service: str, database: Database, source: Source, listeners: Sequence[Listener], terms: Terms
    ) -> None:
        self.service = service
        self.source = source
        self._database = database
        self._leases, self._hearing, self._pause_s = terms
        self._takes = [(item.take, frozenset(kind.TYPE for kind in item.kinds)) for item in listeners]
        self._kinds = {kind.TYPE: kind for listener in listeners for kind in listener.kinds}
        self._positions: dict[int, Position] = {}
        self._has_begun = False
        self._has_dead = True  # until we have looked
        self._dead_looked_at = float("-inf")
        self._stopping = asyncio.Event()
        labels = (service, source.name)
        self._taken, self._batch = TAKEN.labels(*labels), BATCH.labels(*labels)
        self._dead, self._lag = DEAD.labels(*labels), LAG.labels(*labels)
        self._stumbled, self._leases_taken = STUMBLED.labels(*labels), LEASES_TAKEN.labels(*labels)

    async def run(self) -> None:
        """Read until told to stop; whatever happens to database or broker, wait and go on."""
        back_off_s = 0.05
        while not self._stopping.is_set():
            try:
                await self._turn()
                back_off_s = 0.05
            except Exception as error:  # after a server kill drivers raise anything
                self._forget(error)
                back_off_s = min(back_off_s * 2, _LONGEST_BACK_OFF_S)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), back_off_s)
        with suppress(Exception):  # a clean stop is a courtesy: without it the leases run out
            await self._leases.release(self.source.name)

    def stop(self) -> None:
        """Finish the batch in hand and end."""
        self._stopping.set()

    def _forget(self, error: Exception) -> None:
        """Trust nothing remembered: positions and leases are read anew."""
        self._positions = {}
        self._has_begun = False
        self._leases.doubt()
        if isinstance(error, SlotTaken):
            logger.info("reader fenced", service=self.service, source=self.source.name)
            return
        self._stumbled.inc()
        if isinstance(error, SourceBehind):
            logger.error("reader held", service=self.service, why=str(error))
        elif is_passing(error):
            logger.warning("reader waits", service=self.service, source=self.source.name, why=repr(error))
        else:
            logger.exception("reader failed", service=self.service, source=self.source.name)

    async def _turn(self) -> None:
        """See what is ours by now, then take one batch or wait for one."""
        await self._stand()
        if not self._positions:
            self._lag.set(0)  # whoever reads now tells how far behind it is
            await self._idle(self._leases.due_in_s())
            return
        fetched = await self.source.fetch(self._positions, MOST_IN_BATCH)
        if not fetched.records:
            self._lag.set(0)
            await self.source.news(self._positions, self._leases.due_in_s())
            return
        await self._settle(fetched.records, fetched.after)
        self._lag.set(max(0.0, (self._database.now() - fetched.records[-1].at).total_seconds()))
        if len(fetched.records) < MOST_IN_BATCH // 2:
            await self._idle(self._pause_s)

    async def _idle(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _stand(self) -> None:
        """Stand in the partitions that this process holds, where the table says; try again what is dead and due."""
        if not self._has_begun:
            heads = await self.source.heads()
            async with self._database.reading() as tx:
                await cursors.begin(tx, self.source.name, heads)
            await self._leases.begin(self.source.name, heads)
            self._has_begun = True
        held = await self._leases.held(self.source.name)
        new = sorted(held - self._positions.keys())
        self._positions = {part: place for part, place in self._positions.items() if part in held}
        if new:
            async with self._database.reading() as tx:
                self._positions |= await cursors.read(tx, self.source.name, new)
            self._leases_taken.inc(len(new))
        now = steady_s()
        if new or (self._has_dead and now - self._dead_looked_at > _DEAD_LOOK_S):
            self._dead_looked_at = now
            await self._retry_due()

    async def _retry_due(self) -> None:
        """Try what is due again; where nothing is dead any more, look no more until something is."""
        while await self._retry_one():
            pass
        async with self._database.reading() as tx:
            self._has_dead = await dead_letters.any_of(tx, self.source.name)

    async def _settle(self, records: Sequence[Record], after: Mapping[int, Position]) -> None:
        """Take a batch whole; where that fails for a reason of its own, take its halves."""
        try:
            await self._take(records, after)
        except (SlotTaken, UnreadableEvent) as error:
            if isinstance(error, SlotTaken):
                raise
            await self._halve(records, after, error)
        except Exception as error:
            if is_passing(error):
                raise
            await self._halve(records, after, error)

    async def _halve(self, records: Sequence[Record], after: Mapping[int, Position], error: Exception) -> None:
        if len(records) == 1:
            await self._bury(records[0], after, error)
            return
        half = len(records) // 2
        for some in (records[:half], records[half:]):
            await self._settle(some, self._after(some, after))

    async def _take(self, records: Sequence[Record], after: Mapping[int, Position]) -> None:
        # A till may post in this very moment what an inbox brings: who meets the other's row tries again, and sees it.
        await self._database.act(partial(self._move, records, after))
        self._positions |= after
        self._taken.inc(len(records))
        self._batch.observe(len(records))

    async def _move(self, records: Sequence[Record], after: Mapping[int, Position], tx: Tx) -> None:
        self._has_dead = await cursors.move(tx, self.source.name, self._positions, after)
        wanted = [record for record in records if record.type in self._kinds]
        await self._hand_out(tx, await self._park(tx, wanted) if self._has_dead else wanted)

    async def _park(self, tx: Tx, wanted: Sequence[Record]) -> Sequence[Record]:
        """Put aside what must wait behind a dead letter of its key; the rest flows."""
        keys = list({record.key for record in wanted})
        parked = await dead_letters.parked_keys(tx, self.source.name, keys)
        for record in wanted:
            if record.key in parked:
                await dead_letters.bury(tx, self.source.name, record, dead_letters.WAITS_BEHIND)
        return [record for record in wanted if record.key not in parked]

    async def _hand_out(self, tx: Tx, records: Sequence[Record]) -> None:
        heard = [self._hearing.hear(record, self._kinds[record.type]) for record in records]
        said = {record.type for record in records}
        for take, types in self._takes:
            if said and said <= types:
                await take(tx, heard)
            elif not said.isdisjoint(types):
                await take(tx, [item for record, item in zip(records, heard, strict=True) if record.type in types])

    def _after(self, records: Sequence[Record], after: Mapping[int, Position]) -> dict[int, Position]:
        """Where the reader stands after some of a batch; the mirror's offset is known for the batch's end only."""
        ends = {record.part: record.off + 1 for record in records}
        return {
            part: after[part]
            if after[part].off == end
            else after[part]._replace(off=end, mirror_off=self._positions[part].mirror_off)
            for part, end in ends.items()
        }

    async def _bury(self, record: Record, after: Mapping[int, Position], error: Exception) -> None:
        async with self._database.transaction() as tx:
            await cursors.move(tx, self.source.name, self._positions, after)
            await dead_letters.bury(tx, self.source.name, record, repr(error))
        self._positions |= after
        self._has_dead = True
        self._dead.inc()
        logger.error(
            "dead letter",
            service=self.service,
            type=record.type,
            event_id=str(record.event_id),
            exc_info=error,
        )

    async def _retry_one(self) -> bool:
        """Try the next due dead letter again; False when none is due."""
        try:
            async with self._database.transaction() as tx:
                record = await dead_letters.due(tx, self.source.name)
                if record is None:
                    return False
                await dead_letters.raise_again(tx, self.source.name, record)
                await self._hand_out(tx, [record] if record.type in self._kinds else [])
        except Exception as error:
            if is_passing(error) or record is None:
                raise
            async with self._database.transaction() as tx:
                await dead_letters.postpone(tx, self.source.name, record, repr(error))
        return True
