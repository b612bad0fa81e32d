"""The event decoder, with drawn bytes: what can't be read is `UnreadableEvent`, what is valid comes back."""

import os
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as drawn

from deploy.suite.catalogue import events
from shared.events.event import Event, Heard, Record, UnreadableEvent, encode, hear
from shared.ids import new_id

CALM = settings(
    max_examples=int(os.environ.get("SIYU_FUZZ_EXAMPLES", "4")) * 10,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
KINDS = sorted(events().values(), key=lambda kind: kind.TYPE)
HOSTILE = (
    b"",
    b"\x00",
    b"null",
    b"[]",
    b"{}",
    b"\xff",
    b'"\xed\xa0\x80"',
    b'{"a": "\\ud800"}',
    b"[" * 200_000,
    b'{"a":' * 200_000,
    b'{"brand_id": ' + b"9" * 100_000 + b"}",
    b'{"brand_id": 1e999999}',
    b'{"brand_id": "00000000-0000-0000-0000-00000000000"}',
)

# Times are aware and UTC, whole numbers fit 64 bits: what our classes hold.
drawn.register_type_strategy(datetime, drawn.datetimes(timezones=drawn.just(UTC)))
drawn.register_type_strategy(int, drawn.integers(-(2**63), 2**63 - 1))

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.TYPE)


def said(kind: type[Event], body: bytes) -> Record:
    """A record as a log has it."""
    return Record(0, 0, new_id(), "key", kind.TYPE, datetime(2026, 11, 24, tzinfo=UTC), "", "", body)


def heard_or_unreadable(kind: type[Event], body: bytes) -> Heard[Event] | None:
    """What a reader gets; whatever else is raised fails the test."""
    try:
        return hear(said(kind, body), kind)
    except UnreadableEvent:
        return None


def valid(kind: type[Event]) -> drawn.SearchStrategy[Event]:
    """Any event of a kind."""
    fields = {field.name: drawn.from_type(field.type) for field in msgspec.structs.fields(kind)}
    return drawn.fixed_dictionaries(fields).map(lambda values: kind(**values))


@each_kind
def test_an_event_comes_back_as_it_was_said(kind: type[Event]) -> None:
    @CALM
    @given(valid(kind))
    def comes_back(event: Event) -> None:
        heard = hear(said(kind, encode(event)), kind)
        assert heard.fact == event

    comes_back()


@each_kind
def test_a_mutilated_event_is_read_or_unreadable(kind: type[Event]) -> None:
    @CALM
    @given(valid(kind), drawn.integers(0, 2000), drawn.integers(0, 2000), drawn.binary(max_size=20))
    def is_read_or_not(event: Event, begin: int, length: int, patch: bytes) -> None:
        body = encode(event)
        heard_or_unreadable(kind, body[: begin % (len(body) + 1)] + patch + body[begin % (len(body) + 1) + length :])

    is_read_or_not()


@each_kind
def test_any_bytes_are_read_or_unreadable(kind: type[Event]) -> None:
    @CALM
    @given(drawn.binary() | drawn.text().map(str.encode))
    def is_read_or_not(body: bytes) -> None:
        heard_or_unreadable(kind, body)

    is_read_or_not()
    for body in HOSTILE:
        assert heard_or_unreadable(kind, body) is None
