"""What tests of the bus share: a broker takes longer to start than most of them take."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.contract.brokers import LazyBroker


@pytest_asyncio.fixture(scope="session")
async def broker() -> AsyncIterator[LazyBroker]:
    """One broker a test process, if any test needs it. Topics outlive a test: see `fresh_topics`."""
    with tempfile.TemporaryDirectory(prefix="siyu-kafka-", ignore_cleanup_errors=True) as folder:
        broker = LazyBroker(Path(folder))
        yield broker
        if broker.running is not None:
            await broker.running.stop()
