"""Where events are read from: one interface, two real implementations, one contract suite for both."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol
from uuid import UUID

from shared.events.event import Record

_FEWEST = 64


class Head(NamedTuple):
    """The end of one partition: the next offset, and which life of the log it is."""

    next: int
    incarnation: UUID


class Position(NamedTuple):
    """How far a reader is in one partition: in the log, and in its mirror where that is what it reads."""

    off: int
    mirror_off: int
    incarnation: UUID


class Fetched(NamedTuple):
    """Some records, dense and in order within each partition, and where a reader stands after them."""

    records: list[Record]
    after: dict[int, Position]


class Source(Protocol):
    """One service's log as its readers see it."""

    name: str

    async def open(self) -> None:
        """Connect; raises where the other end is away."""

    async def close(self) -> None:
        """Let go."""

    async def heads(self) -> Mapping[int, Head]:
        """The newest known end of every partition."""
        ...

    async def fetch(self, positions: Mapping[int, Position], most: int) -> Fetched:
        """About `most` records from these positions on; fewer, or none, where there are no more."""
        ...

    async def news(self, positions: Mapping[int, Position], within_s: float) -> bool:
        """Wait until something lies beyond these positions; False when the time ran out first."""
        ...


def share_of_one(most: int, partitions: int) -> int:
    """How many records one of so many partitions gives at once: twice its even share, for keys are never even."""
    return max(_FEWEST, 2 * most // partitions)


class SourceBehind(Exception):
    """A cursor stands ahead of its source, or the source began a new life: restored from a backup, perhaps.

    Going on would skip or double facts: the partition is held until a person decides.
    """


def check_life(name: str, heads: Mapping[int, Head], positions: Mapping[int, Position]) -> None:
    """Raise `SourceBehind` where a position can't belong to this life of the log."""
    for part, position in positions.items():
        head = heads[part]
        if head.incarnation != position.incarnation or head.next < position.off:
            raise SourceBehind(
                f"{name}/{part}: this reader stands at {position.off} of {position.incarnation}, "
                f"the log ends at {head.next} of {head.incarnation}"
            )
