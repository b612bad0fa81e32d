"""What runs in the simulator: tills, two API processes, readers, relays; all of the product's own code.

`shop` says that items were saved; `member`, and in some stories `stock` too, count each of them and say so in turn.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

import asyncpg

from shared.batcher import Batcher
from shared.bus.hearing import Hearing
from shared.bus.kafka import KafkaSource, Mirror
from shared.bus.knocks import Knocker
from shared.bus.leases import Leases
from shared.bus.listener import on
from shared.bus.log_source import LogSource
from shared.bus.reader import Reader, Terms
from shared.bus.relay import Relay
from shared.bus.source import Source
from shared.db.database import Database, Tx
from shared.events.event import Event, Heard
from shared.log.append import append
from tests.faults.simulator.kafka import Broker
from tests.faults.simulator.loop import Loop, Process
from tests.faults.simulator.postgres import Pool, Server
from tests.faults.simulator.statements import ACTS, COUNT_ITEMS, SAVE_ITEMS

PARTITIONS = 3
STORIES = 4
LEASE_S = 10.0
BRAND = UUID(int=1)
_MORNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_AGAIN_S = 1.0
_PATIENCE_S = 5.0

Tell = Callable[[str, str], None]


class ItemSaved(Event, frozen=True, kw_only=True):
    """What a till posted was saved."""

    TYPE: ClassVar[str] = "shop.item.saved.v1"
    KEY: ClassVar[str] = "story"

    story: str
    number: int


class ItemCounted(Event, frozen=True, kw_only=True):
    """A listener's own saying of it."""

    TYPE: ClassVar[str] = "member.item.counted.v1"
    KEY: ClassVar[str] = "story"

    story: str
    number: int


