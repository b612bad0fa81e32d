"""Who may write to an inbox: only the principal that the broker's own rights name, whatever a record says."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka.admin import NewTopic
from aiokafka.errors import TopicAuthorizationFailedError
from aiokafka.protocol.admin import CreateAclsRequest

from deploy.kafka.broker import Broker, Secured
from shared.bus.inbox import InboxSource
from shared.bus.kafka import LOCAL, UNSEEN
from shared.bus.kafka_client import Admin
from shared.bus.kafka_cluster import Cluster, client_options
from shared.bus.kafka_topics import brand_of, inbox_topic
from shared.bus.source import Position
from shared.ids import new_id
from shared.settings import KafkaProtocol
from tests.contract.inboxes import administering, producing
from tests.contract.test_kafka_secured import certify

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

USERS = ("siyu", "hangzhou", "suzhou")
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"
# As Kafka's protocol numbers them.
TOPIC, EXACTLY, BEGINS_WITH, ALLOW = 2, 3, 4, 3
READ, WRITE, DESCRIBE = 3, 4, 8


class Guarded(Broker):
    """A broker that knows three users and asks of each what it may do."""

    async def _launch(self) -> None:
        users = " ".join(f'user_{user}="of {user}"' for user in USERS)
        guard = [
            f"listener.name.clients.plain.sasl.jaas.config={PLAIN} {users};",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS",  # as the broker speaks to itself, on a line of its own
        ]
        with (self._folder / "server.properties").open("a", encoding="utf-8") as settings:
            settings.write("\n" + "\n".join(guard) + "\n")
        await super()._launch()

    @property
    def inner_address(self) -> str:
        """The line on which whoever comes may do everything."""
        settings = (self._folder / "server.properties").read_text(encoding="utf-8")
        found = re.search(r"INNER://(\S+?),", settings)
        assert found is not None, "the settings name it"
        return found.group(1)


@dataclass(frozen=True)
class Yard:
    """The guarded broker, the inboxes of two brands, and what opens it."""

    broker: Guarded
    folder: Path
    topics: tuple[str, str]

    def known_as(self, user: str) -> Cluster:
        """What a client that is this user is told."""
        return Cluster(
            KafkaProtocol.SASL_SSL, "PLAIN", user, self.folder / f"password of {user}", self.folder / "certificate.pem"
        )

    def writing_as(self, user: str) -> Any:
        """A producer that is this user."""
        options = client_options(self.broker.address, self.known_as(user))
        return producing(options.pop("bootstrap_servers"), **options)


async def grant(broker: Guarded, name: str, fits: int, user: str, operation: int) -> None:
    """What `kafka-acls --add --allow-principal` does."""
    async with administering(broker.inner_address) as admin:
        client, rights = admin._client, (TOPIC, name, fits, f"User:{user}", "*", operation, ALLOW)
        answer = await client.send(client.get_random_node(), CreateAclsRequest(*rights))
        assert [code for code, _ in answer.creation_responses] == [0]


@pytest_asyncio.fixture
async def yard() -> AsyncIterator[Yard]:
    """Each ERP may write to its brand's inbox; we may read what begins with `inbox.`, as the contract says."""
    with tempfile.TemporaryDirectory(prefix="siyu-kafka-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        certify(folder)
        for user in USERS:
            (folder / f"password of {user}").write_text(f"of {user}", encoding="utf-8")
        secured = Secured("siyu", "of siyu", folder / "both.pem")
        broker = await Guarded.start(folder / "kafka", secured=secured)
        assert isinstance(broker, Guarded)
        topics = [inbox_topic("trade", new_id(), LOCAL) for _ in range(2)]
        try:
            async with administering(broker.inner_address) as admin:
                await admin.create_topics([NewTopic(topic.name, 1, 1) for topic in topics])
            await grant(broker, "inbox.", BEGINS_WITH, "siyu", READ)
            await grant(broker, "inbox.", BEGINS_WITH, "siyu", DESCRIBE)
            await grant(broker, topics[0].name, EXACTLY, "hangzhou", WRITE)
            await grant(broker, topics[1].name, EXACTLY, "suzhou", WRITE)
            yield Yard(broker, folder, (topics[0].name, topics[1].name))
        finally:
            await broker.stop()


async def test_each_producer_writes_to_its_own_brands_inbox_and_to_no_others(yard: Yard) -> None:
    own, others = yard.topics
    async with yard.writing_as("hangzhou") as producer:
        await producer.send_and_wait(own, b"{}")
        with pytest.raises(TopicAuthorizationFailedError):
            await asyncio.wait_for(producer.send_and_wait(others, b"{}"), 30)
    async with yard.writing_as("suzhou") as producer:
        await producer.send_and_wait(others, b"[]")
    async with Admin(yard.broker.address, yard.known_as("siyu")) as admin:
        assert {name for name in await admin.names() if brand_of(name, "trade")} == {own, others}
    assert [await first_of(yard, topic) for topic in yard.topics] == [b"{}", b"[]"]


async def first_of(yard: Yard, topic: str) -> bytes:
    """The first record of an inbox, as we read it."""
    source = InboxSource(topic, "trade", yard.broker.address, yard.known_as("siyu"))
    place = {0: Position(0, 0, UNSEEN)}
    try:
        while not await source.news(place, 1):
            pass
        return (await source.fetch(place, 9)).records[0].body
    finally:
        await source.close()
