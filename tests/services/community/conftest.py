"""What community's tests ask for: the emulator, and a corp in it."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from deploy.emulator.app import create_emulator
from deploy.emulator.outbox import Sending
from deploy.emulator.world import World as Emulated
from tests.services.community.wecom import Corp, opened
from tests.world import Chain, World

# Held callbacks wait until a test flushes them.
SENDING = Sending(at_once=4, retry_after_s=0.01, held_at_most_s=3600.0)


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


@pytest_asyncio.fixture
async def corp(chain: Chain, emulator: httpx.AsyncClient) -> AsyncIterator[Corp]:
    """A corp in calm weather, whose callbacks are all done with at the end."""
    await emulator.put("/emulator/weather", json={})
    corp = await opened(chain, emulator)
    yield corp
    await emulator.put("/emulator/weather", json={})
    await corp.settled()
