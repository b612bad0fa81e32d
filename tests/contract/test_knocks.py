"""Knocks: what is said after a rest is known at once in every process, though nobody asks for it often."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest_asyncio

from shared.bus.knocks import AGAIN_AFTER_S, channel_of
from shared.bus.log_source import LogSource
from shared.bus.source import Position
from shared.events.event import Event
from shared.ids import new_id
from tests.world import World

RESTED_S = 4.5  # everybody has found nothing for so long that they ask every five seconds only
AT_ONCE_S = 0.5

_END_ALL_LINES = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'siyu_trade_reader'"


class BellTolled(Event, frozen=True, kw_only=True):
    """An event of these tests, said by trade."""

    TYPE: ClassVar[str] = "trade.bell.tolled.v1"
    KEY: ClassVar[str] = "tower"

    tower: str


@pytest_asyncio.fixture
async def elsewhere(world: World) -> AsyncIterator[LogSource]:
    """Trade's log as another process reads it, where nothing has happened for a while."""
    source = LogSource("trade", world.suite.host.role_dsn("siyu_trade_reader"))
    await source.open()
    await world.settled()
    await asyncio.sleep(RESTED_S)
    yield source
    await source.close()


async def test_the_first_event_after_a_rest_is_known_at_once_in_another_process(
    world: World, elsewhere: LogSource
) -> None:
    assert await known_after_s(world, elsewhere) < AT_ONCE_S


async def test_a_log_that_rests_is_asked_for_rarely(elsewhere: LogSource) -> None:
    asked: list[object] = []
    look = elsewhere._look

    async def count(connection: Any = None) -> None:
        asked.append(connection)
        await look(connection)

    elsewhere._look = count  # type: ignore[method-assign]  # it still looks
    await asyncio.sleep(RESTED_S)
    assert len(asked) <= 1


async def test_the_events_behind_it_are_known_as_soon(world: World, elsewhere: LogSource) -> None:
    took_s = []
    for _ in range(8):
        took_s.append(await known_after_s(world, elsewhere))
        await asyncio.sleep(AGAIN_AFTER_S / 3)
    assert max(took_s) < AT_ONCE_S


async def test_news_is_found_soon_though_the_line_was_lost_that_a_knock_would_have_come_by(
    world: World, elsewhere: LogSource
) -> None:
    await world.admin.execute(_END_ALL_LINES)
    assert await known_after_s(world, elsewhere) < 2


async def test_who_says_much_knocks_once(world: World, elsewhere: LogSource) -> None:
    heard: list[object] = []

    def hear(*knock: Any) -> None:
        heard.append(knock)

    async with world.admin.acquire() as connection:
        await connection.add_listener(channel_of("trade"), hear)
        for _ in range(5):
            await toll(world)
        await asyncio.sleep(AT_ONCE_S)
        await connection.remove_listener(channel_of("trade"), hear)
    assert len(heard) == 1


async def known_after_s(world: World, source: LogSource) -> float:
    """How long it takes until an event that is said now is known there."""
    places = {part: Position(head.next, 0, head.incarnation) for part, head in source._heads.items()}
    loop = asyncio.get_running_loop()
    waiting = asyncio.create_task(source.news(places, 20))
    await toll(world)
    said_at = loop.time()
    assert await waiting
    return loop.time() - said_at


async def toll(world: World) -> None:
    await world.say(BellTolled(brand_id=new_id(), tower="east"))
