"""Where a relay stands in a topic: as far as a reader comes that takes the records as they lie."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from shared.bus.kafka_records import Mirrored
from shared.bus.relay import dense_end
from shared.events.event import Record

LIFE, EARLIER_LIFE = UUID(int=2), UUID(int=1)
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def lying(*offs: int, life: UUID = LIFE) -> list[Mirrored]:
    """Records of the log at these offsets, in the order in which the topic has them."""
    records = [Record(0, off, UUID(int=off), "key", "type", AT, "cause", "trace", b"") for off in offs]
    return [Mirrored(place, life, record) for place, record in enumerate(records)]


@pytest.mark.parametrize(
    ("offs", "end"),
    [
        pytest.param((), 0, id="nothing"),
        pytest.param((0, 1, 2), 3, id="all in order"),
        pytest.param((0, 1, 0, 1, 2, 1), 3, id="repeats"),
        pytest.param((0, 1, 5, 6), 2, id="a hole"),
        pytest.param((0, 1, 5, 6, 2, 3), 4, id="a hole that is filled in part"),
        pytest.param((0, 1, 5, 6, 2, 3, 4), 5, id="filled, and what lay behind it is passed over"),
        pytest.param((3, 0, 1, 2, 3, 4), 5, id="filled, and what lay behind it came again"),
    ],
)
def test_where_the_beginning_is_in_sight_it_is_counted_from_there(offs: tuple[int, ...], end: int) -> None:
    assert dense_end(lying(*offs), LIFE, has_begin=True) == end


@pytest.mark.parametrize(
    ("offs", "end"),
    [
        pytest.param((7, 8, 9), 10, id="all in order"),
        pytest.param((7, 8, 12), 9, id="a hole"),
        pytest.param((7, 8, 12, 8, 9, 10, 11, 12), 13, id="filled, and what lay behind it came again"),
    ],
)
def test_where_it_is_not_the_oldest_in_sight_is_trusted(offs: tuple[int, ...], end: int) -> None:
    assert dense_end(lying(*offs), LIFE, has_begin=False) == end


def test_what_an_earlier_life_of_the_log_left_does_not_count() -> None:
    before = lying(0, 1, 2, life=EARLIER_LIFE)
    assert dense_end(before, LIFE, has_begin=False) == 0
    assert dense_end([*before, *lying(0, 1)], LIFE, has_begin=False) == 2
    assert dense_end([*before, *lying(4, 5)], LIFE, has_begin=False) == 0
