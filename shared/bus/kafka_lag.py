"""How far a reader is, told to Kafka as the place of a group, for whoever watches lags there.

Seldom, and beside the reading: nothing here depends on it. The true place is the cursor in the reader's database.
"""

import asyncio

import structlog

from shared.bus.kafka_client import BrokerFailed, Consumer

logger = structlog.get_logger()

_EVERY_S = 1.0
_AFTER_FAILURE_S = 5.0


class Telling:
    """Tells a group's places: whatever stands in `settled`, by partition."""

    def __init__(self, reader: str, topic: str) -> None:
        self.settled: dict[int, int] = {}
        self._group = f"siyu.{reader.replace('_', '-')}.{topic}"
        self._task: asyncio.Task[None] | None = None

    def begin(self, consumer: Consumer) -> None:
        """Tell on and on, by this consumer."""
        self._task = asyncio.create_task(self._tell(consumer), name=f"commit {self._group}")

    async def end(self) -> None:
        """Tell no more; what was settled is forgotten with the connection."""
        self.settled = {}
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def _tell(self, consumer: Consumer) -> None:
        told: dict[int, int] = {}
        pause_s = _EVERY_S
        while True:
            await asyncio.sleep(pause_s)
            news = {part: off for part, off in self.settled.items() if told.get(part) != off}
            try:
                if news:
                    await consumer.commit(self._group, news)
                    told |= news
                pause_s = _EVERY_S
            except BrokerFailed as error:
                logger.info("lag not told", group=self._group, why=str(error))
                pause_s = _AFTER_FAILURE_S
