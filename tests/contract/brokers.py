"""Real brokers of Apache Kafka for tests: one for those that use it as it is, one for those that hurt it."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

from deploy.kafka.broker import Broker
from deploy.suite.services import all_services
from deploy.suite.topics import declared
from shared.bus.kafka_client import Admin
from shared.bus.kafka_cluster import Cluster
from shared.settings import Settings


class LazyBroker:
    """A real Kafka, started when the first test asks for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: Broker | None = None

    async def address(self) -> str:
        """Where it answers."""
        if self.running is None:
            self.running = await Broker.start(self.folder)
        return self.running.address


class FrailBroker:
    """A real Kafka that may be killed, frozen and started again."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self._broker = broker
        self._folder = folder
        self._is_dead = False

    @property
    def address(self) -> str:
        """Where it answers."""
        return self._broker.address

    async def kill(self) -> None:
        """It dies without a word."""
        os.kill(self._broker.pid, signal.SIGKILL)
        await self._broker.stop()
        self._is_dead = True

    async def start_again(self) -> None:
        """It comes back to its address."""
        self._broker = await Broker.start(self._folder, port=self._broker.port)
        self._is_dead = False

    def freeze(self) -> None:
        """It takes connections and bytes and answers nothing."""
        os.kill(self._broker.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        os.kill(self._broker.pid, signal.SIGCONT)

    async def heal(self) -> None:
        """Whatever was done to it, it is as new: alive, and without a topic of the suite."""
        if self._is_dead:
            await self.start_again()
        self.thaw()
        await forget_topics(self.address)

    async def stop(self) -> None:
        """It ends."""
        with suppress(ProcessLookupError):
            self.thaw()
        await self._broker.stop()


async def forget_topics(bootstrap: str) -> None:
    """Delete every topic of the suite, and wait until it is gone."""
    async with Admin(bootstrap, Cluster()) as admin:
        names = [topic.name for topic in declared(list(all_services()), Settings())]
        there = [name for name in names if await admin.partitions(name) is not None]
        if there:
            await admin._client.delete_topics(there)
        async with asyncio.timeout(20):
            while [name for name in there if await admin.partitions(name) is not None]:
                await asyncio.sleep(0.1)
