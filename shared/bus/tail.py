"""The end of a log as this process saw it last: readers that keep up read it from here, and ask the database once."""

from collections.abc import Sequence

from shared.events.event import Record

_KEPT = 512  # records of each partition


class Tail:
    """The newest records of each partition, dense and in order."""

    def __init__(self) -> None:
        self._records: dict[int, list[Record]] = {}

    def after(self, part: int, off: int, most: int) -> Sequence[Record]:
        """Records from `off` on, as far as they are here; none where they begin later or end before."""
        records = self._records.get(part)
        if not records or off < records[0].off:
            return ()
        begin = off - records[0].off
        return records[begin : begin + most]

    def end(self, part: int, off: int) -> int:
        """Where it has to be read on for who stands at `off`: at our end, or at `off` itself beyond it."""
        records = self._records.get(part)
        return max(off, records[-1].off + 1) if records else off

    def add(self, part: int, fresh: Sequence[Record]) -> None:
        """Remember what was read beyond our end; what does not go on just there takes the place of what was here."""
        records = self._records.setdefault(part, [])
        if not records or fresh[0].off != records[-1].off + 1:
            records.clear()
        records.extend(fresh)
        if len(records) > 2 * _KEPT:
            del records[:-_KEPT]

    def forget(self) -> None:
        """The log began a new life, perhaps: believe nothing."""
        self._records.clear()
