"""What a coupon takes off a basket."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.campaign.offer.rules import Campaign, Kind, Purpose, State, discount
from shared.ids import new_id

PLAIN = Campaign(
    campaign_id=new_id(),
    brand_id=new_id(),
    campaign_code="c",
    kind=Kind.AMOUNT,
    purpose=Purpose.LIST,
    state=State.STARTED,
    amount_fen=None,
    percent_bp=None,
    cap_fen=None,
    threshold_fen=0,
    gift_sku=None,
    skus=(),
    starts_at=None,
    ends_at=datetime(2027, 1, 1, tzinfo=UTC),
    valid_days=None,
    most_issued=None,
    most_per_person=1,
    most_per_shop=None,
    most_discount_fen=None,
)


def campaign(kind: Kind, **content: Any) -> Campaign:
    return replace(PLAIN, kind=kind, **content)


@pytest.mark.parametrize(
    ("kind", "content", "expected_fen"),
    [
        (Kind.AMOUNT, {"amount_fen": 500}, 500),
        (Kind.AMOUNT, {"amount_fen": 5_000}, 2_000),
        (Kind.AMOUNT, {"amount_fen": 5_000, "skus": ("milk",)}, 300),
        (Kind.PERCENT, {"percent_bp": 1_000}, 200),
        (Kind.PERCENT, {"percent_bp": 5_000, "cap_fen": 600}, 600),
        (Kind.THRESHOLD, {"amount_fen": 500, "threshold_fen": 2_000}, 500),
        (Kind.THRESHOLD, {"amount_fen": 500, "threshold_fen": 2_001}, 0),
        (Kind.GIFT, {"gift_sku": "milk"}, 300),
        (Kind.GIFT, {"gift_sku": "caviar"}, 0),
    ],
)
def test_each_kind_takes_off_what_it_says(kind: Kind, content: dict[str, Any], expected_fen: int) -> None:
    assert discount(campaign(kind, **content), None, {"milk": 300, "bread": 1_700}, 2_000) == expected_fen


def test_a_coupons_own_amount_goes_before_its_campaigns() -> None:
    assert discount(campaign(Kind.AMOUNT, amount_fen=500), 300, {}, 2_000) == 300


@given(
    st.sampled_from(list(Kind)),
    st.integers(0, 10**6),
    st.integers(1, 10_000),
    st.integers(0, 10**6),
    st.dictionaries(st.sampled_from("abc"), st.integers(-(10**5), 10**5)),
    st.integers(-(10**5), 10**6),
)
def test_nothing_is_ever_taken_off_beyond_what_is_paid(
    kind: Kind, amount_fen: int, percent_bp: int, threshold_fen: int, basket_fen: dict[str, int], total_fen: int
) -> None:
    offer = campaign(kind, amount_fen=amount_fen, percent_bp=percent_bp, threshold_fen=threshold_fen, gift_sku="a")
    assert 0 <= discount(offer, None, basket_fen, total_fen) <= max(total_fen, 0)
