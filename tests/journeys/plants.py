"""Errors to be planted in a replay that went well, and the checks that must find them."""

from dataclasses import dataclass

from tests.checker import verdict
from tests.checker.standing import SERVICES
from tests.checker.verdict import Check


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

_VOID = "(select ticket_id from trade.ticket where kind = 'void' and till = '99' order by number limit 1)"
_EARLY = _VOID.replace("order by number", "order by number desc")
_VOIDED = f"(select original_id from trade.ticket where ticket_id = {_VOID})"

VOIDS = (
    Plant("a_void_that_bears_a_total_of_its_own",
        f"update trade.ticket set total_fen = -1111 where ticket_id = {_VOID}", (TICKETS, SALES)),
    Plant("a_void_before_its_ticket_that_never_took_effect",
        f"update trade.ticket set total_fen = 0 where ticket_id = {_EARLY}", (TICKETS, SALES)),
    Plant("goods_of_a_voided_ticket_that_are_still_gone", f"""
update inventory_sharing.stock set on_hand_milli = on_hand_milli - 3000
 where (shop_id, sku) = (select shop_id, skus[1] from inventory_sharing.stock_move where cause_id = {_VOID})""",
        (verdict.stock_is_right,)),
    Plant("points_of_a_voided_ticket_that_stayed",
        f"delete from member.points_entry where ticket_id = {_VOID}", (POINTS,)),
    Plant("a_void_that_was_not_split",
        f"delete from settlement.posting where ticket_id = {_VOID}", (verdict.splits_add_up,)),
    Plant("a_rebate_of_a_voided_ticket_that_stayed", f"""
update referral.ledger_entry set amount_fen = amount_fen - sign(amount_fen) where posting_id = (
  select posting_id from referral.ledger_entry join referral.reward using (reward_id)
   where ticket_id = {_VOIDED} and account = 'reversed' order by posting_id desc limit 1);
update referral.reward set state = 'accrued', accrued_fen = 1, reversed_fen = reversed_fen - 1
 where ticket_id = {_VOIDED}""", (REWARDS,)),
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

PLANTS = (*TRADE, *MEMBER, *STOCK, *CAMPAIGN, *COMMUNITY, *SETTLEMENT, *REFERRAL, *VOIDS, *DEAD)
