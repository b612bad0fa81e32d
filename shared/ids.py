"""Ids: opaque, 128 bits, ordered by time, so that an index grows at its end.

They are of the driver's class: a `UUID` like any other, but made in C, at a tenth of the cost of the standard
library's, and a ticket needs half a dozen.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import uuid_utils
from asyncpg.pgproto import pgproto

_VERSION_8 = 0x8 << 76
_VARIANT = 0b10 << 62
_LOW_62 = (1 << 62) - 1
_HIGH_12 = 0xFFF << 64


def new_id() -> UUID:
    """A new id: UUID version 7 (RFC 9562), monotone within a process."""
    return id_of(uuid_utils.uuid7().bytes)


def id_of(said: bytes | str) -> UUID:
    """The id that these 16 bytes, or this text, say; raises `ValueError`."""
    made: UUID = pgproto.UUID(said)
    return made


def derived_id(at: datetime, *parts: object) -> UUID:
    """The one id of whatever `parts` name; asked again, it is the same.

    UUID version 8 (RFC 9562): 48 bits of milliseconds of `at`, then 74 bits of SHA-256 over the parts. The
    effect of an event names itself this way, so that doing it twice is seen by the primary key.
    """
    *but_last, last = parts
    return derived_ids(at, *but_last)(last)


def derived_ids(at: datetime, *parts: object) -> Callable[[object], UUID]:
    """How `derived_id` names things that differ in their last part only; what they share is hashed once."""
    shared = hashlib.sha256("".join(f"{part}\x1f" for part in parts).encode())
    high = (int(at.timestamp() * 1000) & ((1 << 48) - 1)) << 80 | _VERSION_8 | _VARIANT

    def named(last: object) -> UUID:
        whole = shared.copy()
        whole.update(str(last).encode())
        digest = int.from_bytes(whole.digest()[:16], "big")
        return id_of((high | digest & _HIGH_12 | digest & _LOW_62).to_bytes(16, "big"))

    return named
