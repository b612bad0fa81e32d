"""The ledger's laws: whatever moves, lots add up to the balance, and returns in parts take back the whole."""

from datetime import UTC, date, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.member.earning.rules import Back, Effect, going_back
from services.member.points.rules import Account, EntryKind, Movement, post
from services.member.points_rule.rules import DEFAULT_RULE, PointsRule, earned_points, expires_on
from services.member.tier.rules import DEFAULT_TIERS, Tier, is_ladder, tier_of
from shared.events.trade import TicketReturned
from shared.ids import new_id

BRAND, MEMBER = new_id(), new_id()
DAYS = [date(2027, month, 1) for month in range(1, 6)]


def movement(points: int, day: date) -> Movement:
    return Movement(BRAND, MEMBER, EntryKind.EARN, points, day)


@given(st.lists(st.tuples(st.integers(-500, 500), st.sampled_from(DAYS)), max_size=40))
def test_lots_always_add_up_to_the_balance_or_to_nothing_in_debt(steps: list[tuple[int, date]]) -> None:
    account = Account(MEMBER, BRAND)
    owed = 0
    for points, day in steps:
        owed += post(account, movement(points, day))
        assert sum(account.lots.values()) == max(account.points, 0)
        assert min(account.lots.values(), default=0) >= 0
        assert owed == account.owed
        assert account.lots == account.lot_changes
    assert account.points == sum(points for points, _ in steps)


def test_what_goes_out_leaves_its_own_lot_first_and_then_the_oldest() -> None:
    account = Account(MEMBER, BRAND)
    for day in DAYS[:3]:
        post(account, movement(10, day))
    post(account, movement(-15, DAYS[1]))
    assert account.lots == {DAYS[0]: 5, DAYS[1]: 0, DAYS[2]: 10}


@given(
    st.integers(0, 10**6),
    st.integers(-(10**4), 10**4),
    st.integers(0, 10**4),
    st.lists(st.integers(0, 10**6), max_size=8),
)
def test_returns_in_parts_take_back_exactly_what_one_whole_return_does(
    whole_fen: int, points: int, growth: int, stops: list[int]
) -> None:
    kind = EntryKind.EARN if points >= 0 else EntryKind.SPEND
    effects = [Effect(BRAND, MEMBER, kind, points, growth)]
    fact = TicketReturned(
        brand_id=BRAND, key=new_id(), ticket_id=new_id(), shop_id=new_id(), till="T1", number="1",
        business_on=date(2026, 11, 24), sold_at=datetime(2026, 11, 24, tzinfo=UTC), reason="return",
        original_id=new_id(), original_shop_id=None, member_id=MEMBER, guide_id=None, total_fen=0, lines=[], flags=[],
    )  # fmt: skip
    marks = [0, *sorted(stop for stop in stops if stop <= whole_fen), whole_fen]
    moved = [
        one
        for before, after in pairwise(marks)
        for one in going_back(fact, effects, Back(whole_fen, before, after), DEFAULT_RULE)
    ]
    expected = (-points, -growth) if whole_fen else (0, 0)
    assert (sum(one.points for one in moved), sum(one.growth for one in moved)) == expected


@given(st.integers(-(10**9), 10**9))
def test_an_amount_and_its_negative_earn_the_same_with_the_sign_turned(paid_fen: int) -> None:
    rule = DEFAULT_RULE.rule
    points = earned_points(paid_fen, rule, DEFAULT_TIERS[0])
    assert points == -earned_points(-paid_fen, rule, DEFAULT_TIERS[0])
    assert points * 100 <= max(paid_fen, 0)
    assert abs(paid_fen) - abs(points) * 100 < 100


def test_points_live_to_the_end_of_the_month_in_which_their_days_end() -> None:
    rule = PointsRule()
    assert expires_on(date(2026, 11, 24), rule) == date(2027, 12, 1)
    assert expires_on(date(2026, 12, 3), rule) == date(2028, 1, 1)
    assert expires_on(date(9999, 12, 31), rule).year == 9901


def test_tiers_are_reached_at_their_growth_and_make_a_ladder() -> None:
    names = [tier_of(growth, DEFAULT_TIERS).name for growth in (-5, 0, 1_999, 2_000, 9_999, 10_000)]
    assert names == ["银卡", "银卡", "银卡", "金卡", "金卡", "黑金"]
    assert is_ladder(DEFAULT_TIERS)
    assert not is_ladder([Tier(name="a", growth=0), Tier(name="a", growth=5)])
