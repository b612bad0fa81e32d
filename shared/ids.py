"""Ids: opaque, 128 bits, ordered by time, so that an index grows at its end."""

import hashlib
from datetime import datetime
from uuid import UUID

from uuid_utils import compat

_VERSION_8 = 0x8 << 76
_VARIANT = 0b10 << 62
_LOW_62 = (1 << 62) - 1
_HIGH_12 = 0xFFF << 64


def new_id() -> UUID:
    """A new id: UUID version 7 (RFC 9562), monotone within a process."""
    return compat.uuid7()


def derived_id(at: datetime, *parts: object) -> UUID:
    """The one id of whatever `parts` name; asked again, it is the same.

    UUID version 8 (RFC 9562): 48 bits of milliseconds of `at`, then 74 bits of SHA-256 over the parts. The
    effect of an event names itself this way, so that doing it twice is seen by the primary key.
    """
    text = "\x1f".join(str(part) for part in parts)
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    return UUID(int=milliseconds << 80 | _VERSION_8 | digest & _HIGH_12 | _VARIANT | digest & _LOW_62)
