"""A listener: a function that takes a batch of what it hears and acts in the transaction it is given."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.db.database import Tx
from shared.events.event import Event, Heard

Take = Callable[[Tx, Sequence[Heard[Any]]], Awaitable[None]]


@dataclass(frozen=True)
class Listener:
    """What a service does on hearing events of these types; order is kept within the batch."""

    take: Take
    kinds: tuple[type[Event], ...]

    @property
    def source(self) -> str:
        """The service whose log says these events."""
        return self.kinds[0].TYPE.partition(".")[0]


def on(*kinds: type[Event]) -> Callable[[Take], Listener]:
    """Make a listener of a function. All kinds come from one service; one batch may mix them, in order.

    The function never refuses a fact: a business "no" is a recorded outcome. What it raises parks the event.
    """
    assert len({kind.TYPE.partition(".")[0] for kind in kinds}) == 1, "a listener hears one service"
    return lambda take: Listener(take, kinds)
