"""What can befall the Kafka broker."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from deploy.kafka.broker import Broker, KafkaError
from deploy.suite.services import all_services
from shared.bus.kafka_topics import topic_of
from tests.faults.place import READERS, Place
from tests.faults.signals import send

AWAY_S = 2.0
FROZEN_S = 12.0  # longer than any call to it is waited for
MOST_LOST_BYTES = 30_000  # compressed: some hundred tickets
STARTS = 3


async def kill_broker(here: Place, drawn: random.Random) -> None:
    """kill -9 of the Kafka broker, and of a process that relays, which starts while there is no broker"""
    async with _away(here):
        send(here.processes.pid(drawn.choice(READERS)))
        await asyncio.sleep(AWAY_S)


async def lose_tail(here: Place, drawn: random.Random) -> None:
    """the Kafka broker dies, and has lost the newest of what it had acknowledged when it comes back"""
    async with _away(here) as data:
        for topic in map(topic_of, all_services()):
            for partition in sorted(data.glob(f"{topic}-[0-9]*")):
                newest = max(partition.glob("*.log"))
                kept = newest.stat().st_size - drawn.randrange(MOST_LOST_BYTES)
                os.truncate(newest, max(0, kept))


async def freeze_broker(here: Place, _drawn: random.Random) -> None:
    """the Kafka broker takes what it is sent and answers nothing; then it goes on"""
    assert here.broker is not None, "there is no broker on this bus"
    pid = here.broker.pid
    send(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(FROZEN_S)
    finally:
        send(pid, signal.SIGCONT)


@asynccontextmanager
async def _away(here: Place) -> AsyncIterator[Path]:
    """The broker is dead, its data in one's hands, and comes back to its port afterwards."""
    assert here.broker is not None, "there is no broker on this bus"
    folder, port = here.on.settings.home / "kafka", here.broker.port
    send(here.broker.pid)
    await here.broker.stop()
    try:
        yield folder / "data"
    finally:
        here.broker = await _started(folder, port)


async def _started(folder: Path, port: int) -> Broker:
    """As a supervisor starts it: again, where a busy machine has not let it come up in time."""
    for _ in range(STARTS - 1):
        with suppress(KafkaError):
            return await Broker.start(folder, port=port)
    return await Broker.start(folder, port=port)
