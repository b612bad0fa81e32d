"""Which rule a ticket is split by, and that its shares are its total whatever the portions are."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.settlement.split.rules import Account, Rule, Sale, Share, choose, closest_first, give_back, split
from shared.ids import new_id
from tests.world import MORNING

BRAND, SHOP, PARTNER, GUIDE, OWNER = new_id(), new_id(), new_id(), new_id(), new_id()
DAY = timedelta(days=1)


def rule(code: str, version: int = 1, **told: Any) -> Rule:
    usual = {
        "shop_id": None, "partner_id": None, "product_class": None, "platform_bp": 0, "royalty_bp": 0, "owner_bp": 0,
        "guide_bp": 0, "from_at": MORNING - DAY, "saved_at": MORNING - DAY,
    }  # fmt: skip
    return Rule(rule_code=code, version=version, **(usual | told))


def sale(**told: Any) -> Sale:
    usual = {
        "shop_id": SHOP, "partner_id": PARTNER, "owner_shop_id": None, "owner_partner_id": None, "guide_id": None,
        "brand_id": BRAND, "sold_at": MORNING, "said_at": MORNING,
    }  # fmt: skip
    return Sale(**(usual | told))


ALL = rule("all")
NEWER = rule("all", 2, from_at=MORNING - DAY / 2)
CLASS = rule("class", product_class="food")
PARTNERS = rule("partner", partner_id=PARTNER)
SHOPS = rule("shop", shop_id=SHOP)
TOMORROWS = rule("tomorrow", shop_id=SHOP, from_at=MORNING + DAY)
SAVED_LATER = rule("later", shop_id=SHOP, saved_at=MORNING + DAY)
ANOTHER_SHOPS = rule("another", shop_id=new_id())
ANOTHER_PARTNERS = rule("stranger", partner_id=new_id())
DRINKS = rule("drinks", product_class="drinks")


@pytest.mark.parametrize(
    ("rules", "chosen"),
    [
        ([ALL, NEWER], NEWER),
        ([NEWER, ALL, CLASS], CLASS),
        ([CLASS, PARTNERS, ALL], PARTNERS),
        ([PARTNERS, SHOPS, CLASS], SHOPS),
        ([TOMORROWS, SAVED_LATER, ANOTHER_SHOPS, ANOTHER_PARTNERS, DRINKS, ALL], ALL),
        ([TOMORROWS, SAVED_LATER, ANOTHER_SHOPS, ANOTHER_PARTNERS, DRINKS], None),
        ([rule("first"), rule("second")], rule("first")),
    ],
)
def test_the_rule_that_fits_most_closely_and_is_in_force_is_chosen(rules: list[Rule], chosen: Rule | None) -> None:
    assert choose(closest_first(rules), sale(), "food") == chosen


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 2500), min_size=4, max_size=4), st.booleans())
def test_shares_are_the_total_to_the_fen_and_what_all_give_back_leaves_nothing(
    total_fen: int, portions_bp: list[int], has_owner: bool
) -> None:
    names = ("platform_bp", "royalty_bp", "owner_bp", "guide_bp")
    ours = rule("all", **dict(zip(names, portions_bp, strict=True)))
    sold = sale(guide_id=GUIDE, owner_shop_id=OWNER if has_owner else None)
    shares = split(sold, total_fen, {None: total_fen}, [ours])
    assert sum(share.amount_fen for share in shares) == total_fen
    assert {share.rule for share in shares} <= {"all/1"}
    assert has_owner or Account.OWNER_SHOP not in {share.account for share in shares}
    if total_fen > 0:
        back = give_back(shares, 0, total_fen)
        assert back == [Share(one.account, one.party_id, one.rule, -one.amount_fen) for one in shares]
