"""The checker finds nothing in a replay that went well, and each kind of error that is planted in one.

A plant is made and taken back in a transaction of its own; exactly the checks that look at what it
spoils must speak up, and no other.
"""

import asyncio
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from tests.checker import standing as looking
from tests.checker import verdict
from tests.checker.rewards import RULE
from tests.checker.sent import Sent
from tests.checker.standing import SERVICES, Standing
from tests.checker.verdict import CHECKS, Check
from tests.journeys.small_replay import Ended, small_replay

pytestmark = pytest.mark.xdist_group("small_replay")  # one process plays it for all


@dataclass(frozen=True)
class Plant:
    """An error: the statements that make it, and the checks that must find it."""

    name: str
    sql: str
    found_by: tuple[Check, ...]


TICKETS, SALES = verdict.tickets_stand_once, verdict.sales_add_up
POINTS, LOTS = verdict.points_are_right, verdict.lots_are_the_balance
REWARDS, LEDGER, ISSUED = verdict.rewards_are_right, verdict.rewards_balance, verdict.reward_coupons_are_issued

TRADE = (
    Plant("a_lost_ticket", """
delete from trade.ticket where ticket_id = (select ticket_id from trade.ticket where total_fen > 0 limit 1)""",
        (TICKETS, SALES)),
    Plant("a_ticket_nobody_sent", """
insert into trade.ticket select (ticket).* from (
  select jsonb_populate_record(ticket, jsonb_build_object('ticket_id', gen_random_uuid())) as ticket
    from trade.ticket ticket limit 1) copy""", (TICKETS, SALES)),
    Plant("a_doubled_total", """
update trade.ticket set total_fen = total_fen * 2
 where ticket_id = (select ticket_id from trade.ticket where total_fen > 0 limit 1)""", (TICKETS, SALES)),
    Plant("sales_of_another_day", """
update trade.ticket set business_on = business_on + 1
 where ticket_id = (select ticket_id from trade.ticket where total_fen > 0 limit 1)""", (SALES,)),
    Plant("sales_of_another_shop", """
update trade.ticket set shop_id = (select max(shop_id::text)::uuid from trade.ticket)
 where ticket_id = (select ticket_id from trade.ticket order by shop_id limit 1)""", (SALES,)),
    Plant("a_ticket_that_was_never_given_to_its_member", """
update trade.ticket set member_id = null
 where ticket_id = (select ticket_id from trade.ticket where member_id is not null and kind = 'sale' limit 1)""",
        (verdict.tickets_are_their_members,)),
    Plant("a_return_of_another_member", """
update trade.ticket set member_id = gen_random_uuid()
 where ticket_id = (select ticket_id from trade.ticket where member_id is not null and kind = 'return' limit 1)""",
        (verdict.tickets_are_their_members,)),
    Plant("a_strangers_ticket_given_to_a_member", """
update trade.ticket set member_id = (select member_id from trade.ticket where member_id is not null limit 1)
 where ticket_id = (select ticket_id from trade.ticket where member_id is null limit 1)""",
        (verdict.tickets_are_their_members,)),
)  # fmt: skip

