"""What every reader of a topic does, of a mirrored log or an inbox: connect, stand at a place, take what comes."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from shared.bus.kafka_client import BrokerFailed, Consumer
from shared.bus.kafka_topics import TopicDiffers
from shared.bus.source import Fetched, Position

_MOST_AT_ONCE = 1000


class KafkaReading(ABC):
    """A reader's own place in a topic. Who reads says where that is, how the buffer is filled, and what is in it."""

    def __init__(self) -> None:
        self._consumer: Consumer | None = None
        self._buffer: list[Any] = []

    @abstractmethod
    async def open(self) -> None:
        """Connect."""

    @abstractmethod
    async def close(self) -> None:
        """Disconnect; a dead broker is not waited for."""

    @abstractmethod
    async def _stand_at(self, consumer: Consumer, positions: Mapping[int, Position]) -> None:
        """Go to where the table says we are, wherever we thought we were."""

    @abstractmethod
    async def _fill(self, consumer: Consumer, within_s: float, most: int) -> None:
        """Wait so long for messages, and look now and then whether the broker still has our place."""

    @abstractmethod
    async def _take(self, consumer: Consumer, messages: Sequence[Any]) -> Fetched:
        """What these messages say, and where it leads."""

    async def fetch(self, positions: Mapping[int, Position], most: int) -> Fetched:
        """What lies beyond these positions by now."""
        async with self._connection() as consumer:
            await self._stand_at(consumer, positions)
            if not self._buffer:
                await self._fill(consumer, 0, most)
            messages, self._buffer = self._buffer, []
            return await self._take(consumer, messages)

    async def news(self, positions: Mapping[int, Position], within_s: float) -> bool:
        """Wait for something to be fetched; where nothing came, look whether the broker still has our place."""
        async with self._connection() as consumer:
            await self._stand_at(consumer, positions)
            if not self._buffer:
                await self._fill(consumer, within_s, _MOST_AT_ONCE)
            return bool(self._buffer)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Consumer]:
        """Connect where we are not; after a failure connect anew, for a client that is stuck shows it by nothing."""
        try:
            if self._consumer is None:
                await self.open()
            assert self._consumer is not None, "opened just now"
            yield self._consumer
        except (BrokerFailed, TopicDiffers):
            await self.close()
            raise
