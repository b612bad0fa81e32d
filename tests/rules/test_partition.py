"""Partitions of keys: many at once are those of each alone, whatever the keys are."""

from hypothesis import given
from hypothesis import strategies as st

from shared.ids import new_id
from shared.log.partition import murmur2, murmur2_of_many, partition_of, partitions_of


def test_ids_are_placed_together_where_each_alone_would_be() -> None:
    keys = [str(new_id()) for _ in range(500)]
    assert partitions_of(keys, 8) == [partition_of(key, 8) for key in keys]
    assert len(set(partitions_of(keys, 8))) == 8


@given(st.lists(st.text(), max_size=20), st.integers(1, 64))
def test_keys_of_any_length_are_placed_where_each_alone_would_be(keys: list[str], partitions: int) -> None:
    assert partitions_of(keys, partitions) == [partition_of(key, partitions) for key in keys]


@given(
    st.integers(0, 12).flatmap(lambda words: st.lists(st.binary(min_size=4 * words, max_size=4 * words), min_size=1))
)
def test_keys_as_long_as_each_other_mix_together_as_each_does_alone(keys: list[bytes]) -> None:
    assert murmur2_of_many(keys) == [murmur2(key) for key in keys]