MEMBER = (
    Plant("a_point_too_many", """
update member.points_balance set points = points + 1
 where member_id = (select member_id from member.points_balance where points > 0 limit 1)""", (POINTS, LOTS)),
    Plant("another_growth_and_so_another_tier", """
update member.points_balance set growth = growth + 2000
 where member_id = (select member_id from member.points_balance limit 1)""", (verdict.points_are_right,)),
    Plant("a_points_entry_gone", """
delete from member.points_entry
 where entry_id = (select entry_id from member.points_entry where points > 0 limit 1)""", (verdict.points_are_right,)),
    Plant("points_of_another_member", """
update member.points_entry set member_id = (select max(member_id::text)::uuid from member.points_entry)
 where entry_id = (select entry_id from member.points_entry where points > 0 order by member_id limit 1)""",
        (verdict.points_are_right,)),
    Plant("a_lot_gone", """
delete from member.points_lot where ctid = (select ctid from member.points_lot limit 1)""", (LOTS,)),
    Plant("a_point_too_few_in_a_lot", """
update member.points_lot set points = points - 1
 where ctid = (select ctid from member.points_lot where points > 1 limit 1)""", (LOTS,)),
    Plant("a_lot_of_one_who_owes", """
insert into member.points_lot (member_id, expires_on, points)
select member_id, '2018-12-01', 1 from member.points_balance where points <= 0 limit 1""", (LOTS,)),
    Plant("points_that_live_too_long", """
update member.points_lot set expires_on = expires_on + interval '1 month'
 where ctid = (select ctid from member.points_lot limit 1)""", (LOTS,)),
    Plant("points_that_were_over_and_are_still_there", """
update member.points_lot set expires_on = '2017-11-01'
 where ctid = (select ctid from member.points_lot limit 1)""", (LOTS,)),
)  # fmt: skip

STOCK = (
    Plant("a_thousandth_on_a_shelf", """
update inventory_sharing.stock set on_hand_milli = on_hand_milli + 1
 where (shop_id, sku) = (select shop_id, sku from inventory_sharing.stock limit 1)""", (verdict.stock_is_right,)),
    Plant("a_shelf_gone", """
delete from inventory_sharing.stock
 where (shop_id, sku) = (select shop_id, sku from inventory_sharing.stock where on_hand_milli <> 0 limit 1)""",
        (verdict.stock_is_right,)),
)  # fmt: skip

CAMPAIGN = (
    # The tables refuse a second join coupon of one person, so their refusal goes first.
    Plant("a_second_join_coupon", """
drop index campaign.coupon_join_index;
insert into campaign.coupon select (coupon).* from (
  select jsonb_populate_record(coupon, jsonb_build_object('coupon_id', gen_random_uuid(), 'ordinal', 2)) as coupon
    from campaign.coupon coupon where purpose = 'join' and ticket_id is null limit 1) copy""",
        (verdict.joiners_have_one_coupon,)),
    Plant("a_join_coupon_gone", """
delete from campaign.coupon where coupon_id = (
  select coupon_id from campaign.coupon where purpose = 'join' and ticket_id is null limit 1)""",
        (verdict.joiners_have_one_coupon,)),
    Plant("a_coupon_redeemed_that_nobody_used", """
update campaign.coupon
   set state = 'redeemed', taken_fen = 1, ticket_id = (select ticket_id from trade.ticket limit 1)
 where coupon_id = (select coupon_id from campaign.coupon where ticket_id is null limit 1)""",
        (verdict.coupons_are_redeemed_once,)),
    Plant("a_redemption_off_by_a_fen", """
update campaign.coupon set taken_fen = taken_fen + 1
 where coupon_id = (select coupon_id from campaign.coupon where ticket_id is not null limit 1)""",
        (verdict.coupons_are_redeemed_once,)),
    Plant("a_redemption_forgotten", """
update campaign.coupon set state = 'issued', ticket_id = null, shop_id = null, taken_fen = null
 where coupon_id = (select coupon_id from campaign.coupon where ticket_id is not null limit 1)""",
        (verdict.coupons_are_redeemed_once,)),
    Plant("an_overrun_that_nobody_gave", """
insert into campaign.coupon_overrun
select ticket_id, gen_random_uuid(), brand_id, shop_id, null, 'unknown', 500, now() from trade.ticket limit 1""",
        (verdict.coupons_are_redeemed_once,)),
    Plant("a_redemption_by_another_ticket", """
update campaign.coupon set ticket_id = gen_random_uuid()
 where coupon_id = (select coupon_id from campaign.coupon where ticket_id is not null limit 1)""",
        (verdict.coupons_are_redeemed_once,)),
    Plant("a_redeemed_coupon_gone", """
delete from campaign.coupon where coupon_id = (
  select coupon_id from campaign.coupon where purpose <> 'join' and ticket_id is not null limit 1)""",
        (verdict.coupons_are_redeemed_once,)),
    Plant("a_reward_coupon_gone", """
delete from campaign.coupon where coupon_id = (select coupon_id from campaign.coupon where purpose = 'reward' limit 1)
""", (ISSUED,)),
    # The tables refuse a second coupon of one reward, so their refusal goes first.
    Plant("a_second_coupon_of_one_reward", """
drop index campaign.coupon_reward_id_index;
insert into campaign.coupon select (coupon).* from (
  select jsonb_populate_record(coupon, jsonb_build_object('coupon_id', gen_random_uuid(), 'ordinal', 2)) as coupon
    from campaign.coupon coupon where purpose = 'reward' limit 1) copy""", (ISSUED,)),
    Plant("a_reward_coupon_of_another_worth", """
update campaign.coupon set amount_fen = amount_fen + 1
 where coupon_id = (select coupon_id from campaign.coupon where purpose = 'reward' limit 1)""", (ISSUED,)),
    Plant("a_reward_coupon_of_another_person", """
update campaign.coupon set person_id = gen_random_uuid()
 where coupon_id = (select coupon_id from campaign.coupon where purpose = 'reward' limit 1)""", (ISSUED,)),
    Plant("a_reward_coupon_of_another_reward", """
update campaign.coupon set reward_id = gen_random_uuid()
 where coupon_id = (select coupon_id from campaign.coupon where purpose = 'reward' limit 1)""", (ISSUED,)),
)  # fmt: skip

