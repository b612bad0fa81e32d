"""A service at work in one process: in any mix of the roles api, readers, jobs."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from functools import partial
from itertools import cycle
from typing import Any, TypeVar

import structlog

from shared import jobs, revocation
from shared.app import Edge, Service
from shared.auth.tokens import Signer, Verifier
from shared.bus.bell import Bell
from shared.bus.hearing import Hearing
from shared.bus.inboxes import Brokers, Inboxes
from shared.bus.kafka import KafkaSource, Mirror
from shared.bus.kafka_cluster import cluster_of
from shared.bus.knocks import Knocker
from shared.bus.leases import Leases, silence_s
from shared.bus.log_source import LogSource
from shared.bus.reader import Reader, Terms
from shared.bus.relay import Relay
from shared.bus.source import Source
from shared.clock import Clock, ReplayClock, system_now
from shared.context import Context
from shared.db.database import Database
from shared.db.faults import is_passing
from shared.ids import new_id
from shared.log.append import append
from shared.log.segments import drop_old, ensure_segments
from shared.peers import Peers
from shared.secrets import Secrets
from shared.settings import Bus, Settings

logger = structlog.get_logger()

_SEGMENT_LOOK_S = 60.0
_REVOKED_LOOK_S = 2.0
_ASK_AGAIN_S = 1.0
_STOP_S = 10.0

Answer = TypeVar("Answer")


class Role(StrEnum):
    """A part of a service that a process may run."""

    API = "api"
    READERS = "readers"
    JOBS = "jobs"
    RELAY = "relay"


class Host:
    """What the services in one process share: the clock, the keys, bells for each log, and each log's source."""

    def __init__(
        self, settings: Settings, secrets: Secrets, services: Sequence[str], clock: Clock | None = None
    ) -> None:
        self.settings = settings
        self.secrets = secrets
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{new_id().hex[-8:]}"
        self.clock = clock or (ReplayClock(settings.clock_file) if settings.clock_file else system_now)
        self.verifier = Verifier({name: secrets.public_key(name) for name in services})
        self.edges: dict[str, Edge] = {}
        self._bells = {name: Bell() for name in services}
        self._hearings = {name: Hearing() for name in services}
        self._logs: dict[str, LogSource] = {}
        self._mirrors: list[KafkaSource] = []
        self._watching: asyncio.Task[None] | None = None

    def bell(self, service: str) -> Bell:
        """Rung when this service says something in this process."""
        return self._bells[service]

    def role_dsn(self, role: str) -> str:
        """The database address of one role."""
        return self.settings.dsn(role, self.secrets.password(role))

    async def log(self, name: str) -> LogSource:
        """A service's log, opened once a process."""
        if name not in self._logs:
            bell = self._bells[name] if name in self.edges else None
            log = LogSource(name, self.role_dsn(f"siyu_{name}_reader"), bell)
            await log.open()
            self._logs[name] = log
        return self._logs[name]

    async def source(self, name: str, reader: str) -> Source:
        """What a service reads another's events from: that one's log, or the log's mirror in Kafka."""
        if self.settings.bus is Bus.LOG:
            return await self.log(name)
        bootstrap, partitions = self.settings.kafka_bootstrap, self.settings.partitions
        mirror = KafkaSource(name, bootstrap, partitions, reader=reader, cluster=cluster_of(self.settings))
        self._mirrors.append(mirror)
        return mirror

    def terms(self, name: str, leases: Leases) -> Terms:
        """On what terms readers of a service's events work here."""
        return Terms(leases, self._hearings[name], self.settings.reader_pause_ms / 1000)

    def mirror(self, name: str) -> Mirror:
        """What the relay of a service writes to."""
        return Mirror(name, self.settings.kafka_bootstrap, self.settings.partitions, cluster_of(self.settings))

    def brokers(self) -> Brokers:
        """Where Kafka answers."""
        return Brokers(self.settings.kafka_bootstrap, cluster_of(self.settings))

    def watch_revoked(self) -> None:
        """Keep up with the credentials that count no more, where callers come with theirs."""
        self._watching = asyncio.create_task(self._watch_revoked(), name="watch revoked")

    async def _watch_revoked(self) -> None:
        """Each service has the news, and all share one verifier: so one is asked at a time, each in its turn."""
        for edge in cycle(self.edges.values()):
            await asyncio.sleep(_REVOKED_LOOK_S)
            await _attempt(edge.context, revocation.refresh)

    async def close(self) -> None:
        """Let go of the sources."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
        for log in self._logs.values():
            await log.close()
        await asyncio.gather(*(mirror.close() for mirror in self._mirrors))


class Running:
    """One service at work. `start` connects, `work` begins to read and to keep time, `stop` ends all in order."""

    def __init__(self, service: Service, host: Host) -> None:
        self.service = service
        self._host = host
        signer = Signer(service.name, host.secrets.signing_key(service.name))
        database = Database(
            host.role_dsn(f"siyu_{service.name}"),
            host.clock,
            append(host.settings.partitions),
            said=self._told,
            most_connections=host.settings.most_connections,
            silence_s=silence_s(host.settings.lease_s),
        )
        self._knocker = Knocker(service.name, database)
        peers = Peers(signer, host.settings.gateway_url, host.edges)
        self.context = Context(
            service.name, host.settings, host.secrets, host.clock, database, host.verifier, signer, peers
        )
        self.edge = Edge(service, self.context)
        self._leases = Leases(database, host.owner, host.settings.lease_s)
        self._readers: list[Reader | Relay | Inboxes] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Connect."""
        await self.context.database.open()
        await revocation.refresh(self.context)

    async def work(self, roles: frozenset[Role]) -> None:
        """Begin what the roles ask for."""
        if Role.READERS in roles:
            for name in self.service.sources:
                heard = [listener for listener in self.service.listeners if listener.source == name]
                source = await self._host.source(name, self.service.name)
                terms = self._host.terms(name, self._leases)
                reader = Reader(self.service.name, self.context.database, source, heard, terms)
                self._readers.append(reader)
                self._begin(f"read {name}", reader.run())
        if Role.READERS in roles and self._host.settings.bus is Bus.KAFKA and self.service.inbox:
            take = partial(self.service.inbox.take, self.context)
            terms = self._host.terms(self.service.name, self._leases)
            inboxes = Inboxes(self.service.name, self.context.database, take, terms, self._host.brokers())
            self._readers.append(inboxes)
            self._begin("read inboxes", inboxes.run())
        if Role.RELAY in roles and self._host.settings.bus is Bus.KAFKA:
            log = await self._host.log(self.service.name)
            relay = Relay(log, partial(self._host.mirror, self.service.name), self._leases)
            self._readers.append(relay)
            self._begin("read and mirror", relay.run())
        if Role.JOBS in roles:
            self._begin("segments", self._look_after_segments())
        if Role.JOBS in roles and self.service.jobs:
            await jobs.begin(self.context, self.service.jobs)
            self._begin("jobs", self._keep_time())

    async def stop(self) -> None:
        """End readers after the batch in hand, then the rest."""
        for reader in self._readers:
            reader.stop()
        readers = [task for task in self._tasks if task.get_name().startswith(f"{self.service.name} read ")]
        if readers:
            await asyncio.wait(readers, timeout=_STOP_S)
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self.context.peers.close()
        await self._knocker.stop()
        await self.context.database.close()

    def _told(self) -> None:
        """Events were committed: whoever waits for them is woken, here and in other processes."""
        self._host.bell(self.service.name).ring()
        self._knocker.knock()

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work, name=f"{self.service.name} {name}"))

    async def _look_after_segments(self) -> None:
        while True:
            await asyncio.sleep(_SEGMENT_LOOK_S)
            await _attempt(self.context, _keep_segments)

    async def _keep_time(self) -> None:
        """Run each job when this process is the first to see it due; none waits for another."""
        running: dict[str, asyncio.Task[object]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                running = {name: task for name, task in running.items() if not task.done()}
                claim = partial(jobs.claim, jobs=self.service.jobs, running=running)
                claimed = await _attempt(self.context, claim) or jobs.Claimed((), _ASK_AGAIN_S)
                for job in claimed.jobs:
                    run = _attempt(self.context, partial(jobs.run_now, job=job))
                    running[job.name] = group.create_task(run, name=f"{self.service.name} {job.name}")
                await asyncio.sleep(claimed.again_in_s)


async def _attempt(context: Context, work: Callable[[Context], Awaitable[Answer]]) -> Answer | None:
    """Do what is done again and again: a database that is away is waited for, a bug is logged and ends nothing."""
    try:
        return await work(context)
    except Exception as error:
        if not is_passing(error):
            logger.exception("job failed", service=context.service)
        return None


async def _keep_segments(context: Context) -> None:
    async with context.database.transaction() as tx:
        await tx.execute("set local lock_timeout = '2s'")
        made = await ensure_segments(tx.connection)
        kept = context.settings.log_keep_days
        dropped = await drop_old(tx.connection, tx.at - timedelta(days=kept)) if kept else 0
    if made or dropped:
        logger.info("log segments", service=context.service, made=made, dropped=dropped)
