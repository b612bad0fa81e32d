"""Group commit: who comes alone is served at once, who comes just behind a batch shares the next one."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.batcher import Batcher
from shared.errors import Overloaded


class Flushes:
    """Remembers the batches; each item is answered with its double, an odd one refused."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    async def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(items))
        await asyncio.sleep(0)
        return [ValueError(str(item)) if item % 2 else 2 * item for item in items]


async def test_who_comes_alone_is_served_at_once_and_those_behind_together() -> None:
    flushes = Flushes()
    batcher: Batcher[int, int] = Batcher("test.pause", flushes, pause_s=0.2)
    assert await batcher.submit(2) == 4
    waiting = []
    for item in (4, 6, 8):
        waiting.append(asyncio.create_task(batcher.submit(item)))
        await asyncio.sleep(0.01)
    assert await asyncio.gather(*waiting) == [8, 12, 16]
    assert flushes.batches == [[2], [4, 6, 8]]


async def test_each_gets_its_own_answer_and_a_full_queue_takes_nobody_in() -> None:
    flushes = Flushes()
    batcher: Batcher[int, int] = Batcher("test.full", flushes, most_in_batch=2, most_waiting=3)
    answers = asyncio.create_task(batcher.submit_all([2, 3, 4]))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await batcher.submit(6)
    assert [str(answer) for answer in await answers] == ["4", "3", "8"]
    assert flushes.batches == [[2, 3], [4]]


class Slow:
    """Flushes that end when they are told."""

    def __init__(self) -> None:
        self.under_way: list[tuple[list[int], asyncio.Event]] = []

    async def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        may_end = asyncio.Event()
        self.under_way.append((list(items), may_end))
        await may_end.wait()
        return list(items)


async def test_many_leave_beside_the_batch_under_way_and_few_wait_for_it() -> None:
    flushes = Slow()
    batcher: Batcher[int, int] = Batcher("test.beside", flushes, beside_from=3)
    answers = [asyncio.create_task(batcher.submit_all([1]))]
    await asyncio.sleep(0.01)
    answers.append(asyncio.create_task(batcher.submit_all([2, 3])))
    await asyncio.sleep(0.01)
    assert [items for items, _ in flushes.under_way] == [[1]]
    answers += [asyncio.create_task(batcher.submit_all(items)) for items in ([4], [5])]
    await asyncio.sleep(0.01)
    assert [items for items, _ in flushes.under_way] == [[1], [2, 3, 4, 5]]
    answers.append(asyncio.create_task(batcher.submit_all([6, 7, 8])))
    await asyncio.sleep(0.01)
    assert len(flushes.under_way) == 2, "there are never more than two"
    for _, may_end in flushes.under_way:
        may_end.set()
    await asyncio.sleep(0.01)
    flushes.under_way[-1][1].set()
    assert await asyncio.gather(*answers) == [[1], [2, 3], [4], [5], [6, 7, 8]]
