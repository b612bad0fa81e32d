"""Decoding, once a process: every service in it that listens to the same log hears the same object.

Events are frozen; a listener that changed a list inside one would change it for its sisters.
"""

from uuid import UUID

from shared.events.event import Event, Heard, Record, hear

_MOST_REMEMBERED = 4096  # at least half as many


class Hearing:
    """Remembers the newest events of one source, decoded."""

    def __init__(self, most: int = _MOST_REMEMBERED) -> None:
        self._most = most
        self._heard: dict[UUID, Heard[Event]] = {}
        self._heard_before: dict[UUID, Heard[Event]] = {}

    def hear(self, record: Record, kind: type[Event]) -> Heard[Event]:
        """Decode one record, or remember it; raises `UnreadableEvent`."""
        event_id = record.event_id
        heard = self._heard.get(event_id) or self._heard_before.get(event_id)
        if heard is None:
            if len(self._heard) >= self._most // 2:
                self._heard_before, self._heard = self._heard, {}
            heard = self._heard[event_id] = hear(record, kind)
        return heard