COMMUNITY = (
    Plant("a_membership_gone", """
delete from community.membership
 where membership_id = (select membership_id from community.membership where left_at is null limit 1)""",
        (verdict.memberships_are_true,)),
    Plant("a_membership_that_ended_too_soon", """
update community.membership set left_at = joined_at
 where membership_id = (select membership_id from community.membership where left_at is null limit 1)""",
        (verdict.memberships_are_true,)),
    Plant("a_membership_that_is_none", """
insert into community.membership select (membership).* from (
  select jsonb_populate_record(membership, jsonb_build_object(
           'membership_id', gen_random_uuid(),
           'group_id', (select group_id from community.wecom_group other
                         where other.group_id <> membership.group_id limit 1))) as membership
    from community.membership membership where left_at is null limit 1) copy""", (verdict.memberships_are_true,)),
)  # fmt: skip

SETTLEMENT = (
    Plant("a_share_off_by_a_fen", """
update settlement.posting
   set amounts_fen[array_position(accounts, 'seller')] = amounts_fen[array_position(accounts, 'seller')] + 1
 where (ticket_id, kind) = (select ticket_id, kind from settlement.posting where 'royalty' = any(accounts) limit 1)""",
        (verdict.splits_add_up,)),
    # This one balances in itself: only what the till sent tells that it is wrong.
    Plant("a_ticket_split_a_fen_too_high", """
update settlement.posting
   set total_fen = total_fen + 1,
       amounts_fen[array_position(accounts, 'seller')] = amounts_fen[array_position(accounts, 'seller')] + 1,
       amounts_fen[array_position(accounts, 'takings')] = amounts_fen[array_position(accounts, 'takings')] - 1
 where (ticket_id, kind) = (select ticket_id, kind from settlement.posting where kind = 'paid' limit 1)""",
        (verdict.splits_add_up,)),
    Plant("a_ticket_split_twice", """
insert into settlement.posting select (posting).* from (
  select jsonb_populate_record(posting, '{"kind": "returned"}') as posting
    from settlement.posting posting where kind = 'paid' and total_fen = 0 limit 1) copy""", (verdict.splits_add_up,)),
    Plant("a_split_gone", """
delete from settlement.posting
 where (ticket_id, kind) = (select ticket_id, kind from settlement.posting where total_fen > 0 limit 1)""",
        (verdict.splits_add_up,)),
    Plant("an_account_off_by_a_fen", """
update settlement.account_day set amount_fen = amount_fen + 1
 where ctid = (select ctid from settlement.account_day limit 1)""", (verdict.splits_add_up,)),
    Plant("an_account_that_nobody_posted_to", """
insert into settlement.account_day select (day).* from (
  select jsonb_populate_record(day, jsonb_build_object('account', 'nobody', 'amount_fen', 1)) as day
    from settlement.account_day day limit 1) copy""", (verdict.splits_add_up,)),
)  # fmt: skip

