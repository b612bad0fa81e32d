"""Group commit: what arrives together is committed together, each caller with an answer of its own.

No timer: a batch leaves as soon as the one before it has ended, so that an idle system answers at once and a busy
one in large batches.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from shared.errors import Overloaded
from shared.metrics import QUEUED

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Batcher(Generic[Item, Answer]):
    """Collects items, flushes them together; a full queue refuses with `Overloaded`, having done nothing."""

    def __init__(
        self,
        name: str,
        flush: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]],
        *,
        most_in_batch: int = 500,
        most_waiting: int = 5000,
    ) -> None:
        self._flush = flush
        self._most_in_batch = most_in_batch
        self._most_waiting = most_waiting
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._flusher: asyncio.Task[None] | None = None
        self._queued = QUEUED.labels(name)

    async def submit(self, item: Item) -> Answer:
        """Hand in an item; answers when its batch has been committed, or raises what became of it."""
        if len(self._waiting) >= self._most_waiting:
            raise Overloaded(retry_after_s=1)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush_all())
        return await answer

    async def _flush_all(self) -> None:
        while self._waiting:
            batch = self._waiting[: self._most_in_batch]
            del self._waiting[: self._most_in_batch]
            self._queued.set(len(self._waiting))
            await self._flush_one(batch)

    async def _flush_one(self, batch: Sequence[tuple[Item, "asyncio.Future[Answer]"]]) -> None:
        try:
            answers = await self._flush([item for item, _ in batch])
        except asyncio.CancelledError:
            for _, future in batch:
                future.cancel()
            raise
        except Exception as error:
            answers = [error] * len(batch)
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
