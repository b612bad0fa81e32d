"""A rebate never loses or makes a fen, and a chain of inviters never closes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.invitation.rules import Acceptance, InviterKind, Outcome, judge, leads_to
from services.referral.reward.rules import Account, Earners, Sale, State, accrue, mature, rebates, reverse, take_back
from services.referral.reward_rule.rules import RewardRule, RuleVersion, TooDeep, check
from shared.events.event import Asked
from shared.ids import new_id

AT = datetime(2026, 11, 24, tzinfo=UTC)
DAY = timedelta(days=1)
ANNA, BERTA, CLARA = new_id(), new_id(), new_id()


def sale(total_fen: int, sold_at: datetime = AT, back_fen: int = 0) -> Sale:
    return Sale(new_id(), ANNA, CLARA, sold_at, total_fen, total_fen, back_fen, Asked("cause", ""))


def acceptance(accepted_at: datetime = AT) -> Acceptance:
    return Acceptance(
        new_id(), ANNA, CLARA, "A" * 16, InviterKind.SHOPPER, BERTA, accepted_at, accepted_at + timedelta(days=30)
    )


@given(
    total_fen=st.integers(1, 10**9),
    rebate_bp=st.integers(1, 5_000),
    steps=st.lists(st.integers(0, 10**9), max_size=8),
    matures_after=st.integers(0, 8),
)
def test_returns_in_any_parts_around_maturity_take_back_what_one_whole_return_does(
    total_fen: int, rebate_bp: int, steps: list[int], matures_after: int
) -> None:
    holding = RuleVersion(1, RewardRule(rebate_bp=rebate_bp, most_rebate_fen=10**9))
    sold = sale(total_fen)
    for reward in rebates(sold, Earners((BERTA,), AT, AT), holding, AT):
        postings = [accrue(reward)]
        marks = [0, *sorted(min(step, total_fen) for step in steps), total_fen]
        for index, (before_fen, after_fen) in enumerate(pairwise(marks)):
            if index == matures_after and postings[-1].reward.state is State.ACCRUED:
                postings.append(mature(postings[-1].reward, "due"))
            postings.append(take_back(postings[-1].reward, after_fen - before_fen, "return"))
        sums = dict.fromkeys(Account, 0)
        for posting in postings:
            assert sum(fen for _, fen in posting.entries) == 0
            for account, fen in posting.entries:
                sums[account] += fen
        amount_fen = reward.amount_fen
        assert list(sums.values()) == [-amount_fen, 0, 0, amount_fen]
        assert postings[-1].reward.state is State.REVERSED


def test_what_comes_back_beyond_the_whole_or_after_all_was_reversed_moves_nothing() -> None:
    (reward,) = rebates(sale(10_000), Earners((BERTA,), AT, AT), RuleVersion(0, RewardRule()), AT)
    half, twice = take_back(reward, 5_000, "return"), take_back(reward, 20_000, "return")
    assert (half.reward.reversed_fen, twice.reward.reversed_fen) == (100, 200)
    for done in (twice, reverse(half.reward, "void")):
        later = take_back(done.reward, 5_000, "return")
        assert ({fen for _, fen in later.entries}, later.reward.reversed_fen) == ({0}, 200)


def test_goods_that_went_out_again_in_a_return_do_not_earn_anew() -> None:
    (reward,) = rebates(sale(10_000), Earners((BERTA,), AT, AT), RuleVersion(0, RewardRule()), AT)
    for back_fen, reversed_fen in ((5_000, 100), (-2_000, 100), (1_000, 100), (2_000, 120)):
        reward = take_back(reward, back_fen, "return").reward
        assert reward.reversed_fen == reversed_fen


@pytest.mark.parametrize(("days", "counts"), [(-1, False), (0, True), (89, True), (90, False)])
def test_a_purchase_counts_from_the_yes_to_the_end_of_the_buying_days(days: int, counts: bool) -> None:
    found = list(rebates(sale(10_000, AT + days * DAY), Earners((BERTA,), AT, AT), RuleVersion(0, RewardRule()), AT))
    assert bool(found) is counts


def test_a_ticket_below_zero_and_ones_own_purchase_earn_nothing() -> None:
    holding = RuleVersion(0, RewardRule())
    assert list(rebates(sale(-10_000), Earners((BERTA,), AT, AT), holding, AT)) == []
    assert list(rebates(sale(10_000), Earners((CLARA,), AT, AT), holding, AT)) == []


@pytest.mark.parametrize(
    ("days", "outcome"),
    [(-1, Outcome.KNOWN_BEFORE), (0, Outcome.ATTRIBUTED), (29, Outcome.ATTRIBUTED), (30, Outcome.LAPSED)],
)
def test_the_moments_of_yes_and_of_joining_decide_whose_invitee_she_is(days: int, outcome: Outcome) -> None:
    assert judge(acceptance(), AT + days * DAY) is outcome
    assert judge(acceptance(), None) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=40))
def test_a_chain_that_refuses_what_leads_back_never_closes(wanted: list[tuple[int, int]]) -> None:
    people = [UUID(int=number + 1) for number in range(10)]
    parents: dict[UUID, UUID] = {}
    for invitee, inviter in wanted:
        if people[invitee] not in parents and not leads_to(parents, people[inviter], people[invitee]):
            parents[people[invitee]] = people[inviter]
    for person in people:
        above, seen = parents.get(person), 0
        while above is not None:
            above, seen = parents.get(above), seen + 1
            assert seen <= len(people)


def test_three_levels_are_refused_and_two_are_not() -> None:
    check(RewardRule(depth=2))
    with pytest.raises(TooDeep):
        check(RewardRule(depth=3))
