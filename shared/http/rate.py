"""How often a caller may ask: a token bucket a caller, in this process alone.

It guards against trying out numbers, not against load; with several processes a caller gets so much from each.
"""

import math
import time
from collections.abc import Callable
from uuid import UUID

from shared.errors import TooManyRequests

MOST_CALLERS = 20_000


class RateLimit:
    """`per_s` each second, and `burst` at once after a rest."""

    def __init__(self, per_s: int, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._left: dict[UUID, tuple[float, float]] = {}  # what a caller has left, and when that was counted

    def take(self, caller_id: UUID) -> None:
        """Count one request; raises `TooManyRequests`, having counted nothing."""
        now = self._clock()
        left, counted_at = self._left.get(caller_id, (self._burst, now))
        left = min(left + (now - counted_at) * self._per_s, self._burst)
        if left < 1:
            raise TooManyRequests(retry_after_s=math.ceil((1 - left) / self._per_s))
        if len(self._left) >= MOST_CALLERS:
            self._forget_rested(now)
        self._left[caller_id] = (left - 1, now)

    def _forget_rested(self, now: float) -> None:
        """Whoever's bucket is full again needs no place; if nobody's is, all begin anew rather than grow."""
        full_after_s = self._burst / self._per_s
        kept = {caller: item for caller, item in self._left.items() if now - item[1] < full_after_s}
        self._left = kept if len(kept) < MOST_CALLERS else {}
