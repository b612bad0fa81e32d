"""Decoding, once a process: every service in it that listens to the same log hears the same object.

Events are frozen; a listener that changed a list inside one would change it for its sisters.
"""

from shared.events.event import Event, Heard, Record, hear

_MOST_REMEMBERED = 4096


class Hearing:
    """Remembers the newest events of one source, decoded."""

    def __init__(self) -> None:
        self._heard: dict[int, Heard[Event]] = {}

    def hear(self, record: Record, kind: type[Event]) -> Heard[Event]:
        """Decode one record, or remember it; raises `UnreadableEvent`."""
        key = record.event_id.int
        heard = self._heard.get(key)
        if heard is None:
            heard = self._heard[key] = hear(record, kind)
            if len(self._heard) > _MOST_REMEMBERED:
                del self._heard[next(iter(self._heard))]
        return heard
