"""Group commit: what arrives together is committed together, each caller with an answer of its own.

A batch leaves as soon as the one before it has ended, and not sooner after that one left than `pause_s`: an idle
system answers at once, a busy one in large batches, and one that is neither spends no transaction on every item.
One that took long, as under load, is followed at `spacing` times what it took: more come together meanwhile, and
whoever else works on the machine has it.
Where `beside_from` wait already, they leave beside the batch under way, so that the database and Python both work.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from shared.errors import Overloaded
from shared.metrics import QUEUED

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class _Parcel(Generic[Answer]):
    """What one caller handed in together, and the answers so far."""

    __slots__ = ("_answers", "_missing", "all_answered")

    def __init__(self, size: int, all_answered: "asyncio.Future[list[Answer | Exception]]") -> None:
        self._answers: list[Any] = [None] * size
        self._missing = size
        self.all_answered = all_answered

    def put(self, place: int, answer: Answer | Exception) -> None:
        """Note an answer; the last one wakes the caller."""
        self._answers[place] = answer
        self._missing -= 1
        if not self._missing and not self.all_answered.done():
            self.all_answered.set_result(self._answers)


_Place = tuple[Item, _Parcel[Answer], int]


class Batcher(Generic[Item, Answer]):
    """Collects items, flushes them together; a full queue refuses with `Overloaded`, having done nothing."""

    def __init__(
        self,
        name: str,
        flush: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]],
        *,
        pause_s: float = 0.0,
        spacing: float = 1.0,
        most_in_batch: int = 500,
        beside_from: int = 500,
        most_waiting: int = 5000,
    ) -> None:
        self._flush = flush
        self._pause_s = pause_s
        self._spacing = spacing
        self._leaves_at = 0.0  # the next batch, at the earliest
        self._most_in_batch = most_in_batch
        self._beside_from = beside_from
        self._most_waiting = most_waiting
        self._waiting: list[_Place[Item, Answer]] = []
        self._flusher: asyncio.Task[None] | None = None
        self._beside: asyncio.Task[None] | None = None  # takes what is much, while the flusher has a batch under way
        self._queued = QUEUED.labels(name)

    async def submit(self, item: Item) -> Answer:
        """Hand in an item; answers when its batch has been committed, or raises what became of it."""
        (answer,) = await self._hand_in([item])
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def submit_all(self, items: Sequence[Item]) -> list[Answer | Exception]:
        """Hand in items of one caller; answers what became of each when all have been committed."""
        return await self._hand_in(items) if items else []

    def _hand_in(self, items: Sequence[Item]) -> "asyncio.Future[list[Answer | Exception]]":
        if len(self._waiting) + len(items) > self._most_waiting:
            raise Overloaded(retry_after_s=1)
        parcel: _Parcel[Answer] = _Parcel(len(items), asyncio.get_running_loop().create_future())
        self._waiting.extend((item, parcel, place) for place, item in enumerate(items))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush_all())
        elif self._are_many() and (self._beside is None or self._beside.done()):
            self._beside = asyncio.create_task(self._flush_many())
        return parcel.all_answered

    def _are_many(self) -> bool:
        return len(self._waiting) >= self._beside_from

    async def _flush_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            early_s = self._leaves_at - loop.time()
            if early_s > 0 and not self._are_many():
                await asyncio.sleep(early_s)
            left_at = loop.time()
            await self._flush_next()
            took_s = loop.time() - left_at
            self._leaves_at = left_at + max(self._pause_s, self._spacing * took_s)

    async def _flush_many(self) -> None:
        while self._are_many():
            await self._flush_next()

    async def _flush_next(self) -> None:
        batch = self._waiting[: self._most_in_batch]
        if not batch:
            return  # the other one took it
        del self._waiting[: self._most_in_batch]
        self._queued.set(len(self._waiting))
        try:
            answers = await self._flush([item for item, _, _ in batch])
        except asyncio.CancelledError:
            for _, parcel, _ in batch:
                parcel.all_answered.cancel()
            raise
        except Exception as error:
            answers = [error] * len(batch)
        for (_, parcel, place), answer in zip(batch, answers, strict=True):
            parcel.put(place, answer)
