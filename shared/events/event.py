"""An event: a fact that a service said, in the past tense, once and for ever.

The attributes are those of CloudEvents 1.0 (https://cloudevents.io): id, type, source, time, and as extensions
`cause` (the id of what caused it), `traceparent` (W3C Trace Context) and `partitionkey`.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import ClassVar, Generic, NamedTuple, TypeGuard, TypeVar
from uuid import UUID

import msgspec
from msgspec import structs

from shared.errors import UNREADABLE_JSON
from shared.ids import id_of, new_id
from shared.values import Value


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of every event class. Content is facts: ids, fen, thousandths, UTC times; never personal data.

    `TYPE` is `<service>.<noun>.<past participle>.v<N>`; `KEY` names the field whose story must stay in order.
    A fact never leads back to itself, so the collector of cycles need not know of it (`gc`).
    """

    TYPE: ClassVar[str]
    KEY: ClassVar[str]

    brand_id: UUID


class Record(NamedTuple):
    """One row of a log, as it is stored: the event's attributes and its body, byte for byte."""

    part: int
    off: int
    event_id: UUID
    key: str
    type: str
    at: datetime
    cause: str
    trace: str
    body: bytes


E_co = TypeVar("E_co", bound=Event, covariant=True)


class Heard(Value, Generic[E_co], frozen=True):
    """An event as a listener gets it."""

    event_id: UUID
    at: datetime
    trace: str
    fact: E_co


E = TypeVar("E", bound=Event)


def says(heard: Heard[Event], kind: type[E]) -> TypeGuard[Heard[E]]:
    """Whether it is a fact of this class that was heard."""
    return isinstance(heard.fact, kind)


class Asked(NamedTuple):
    """A request that led to an event: its id and its trace, as `Heard` has them."""

    event_id: str
    trace: str


class Saying(Value, frozen=True):
    """An event about to be said, at the moment of its transaction: what it is, and what caused it."""

    event_id: UUID
    event: Event
    cause: str
    trace: str


def saying(event: Event, cause: str, trace: str) -> Saying:
    """Give an event its id and attributes."""
    return Saying(new_id(), event, cause, trace)


def key_of(event: Event) -> str:
    """The event's key as text; events of one key stay in order."""
    return str(getattr(event, event.KEY))


_encoder = msgspec.json.Encoder()


def encode(event: Event) -> bytes:
    """The event's body: JSON, UTF-8."""
    return _encoder.encode(event)


@cache
def classes() -> dict[str, type[Event]]:
    """Every event class that has been imported, by its type."""
    return {kind.TYPE: kind for kind in _descendants(Event) if hasattr(kind, "TYPE")}


def _descendants(kind: type[Event]) -> Iterator[type[Event]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


@cache
def decoder(kind: type[Event]) -> "msgspec.json.Decoder[Event]":
    """The decoder of one class; unknown fields are ignored, so that a newer publisher is understood."""
    return msgspec.json.Decoder(kind)


class UnreadableEvent(Exception):
    """A record whose body does not fit its type: a dead letter."""


@cache
def _ids_in(kind: type[Event]) -> tuple[str, ...]:
    """The fields of an event that hold an id, or may."""
    return tuple(field.name for field in structs.fields(kind) if field.type in (UUID, UUID | None))


def hear(record: Record, kind: type[Event]) -> Heard[Event]:
    """Decode one record; raises `UnreadableEvent`.

    Its ids become ours (see `shared.ids`) before anybody has seen it: every listener sends them to the database.
    """
    try:
        fact = decoder(kind).decode(record.body)
    except UNREADABLE_JSON as error:
        raise UnreadableEvent(f"{record.type} {record.event_id}: {error}") from error
    for name in _ids_in(kind):
        said = getattr(fact, name)
        if said is not None:
            structs.force_setattr(fact, name, id_of(said.bytes))
    return Heard(record.event_id, record.at, record.trace, fact)
