"""How often a caller may ask."""

from uuid import UUID

import pytest

from shared.errors import TooManyRequests
from shared.http.rate import RateLimit

ONE, OTHER = UUID(int=1), UUID(int=2)


class Watch:
    """A clock that a test moves."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_burst_is_taken_at_once_and_then_so_many_a_second() -> None:
    watch = Watch()
    limit = RateLimit(per_s=2, burst=3, clock=watch)
    for _ in range(3):
        limit.take(ONE)
    with pytest.raises(TooManyRequests) as refused:
        limit.take(ONE)
    assert refused.value.facts == {"retry_after_s": 1}
    limit.take(OTHER)
    watch.at = 0.5
    limit.take(ONE)
    with pytest.raises(TooManyRequests):
        limit.take(ONE)


def test_a_rest_fills_no_more_than_the_burst() -> None:
    watch = Watch()
    limit = RateLimit(per_s=2, burst=3, clock=watch)
    limit.take(ONE)
    watch.at = 1000.0
    for _ in range(3):
        limit.take(ONE)
    with pytest.raises(TooManyRequests):
        limit.take(ONE)
