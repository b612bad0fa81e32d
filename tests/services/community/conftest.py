"""What community's tests ask for: a corp in the emulator."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from tests.services.community.wecom import Corp, opened
from tests.world import Chain


@pytest_asyncio.fixture
async def corp(chain: Chain, emulator: httpx.AsyncClient) -> AsyncIterator[Corp]:
    """A corp in calm weather, whose callbacks are all done with at the end."""
    await emulator.put("/emulator/weather", json={})
    corp = await opened(chain, emulator)
    yield corp
    await emulator.put("/emulator/weather", json={})
    await corp.settled()
