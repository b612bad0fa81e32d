"""The topics, in one declared table: their names, how many partitions, how often and how long the cluster keeps them.

Topics that mirror a log are never compacted: a record that Kafka took away would look to a reader like a loss.
"""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from shared.bus.kafka_cluster import Cluster
from shared.bus.source import SourceBehind

DAY_MS = 24 * 60 * 60 * 1000
FOR_EVER_MS = -1
INBOX_PARTITIONS = 1  # a foreign producer's lane is slow and in order


class Topic(NamedTuple):
    """One topic as it has to be."""

    name: str
    partitions: int
    replication: int = 1
    retention_ms: int = FOR_EVER_MS
    dated_by: str = "CreateTime"

    @property
    def config(self) -> dict[str, str]:
        """What is not Kafka's own choice: nothing is compacted; what was acknowledged is on more than one machine."""
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_ms),
            "retention.bytes": "-1",
            "min.insync.replicas": str(max(1, self.replication - 1)),
            "message.timestamp.type": self.dated_by,
        }


class Found(NamedTuple):
    """One topic as the cluster has it."""

    partitions: int
    replication: int
    config: Mapping[str, str]


class TopicDiffers(SourceBehind):
    """A topic has another number of partitions than the settings say: keys would lie where nobody looks for them."""


def topic_of(service: str) -> str:
    """The topic of a service."""
    return service.replace("_", "-")


def service_topic(service: str, partitions: int, cluster: Cluster) -> Topic:
    """The topic that mirrors a service's log."""
    return Topic(topic_of(service), partitions, cluster.replication, _retention_ms(cluster))


def inbox_topic(service: str, brand_id: UUID, cluster: Cluster) -> Topic:
    """Where one brand's foreign producers write facts for a service; whose they are shows by nothing but its name."""
    name = f"{_inbox_prefix(service)}{brand_id}"
    return Topic(name, INBOX_PARTITIONS, cluster.replication, _retention_ms(cluster), dated_by="LogAppendTime")


def brand_of(topic: str, service: str) -> UUID | None:
    """Whose inbox a topic is; none where it is no inbox of this service.

    A brand's id counts in the one spelling that we give it: in another one it names a topic that somebody else may
    be allowed to write to.
    """
    prefix = _inbox_prefix(service)
    if not topic.startswith(prefix):
        return None
    spelt = topic.removeprefix(prefix)
    try:
        brand_id = UUID(spelt)
    except ValueError:
        return None
    return brand_id if str(brand_id) == spelt else None


def differences(topic: Topic, found: Found) -> list[str]:
    """What is not as declared, each with what to do about it."""
    said = []
    if found.partitions != topic.partitions:
        said.append(partitions_differ(topic, found.partitions))
    if found.replication != topic.replication:
        said.append(
            f"{topic.name} is kept {found.replication} times, not {topic.replication}: "
            "have Kafka's kafka-reassign-partitions change it, or set SIYU_KAFKA_REPLICATION"
        )
    for name, value in topic.config.items():
        if found.config.get(name) != value:
            said.append(
                f"{topic.name} has {name}={found.config.get(name)}, not {value}: "
                f"kafka-configs --alter --topic {topic.name} --add-config {name}={value}"
            )
    return said


def must_fit(topic: Topic, partitions: int) -> None:
    """Refuse a topic whose number of partitions is another one."""
    if partitions != topic.partitions:
        raise TopicDiffers(partitions_differ(topic, partitions))


def partitions_differ(topic: Topic, partitions: int) -> str:
    """The sentence for whoever set one number and has another."""
    return (
        f"{topic.name} has {partitions} partitions, SIYU_PARTITIONS says {topic.partitions}: "
        f"set it to {partitions}, or stop everything and let `siyu partitions` change the number"
    )


def _inbox_prefix(service: str) -> str:
    return f"inbox.{topic_of(service)}."


def _retention_ms(cluster: Cluster) -> int:
    return cluster.retention_days * DAY_MS or FOR_EVER_MS
