"""Time enters here and nowhere else.

`Clock.now()` is *business* time: what a rule is given as `at`. It is the system's clock, or, in a replay of
recorded tickets, the clock of the data. Deadlines of machinery (tokens, leases, time limits) never use it.
"""

import asyncio
import mmap
import struct
from collections.abc import Callable
from datetime import MINYEAR, UTC, datetime
from pathlib import Path

Clock = Callable[[], datetime]

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_MICROSECONDS = struct.Struct("<q")


def system_now() -> datetime:
    """The machine's time, aware, in UTC."""
    return datetime.now(UTC)


def steady_s() -> float:
    """Seconds by the event loop's clock, which never goes back: for the deadlines of machinery."""
    return asyncio.get_running_loop().time()


def in_utc(at: datetime) -> datetime:
    """The same moment in UTC: comparing it there costs a fiftieth of comparing it between zones.

    At the ends of the calendar, where UTC may have no such date, it is the first or the last that UTC has.
    """
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return _FIRST if at.year == MINYEAR else _LAST


class ReplayClock:
    """A clock that a replay moves and every process of the demo reads: eight mapped bytes in a file.

    The file holds microseconds since 1970 as a little-endian int64; zero means "not set: use the machine's time".
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_MICROSECONDS.pack(0))
        with path.open("r+b") as file:
            self._bytes = mmap.mmap(file.fileno(), _MICROSECONDS.size)

    def __call__(self) -> datetime:
        (microseconds,) = _MICROSECONDS.unpack_from(self._bytes)
        return datetime.fromtimestamp(microseconds / 1_000_000, UTC) if microseconds else system_now()

    def set(self, at: datetime) -> None:
        """Move the clock; it may not go back, for nothing in a shop does."""
        assert at.tzinfo is not None
        microseconds = int(at.timestamp() * 1_000_000)
        (before,) = _MICROSECONDS.unpack_from(self._bytes)
        _MICROSECONDS.pack_into(self._bytes, 0, max(before, microseconds))

    def close(self) -> None:
        """Let go of the file."""
        self._bytes.close()
