"""What a process has read of its database and need not read again: facts that never cease to be true.

That a SKU exists, say, for none is ever taken out; never what it is called, nor that it is still missing.
"""

from collections.abc import Hashable, Set

_MOST = 100_000


class Known:
    """Names found so far, by what they are names of; bounded: when there are too many, all are looked for anew."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._count = 0
        self._names: dict[Hashable, set[str]] = {}

    def beyond(self, of: Hashable, names: Set[str]) -> Set[str]:
        """Those of `names` that were not found so far."""
        return names - self._names.get(of, frozenset())

    def add(self, of: Hashable, names: Set[str]) -> None:
        """Remember that these were found, in a transaction that is over or whose reads were of committed rows."""
        new = self.beyond(of, names)
        if self._count + len(new) > self._most:
            self._names, self._count, new = {}, 0, names
        self._names.setdefault(of, set()).update(new)
        self._count += len(new)