class Suite:
    """Everything at work. Processes die and come again under the same name."""

    def __init__(self, loop: Loop, *, over_kafka: bool, listeners: Sequence[str], tell: Tell) -> None:
        self.loop = loop
        self.over_kafka = over_kafka
        self.listeners = listeners
        self.tell = tell
        self.broker = Broker(loop)
        self.servers = {name: self._server(name) for name in ("shop", *listeners)}
        self.poison: set[int] = set()
        self.processes: dict[str, Process] = {}
        self.api: dict[str, Batcher[int, int]] = {}
        self.acknowledged: dict[int, int] = {}
        self._stops: dict[str, Callable[[], None]] = {}
        self._starts = {"api-1": self._answer, "api-2": self._answer, "reader-1": self._read, "reader-2": self._read}
        if over_kafka:
            self._starts |= {"relay-1": self._mirror}
            if loop.chance.random() < 0.3:
                self._starts |= {"relay-2": self._mirror}

    def start(self) -> None:
        """Start every process."""
        for name in self._starts:
            self.begin(name)

    def begin(self, name: str) -> None:
        """Start one process."""
        process = self.processes[name] = self.loop.process(name)
        self.loop.start(process, self._starts[name]())

    def kill(self, name: str) -> None:
        """Kill -9; whatever it was at, it does no more, and it closes its connections by being gone."""
        process = self.processes[name]
        self.loop.kill(process)
        self.api.pop(name, None)
        for server in self.servers.values():
            server.cut(process)

    def end_idle_transactions(self, owner: Process) -> None:
        """The servers' limit on transactions whose client says nothing more."""
        for server in self.servers.values():
            server.cut(owner, only_idle=True)

    def stop(self, name: str) -> None:
        """Ask a process to end cleanly."""
        if name in self._stops:
            self._stops[name]()

    async def pool(self, dsn: str, **_options: object) -> Pool:
        """Stands for `asyncpg.create_pool`."""
        server = self.servers[dsn]
        await asyncio.sleep(server.delay_s())
        if not server.is_up:
            raise ConnectionRefusedError(111, "Connection refused")
        return Pool(server, self.loop.current())

    async def post(self, number: int) -> None:
        """A till: sends an item until somebody says that it is saved."""
        while number not in self.acknowledged:
            if self.api:
                name = self.loop.chance.choice(sorted(self.api))
                asked = self.loop.start(self.processes[name], self.api[name].submit(number))
                await asyncio.wait({asked}, timeout=_PATIENCE_S)
                is_lost = self.servers["shop"].cut_rate > self.loop.chance.random()
                if asked.done() and not asked.cancelled() and asked.exception() is None and not is_lost:
                    self.acknowledged[number] = asked.result()
                    self.tell(name, f"acknowledged {number}")
                    return
            await asyncio.sleep(self.loop.chance.random() * _AGAIN_S)

    def _server(self, name: str) -> Server:
        server = Server(name, self.loop, dict(ACTS), lambda writes: self.tell(name, _written(writes)))
        lives = {part: UUID(int=part + 1) for part in range(PARTITIONS)}
        server.tables["log_head"] = {part: (0, life) for part, life in lives.items()}
        return server

    def _database(self, name: str) -> Database:
        def said() -> None:
            knocker.knock()

        database = Database(name, self._now, append(PARTITIONS), said=said)
        knocker = Knocker(name, database)
        return database

    def _now(self) -> datetime:
        return _MORNING + timedelta(seconds=self.loop.time())

    async def _answer(self) -> None:
        """An API process."""
        name = self.loop.current().name
        database = self._database("shop")
        await _until_open(database.open)
        flush = partial(self._flush, database)
        self.api[name] = Batcher("simulated", flush, most_in_batch=4, most_waiting=30)

    async def _flush(self, database: Database, numbers: Sequence[int]) -> Sequence[int]:
        """What an action does with items that arrived together, as trade does with tickets."""

        async def save(tx: Tx) -> Sequence[int]:
            fresh = await tx.fetch(SAVE_ITEMS, numbers)
            for row in fresh:
                tx.emit(ItemSaved(brand_id=BRAND, story=story_of(row["number"]), number=row["number"]))
            return numbers

        return await database.act(save)

    async def _read(self) -> None:
        """A reader process: every listening service in it has a reader, and they share what a process shares."""
        process = self.loop.current()
        hearing = Hearing()
        log = LogSource("shop", "shop")
        if not self.over_kafka:
            await _until_open(log.open)
        readers = []
        for name in self.listeners:
            database = self._database(name)
            await _until_open(database.open)
            source: Source = KafkaSource("shop", "", PARTITIONS, reader=name) if self.over_kafka else log
            take = on(ItemSaved)(self._count)
            leases = Leases(database, f"{process.name}:{process.number}", LEASE_S)
            terms = Terms(leases, hearing, 0.01)
            readers.append(Reader(name, database, source, [take], terms))
        self._stops[process.name] = partial(_stop, readers)
        await asyncio.gather(*(reader.run() for reader in readers))

    async def _count(self, tx: Tx, heard: Sequence[Heard[Any]]) -> None:
        """What a listener does: its effect, and a saying of its own; a bug hits those that are poison."""
        numbers = [item.fact.number for item in heard]
        if self.poison & set(numbers):
            raise ValueError(f"poison: {sorted(self.poison & set(numbers))}")
        serials = [UUID(int=self.loop.chance.getrandbits(128)) for _ in numbers]
        await tx.execute(COUNT_ITEMS, serials, numbers)
        for item in heard:
            tx.emit(ItemCounted(brand_id=BRAND, story=item.fact.story, number=item.fact.number), because=item)

    async def _mirror(self) -> None:
        """A relay process."""
        process = self.loop.current()
        log, database = LogSource("shop", "shop"), self._database("shop")
        await _until_open(log.open)
        await _until_open(database.open)
        leases = Leases(database, f"{process.name}:{process.number}", LEASE_S)
        relay = Relay(log, partial(Mirror, "shop", "", PARTITIONS), leases)
        self._stops[process.name] = relay.stop
        await relay.run()


def story_of(number: int) -> str:
    """Whose story an item belongs to."""
    return f"story-{number % STORIES}"


def log_of(server: Server) -> list[tuple[int, int, int]]:
    """Partition, offset and number of everything a service said."""
    found = []
    for (part, off), row in sorted(server.tables["log"].items()):
        found.append((part, off, int(row["body"].rpartition(b'"number":')[2].rstrip(b"}"))))
    return found


def _stop(readers: Sequence[Reader]) -> None:
    for reader in readers:
        reader.stop()


async def _until_open(opening: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A supervisor starts a process again whose database is away."""
    while True:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await opening()
            return
        await asyncio.sleep(_AGAIN_S)


def _written(writes: dict[Any, Any]) -> str:
    """What a transaction changed, in short."""
    said = [f"{table}{key}" for table, key in writes if table not in {"effect", "lease", "reader", "log_head"}]
    effects = [row for (table, _), row in writes.items() if table == "effect"]
    return f"committed {' '.join(said)}" + (f" effects {effects}" if effects else "")