_REWARD = """
insert into referral.ledger_entry (reward_id, posting_id, account, brand_id, amount_fen, cause, posted_at)
select gen_random_uuid(), md5('posting')::uuid, account, brand_id, amount_fen, 'planted', now()
  from (select brand_id from trade.ticket limit 1) ticket, (values {entries}) entry (account, amount_fen)
"""

_COUPON = "(select reward_id from referral.reward where kind = 'coupon' limit 1)"
_REBATE = "(select reward_id from referral.reward where state = '{state}' limit 1)"
_COPY = """
insert into referral.reward select (reward).* from (
  select jsonb_populate_record(reward, jsonb_build_object('reward_id', gen_random_uuid())) as reward
    from referral.reward reward where reward_id = {reward}) copy"""

_BROUGHT = (
    "(select ticket_id from trade.ticket where total_fen = 6000 and convert_from(body, 'UTF8') like '%DELIVERY%')"
)

REFERRAL = (
    Plant("half_a_posting_of_a_reward", _REWARD.format(entries="('accrued', 700)"), (LEDGER,)),
    Plant("a_posting_of_a_reward_off_by_a_fen", _REWARD.format(entries="('accrued', 700), ('promised', -699)"),
        (LEDGER,)),
    Plant("a_posting_of_no_reward", _REWARD.format(entries="('accrued', 700), ('promised', -700)"), (LEDGER,)),
    Plant("a_friend_of_another_inviter", """
update referral.attribution set inviter_id = gen_random_uuid()
 where invitee_id = (select invitee_id from referral.attribution limit 1)""", (REWARDS,)),
    Plant("a_friend_who_is_nobodys", """
update referral.attribution set voided_at = now(), voided_as = 'own'
 where invitee_id = (select invitee_id from referral.attribution limit 1)""", (REWARDS,)),
    Plant("a_coupon_reward_of_another_worth",
        f"update referral.reward set amount_fen = 301 where reward_id = {_COUPON}", (REWARDS,)),
    Plant("a_coupon_reward_gone", f"delete from referral.reward where reward_id = {_COUPON}", (REWARDS, ISSUED)),
    Plant("a_coupon_reward_twice", _COPY.format(reward=_COUPON), (REWARDS, ISSUED)),
    Plant("a_coupon_reward_capped_below_the_cap",
        f"update referral.reward set state = 'capped' where reward_id = {_COUPON}", (REWARDS, ISSUED)),
    Plant("a_rebate_of_another_inviter",
        "update referral.reward set inviter_id = gen_random_uuid() where state = 'accrued'", (REWARDS,)),
    # This one balances in itself: only what the friend paid tells that it is wrong.
    Plant("a_rebate_a_fen_too_high", """
update referral.reward set amount_fen = amount_fen + 1, accrued_fen = accrued_fen + 1
 where state = 'accrued' and reversed_fen = 0;
update referral.ledger_entry set amount_fen = amount_fen + sign(amount_fen)
 where reward_id in (select reward_id from referral.reward where state = 'accrued' and reversed_fen = 0)""",
        (REWARDS,)),
    # Six thousand fen, of them fifteen hundred for the delivery: they earned nothing, and took nothing back.
    Plant("a_rebate_on_a_fee", f"""
update referral.reward set amount_fen = amount_fen + 30, matured_fen = matured_fen + 30 where ticket_id = {_BROUGHT};
update referral.ledger_entry set amount_fen = amount_fen + 30 * sign(amount_fen)
 where reward_id = (select reward_id from referral.reward where ticket_id = {_BROUGHT})""", (REWARDS,)),
    Plant("a_rebate_that_went_back_with_a_fee", f"""
update referral.reward set reversed_fen = reversed_fen + 22, matured_fen = matured_fen - 22
 where ticket_id = {_BROUGHT};
insert into referral.ledger_entry (reward_id, posting_id, account, brand_id, amount_fen, cause, posted_at)
select reward_id, md5('posting')::uuid, account, brand_id, fen, 'planted', now()
  from referral.reward, (values ('matured', -22), ('reversed', 22)) entry (account, fen)
 where ticket_id = {_BROUGHT}""", (REWARDS,)),
    Plant("a_rebate_that_did_not_go_back_with_its_goods", """
update referral.reward set reversed_fen = reversed_fen - 1, matured_fen = matured_fen + 1
 where state = 'matured' and reversed_fen > 0;
update referral.ledger_entry set amount_fen = amount_fen - sign(amount_fen)
 where posting_id = (select posting_id from referral.ledger_entry where account = 'matured' and amount_fen < 0
                      limit 1)""", (REWARDS,)),
    Plant("a_rebate_gone", """
delete from referral.ledger_entry where reward_id in (select reward_id from referral.reward where state = 'accrued');
delete from referral.reward where state = 'accrued'""", (REWARDS,)),
    Plant("a_rebate_twice", "drop index referral.reward_ticket_id_level_index;"
        + _COPY.format(reward=_REBATE.format(state="reversed")), (REWARDS, LEDGER)),
    Plant("a_rebate_of_a_second_level", _COPY.replace("gen_random_uuid())", "gen_random_uuid(), 'level', 2)").format(
        reward=_REBATE.format(state="reversed")), (REWARDS, LEDGER)),
    Plant("a_rebate_that_matured_too_soon", """
update referral.ledger_entry set account = 'matured'
 where account = 'accrued' and reward_id in (select reward_id from referral.reward where state = 'accrued');
update referral.reward set state = 'matured', matured_fen = accrued_fen, accrued_fen = 0 where state = 'accrued'""",
        (REWARDS,)),
    Plant("a_rebate_that_the_sweep_forgot", """
delete from referral.ledger_entry where posting_id in (
  select posting_id from referral.ledger_entry join referral.reward using (reward_id)
   where account = 'matured' and state = 'matured' and reversed_fen = 0);
update referral.reward set state = 'accrued', accrued_fen = matured_fen, matured_fen = 0
 where state = 'matured' and reversed_fen = 0""", (REWARDS,)),
    Plant("a_rebate_that_is_kept_otherwise_than_posted",
        "update referral.reward set state = 'accrued', accrued_fen = matured_fen, matured_fen = 0"
        " where state = 'matured'", (REWARDS, LEDGER)),
)  # fmt: skip

