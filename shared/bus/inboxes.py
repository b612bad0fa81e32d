"""The inboxes of one service: an inbox a brand, each with a reader of its own, so that none holds up another.

They are found on the cluster, and found again from time to time: a new brand needs no restart.
"""

import asyncio
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

import structlog

from shared.bus.inbox import InboxSource, Opening, Written
from shared.bus.kafka_client import Admin
from shared.bus.kafka_cluster import Cluster
from shared.bus.kafka_topics import brand_of
from shared.bus.listener import Listener, Take
from shared.bus.reader import Reader, Terms
from shared.db.database import Database

logger = structlog.get_logger()

LOOK_EVERY_S = 10.0


class Brokers(NamedTuple):
    """Where Kafka answers, and how it wants to be spoken to."""

    bootstrap: str
    cluster: Cluster


class Inboxes:
    """Finds the inboxes of a service and reads them; `take` acts on what they hold."""

    def __init__(self, service: str, database: Database, take: Take, terms: Terms, brokers: Brokers) -> None:
        self._service = service
        self._database = database
        self._listener = Listener(take, (Written,))
        self._terms = terms
        self._brokers = brokers
        self._readers: dict[str, Reader] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Look and read until told to stop; a broker that is away is waited for."""
        async with asyncio.TaskGroup() as reading:
            while not self._stopping.is_set():
                await self._look(reading)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), LOOK_EVERY_S)
            for reader in self._readers.values():
                reader.stop()

    def stop(self) -> None:
        """Finish the batches in hand and end."""
        self._stopping.set()

    async def _look(self, reading: asyncio.TaskGroup) -> None:
        """Begin to read what is new, and cease to read what is gone."""
        try:
            async with Admin(*self._brokers) as admin:
                names = await admin.names()
        except OSError as error:  # the broker is away, or the file with our password is
            logger.warning("inboxes not found", service=self._service, why=str(error))
            return
        found = {name: brand_id for name in names if (brand_id := brand_of(name, self._service))}
        for name in self._readers.keys() - found.keys():
            self._readers.pop(name).stop()
            logger.warning("inbox gone", service=self._service, inbox=name)
        for name in found.keys() - self._readers.keys():
            self._readers[name] = self._reader(name, found[name])
            reading.create_task(_read(self._readers[name]), name=f"{self._service} read {name}")

    def _reader(self, name: str, brand_id: UUID) -> Reader:
        source = InboxSource(name, self._service, *self._brokers)
        terms = self._terms._replace(hearing=Opening(brand_id))
        return Reader(self._service, self._database, source, [self._listener], terms)


async def _read(reader: Reader) -> None:
    try:
        await reader.run()
    finally:
        await reader.source.close()
