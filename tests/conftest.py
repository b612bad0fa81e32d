"""What every test may ask for."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import pytest_asyncio
import uvloop

from deploy.emulator.app import create_emulator
from deploy.emulator.outbox import Sending
from deploy.emulator.world import World as Emulated
from tests.world import MORNING, Chain, World, living_world

# Held callbacks wait until a test flushes them.
SENDING = Sending(at_once=4, retry_after_s=0.01, held_at_most_s=3600.0)


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


@pytest_asyncio.fixture(scope="session")
async def emulator(whole_world: World) -> AsyncIterator[httpx.AsyncClient]:
    """WeCom outside, without a network: community's calls reach it, its callbacks reach the gateway."""
    inwards = httpx.ASGITransport(app=whole_world.suite.gateway, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=inwards, base_url="http://siyu") as out:
        app = create_emulator(Emulated("1", clock=whole_world.clock), out, SENDING)
        async with app.router.lifespan_context(app):
            peers = whole_world.suite.running["community"].context.peers
            url = whole_world.suite.host.settings.wecom_url
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://wecom")
            before = peers._clients.get(url)
            peers._clients[url] = client
            yield client
            if before is None:
                del peers._clients[url]
            else:
                peers._clients[url] = before
            await client.aclose()