_DEAD = """
insert into {service}.dead_letter
       (source, part, off, event_id, key, type, at, cause, trace, body, error, attempts, next_try_at)
values ('trade', 0, 0, gen_random_uuid(), 'key', 'trade.ticket.paid.v1', now(), '', '', '', 'planted', 1, now())
"""

DEAD = tuple(
    Plant(f"a_dead_letter_of_{service}", _DEAD.format(service=service), (verdict.nothing_is_dead,))
    for service in SERVICES
)

PLANTS = (*TRADE, *MEMBER, *STOCK, *CAMPAIGN, *COMMUNITY, *SETTLEMENT, *REFERRAL, *DEAD)


@pytest_asyncio.fixture(scope="module")
async def ended(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ended]:
    """One small replay, played to its end; the errors are planted in what it left."""
    folder: Path = await asyncio.to_thread(tmp_path_factory.mktemp, "small-replay")
    async with small_replay(folder) as ended:
        yield ended


async def test_a_replay_that_went_well_has_no_difference_and_holds_all_that_is_looked_at(ended: Ended) -> None:
    assert speaking(ended.sent, ended.standing) == {}
    standing, sold = ended.standing, ended.sent
    assert len(sold.tickets) > 300
    assert sold.scanned <= standing.joiners
    assert len(standing.memberships) == len(standing.truth) > 0
    assert sold.scanned
    assert {("join", "redeemed"), ("list", "redeemed")} <= {
        (one["purpose"], one["state"]) for one in standing.coupons.values()
    }
    assert {kind for _, kind in standing.splits} == {"paid", "returned"}
    assert {"platform", "royalty", "seller", "takings"} <= standing.accounts.keys()
    assert ended.played.refused == 0
    assert {"fulfilled", "accrued", "matured", "reversed"} == {one["state"] for one in standing.rewards}
    assert any(0 < one["reversed_fen"] < one["amount_fen"] for one in standing.rewards)
    assert standing.attributions
    assert standing.lots
    assert min(points for points, _ in standing.points.values()) < 0
    exchanges = {
        ticket_id for ticket_id, way in sold.postings if way == "paid" and (ticket_id, "returned") in sold.postings
    }
    assert len(exchanges) == 3


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
async def test_a_planted_error_is_found_by_the_checks_that_look_there(ended: Ended, plant: Plant) -> None:
    transaction = ended.connection.transaction()
    await transaction.start()
    try:
        await ended.connection.execute(plant.sql)
        planted = await looking.tables(ended.connection, ended.sent.brand_id)
    finally:
        await transaction.rollback()
    standing = replace(planted, truth=ended.standing.truth, joiners=ended.standing.joiners)
    found = speaking(ended.sent, standing)
    assert found.keys() == {check.__name__ for check in plant.found_by}
    assert all(found.values())


