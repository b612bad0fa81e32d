"""What every test may ask for."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
import uvloop

from tests.world import MORNING, Chain, World, living_world


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests run on the loop that the product runs on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest_asyncio.fixture(scope="session")
async def whole_world() -> AsyncIterator[World]:
    """The suite at work, once a test process."""
    async with living_world() as world:
        yield world


@pytest_asyncio.fixture
async def world(whole_world: World) -> AsyncIterator[World]:
    """The world on a Tuesday morning; afterwards everything was taken in and nothing is dead."""
    whole_world.clock.at = MORNING
    yield whole_world
    await whole_world.settled()
    assert await whole_world.dead_letters() == []


@pytest.fixture
def chain(world: World) -> Chain:
    """A brand of its own."""
    return Chain(world)
