"""Events as Kafka's records: CloudEvents 1.0 in binary mode (cloudevents/spec, kafka-protocol-binding §3.2).

The log's own offset travels as a header, for Kafka's differs as soon as the relay repeats something or the broker
loses its tail.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from shared.bus.kafka_topics import topic_of
from shared.events.event import Record
from shared.ids import id_of


class Mirrored(NamedTuple):
    """A record as the topic has it: where it lies there, and which life of the log it comes from."""

    mirror_off: int
    incarnation: UUID
    record: Record


def headers_of(service: str, record: Record, incarnation: UUID) -> list[tuple[str, bytes]]:
    """The event's attributes as Kafka headers."""
    headers = {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": str(record.event_id),
        "ce_type": record.type,
        "ce_source": f"/{topic_of(service)}",
        "ce_time": record.at.isoformat(),
        "ce_partitionkey": record.key,
        "ce_cause": record.cause,
        "ce_traceparent": record.trace,
        "src": service,
        "off": str(record.off),
        "incarnation": str(incarnation),
    }
    return [(name, value.encode()) for name, value in headers.items()]


def mirrored(message: Any) -> Mirrored:
    """A Kafka message as the record that it mirrors."""
    said = dict(message.headers)
    record = Record(
        message.partition,
        int(said["off"]),
        id_of(said["ce_id"].decode()),
        said["ce_partitionkey"].decode(),
        said["ce_type"].decode(),
        datetime.fromisoformat(said["ce_time"].decode()),
        said["ce_cause"].decode(),
        said["ce_traceparent"].decode(),
        message.value or b"",
    )
    return Mirrored(message.offset, _incarnation(said["incarnation"]), record)


@lru_cache(maxsize=1000)
def _incarnation(said: bytes) -> UUID:
    """One of few, which stands in every message."""
    return id_of(said.decode())