async def test_a_ticket_that_was_refused_is_a_difference(ended: Ended) -> None:
    sent = deepcopy(ended.sent)
    sent.refused.append("409 trade.ticket_differs")
    assert speaking(sent, ended.standing).keys() == {"nothing_was_refused"}


async def test_one_who_scanned_and_landed_in_no_group_is_a_difference(ended: Ended) -> None:
    sent = deepcopy(ended.sent)
    sent.scanned.add("wm-nobody")
    assert speaking(sent, ended.standing).keys() == {"joiners_have_one_coupon"}


async def test_a_door_that_says_something_else_than_the_tables_is_a_difference(ended: Ended) -> None:
    standing = deepcopy(ended.standing)
    standing.api_days = dict(standing.days)
    standing.api_points = dict(standing.points)
    standing.api_inviters = standing.inviters()
    standing.api_rule = dict(RULE)
    assert speaking(ended.sent, standing) == {}
    day, member = next(iter(standing.days)), next(iter(standing.points))
    standing.api_days[day] = (standing.days[day][0] + 1, standing.days[day][1])
    standing.api_points[member] = (standing.points[member][0], standing.points[member][1] - 1)
    coupons, left, back = standing.api_inviters.popitem()[1]
    standing.api_inviters[next(iter(standing.attributions.values()))] = (coupons + 1, left, back)
    standing.api_rule["rebate_bp"] += 1
    assert [len(found) for found in speaking(ended.sent, standing).values()] == [4]


async def test_every_check_has_been_seen_to_speak(ended: Ended) -> None:
    spoke = {check for plant in PLANTS for check in plant.found_by}
    spoke |= {verdict.nothing_was_refused, verdict.doors_say_the_same}
    assert spoke == set(CHECKS)


def speaking(sent: Sent, standing: Standing) -> dict[str, list[str]]:
    """The checks that find something, and what they find."""
    found = {check.__name__: check(sent, standing) for check in CHECKS}
    return {name: differences for name, differences in found.items() if differences}
