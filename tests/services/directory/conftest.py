"""What directory's tests ask for."""

import pytest_asyncio

from tests.services.directory.organisation import Organisation, opened
from tests.world import World


@pytest_asyncio.fixture
async def organisation(world: World) -> Organisation:
    """A brand of its own."""
    return await opened(world)
