"""Money: whatever is split adds up, whatever comes back in parts comes back whole."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.money import allot, portion, taken_back

WEIGHTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=20).filter(any)


@given(st.integers(-(10**12), 10**12), WEIGHTS)
def test_an_allotment_adds_up_to_its_total(total_fen: int, weights: list[int]) -> None:
    assert sum(allot(total_fen, weights)) == total_fen


@given(st.integers(0, 10**12), WEIGHTS)
def test_no_share_is_a_whole_fen_away_from_its_exact_part(total_fen: int, weights: list[int]) -> None:
    for share, weight in zip(allot(total_fen, weights), weights, strict=True):
        assert abs(share * sum(weights) - total_fen * weight) < sum(weights)


def test_the_fen_that_is_left_goes_to_the_largest_remainder() -> None:
    assert allot(100, [1, 1, 1]) == [34, 33, 33]
    assert allot(10, [600, 333, 67]) == [6, 3, 1]
    assert allot(-100, [1, 1, 1]) == [-34, -33, -33]


def test_a_portion_is_rounded_towards_zero() -> None:
    assert (portion(9_999, 1_000), portion(-9_999, 1_000)) == (999, -999)


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.lists(st.integers(0, 10**6), max_size=10))
def test_parts_take_back_exactly_what_the_whole_brought(effect: int, whole: int, cuts: list[int]) -> None:
    steps = sorted({0, whole, *(cut % (whole + 1) for cut in cuts)})
    assert sum(taken_back(effect, whole, before, after) for before, after in pairwise(steps)) == effect
