"""Rewards come and go: granted, accrued, taken back, matured, reversed; always as sets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.referral.reward import queries, rules
from services.referral.reward.rules import Back, Earners, Kind, Posting, Reward, Sale, State
from services.referral.reward_rule.rules import RuleVersion
from shared.db import Tx
from shared.events.campaign import CouponIssued
from shared.events.event import Asked, Heard
from shared.events.referral import RewardAccrued
from shared.ids import new_id


class Grant(NamedTuple):
    """A friend joined: her inviter gets a coupon, if the month has room."""

    brand_id: UUID
    inviter_id: UUID
    invitee_id: UUID
    joined_at: datetime
    because: Asked


async def grant_coupons(tx: Tx, grants: Sequence[Grant], holding: Mapping[UUID, RuleVersion]) -> None:
    """Accrue a coupon for each friend who joined; beyond the month's cap it is recorded and not rewarded."""
    if not grants:
        return
    given = dict(await queries.coupons(tx, {grant.inviter_id for grant in grants}))
    rewards = []
    for grant in grants:
        version = holding[grant.brand_id]
        month = (grant.inviter_id, rules.month_of(grant.joined_at))
        if not version.rule.coupon_fen:
            continue
        has_room = given.get(month, 0) < version.rule.most_coupons_a_month
        reward = _coupon(tx, grant, version, State.ACCRUED if has_room else State.CAPPED)
        rewards.append(reward)
        if has_room:
            given[month] = given.get(month, 0) + 1
            tx.emit(_accrued(reward), because=grant.because)
    await queries.insert(tx, rewards)


async def accrue_rebates(tx: Tx, sales: Sequence[tuple[Sale, Earners]], holding: Mapping[UUID, RuleVersion]) -> None:
    """Accrue what friends' purchases earn; what of them came back already is taken back at once."""
    if not sales:
        return
    accrued: list[Posting] = []
    current: list[Reward] = []
    for sale, earners in sales:
        for reward in rules.rebates(sale, earners, holding[sale.brand_id], tx.at):
            accrued.append(rules.accrue(reward))
            tx.emit(_accrued(reward), because=sale.because)
            accrued.append(rules.take_back(reward, sale.back_fen, reward.cause))
            current.append(accrued[-1].reward)
    assert rules.are_balanced(accrued)
    await queries.insert(tx, current)
    await queries.post(tx, accrued)


async def take_back(tx: Tx, backs: Sequence[Back]) -> None:
    """Goods came back: so does their share of what they earned.

    Waiting sales first: whoever takes one meanwhile makes us wait, and then its rebates are there to be seen.
    """
    if not backs:
        return
    back_fen: Counter[UUID] = Counter()
    for back in backs:
        back_fen[back.ticket_id] += back.back_fen
    await queries.back_waiting(tx, back_fen)
    by_ticket: dict[UUID | None, list[Reward]] = {}
    for reward in await queries.of_tickets(tx, back_fen):
        by_ticket.setdefault(reward.ticket_id, []).append(reward)
    postings: list[Posting] = []
    for back in backs:
        rewards = by_ticket.get(back.ticket_id, ())
        steps = [rules.take_back(reward, back.back_fen, back.cause) for reward in rewards]
        by_ticket[back.ticket_id] = [step.reward for step in steps]
        postings += steps
    await _write(tx, postings)


async def mark_fulfilled(tx: Tx, heard: Sequence[Heard[CouponIssued]]) -> None:
    """The coupon of a reward was issued."""
    issued = {item.fact.reward_id: item.fact.coupon_id for item in heard if item.fact.reward_id is not None}
    if issued:
        await queries.fulfil(tx, issued)


async def mature(tx: Tx, most: int) -> int:
    """Rebates whose return window is over may be paid out; answers how many."""
    due = await queries.due(tx, tx.at, most)
    await _write(tx, [rules.mature(reward, "return window over") for reward in due])
    return len(due)


async def reverse_all(tx: Tx, causes: Mapping[UUID, str]) -> None:
    """These friends were nobody's invitees after all: what they brought goes back, as far as it is money."""
    rewards = await queries.of_invitees(tx, causes)
    left = [reward for reward in rewards if reward.kind is Kind.CASH and reward.state is not State.REVERSED]
    await _write(tx, [rules.reverse(reward, causes[reward.invitee_id]) for reward in left])


async def _write(tx: Tx, postings: Sequence[Posting]) -> None:
    assert rules.are_balanced(postings)
    latest = {posting.reward.reward_id: posting.reward for posting in postings}
    await queries.save(tx, latest.values())
    await queries.post(tx, postings)


def _coupon(tx: Tx, grant: Grant, version: RuleVersion, state: State) -> Reward:
    return Reward(
        reward_id=new_id(),
        brand_id=grant.brand_id,
        kind=Kind.COUPON,
        level=1,
        inviter_id=grant.inviter_id,
        invitee_id=grant.invitee_id,
        ticket_id=None,
        whole_fen=0,
        back_fen=0,
        amount_fen=version.rule.coupon_fen,
        accrued_fen=0,
        matured_fen=0,
        reversed_fen=0,
        state=state,
        month_on=rules.month_of(grant.joined_at),
        accrued_at=tx.at,
        matures_at=None,
        coupon_id=None,
        rule_version=version.version,
        cause=str(grant.because.event_id),
    )


def _accrued(reward: Reward) -> RewardAccrued:
    return RewardAccrued(
        brand_id=reward.brand_id,
        reward_id=reward.reward_id,
        inviter_id=reward.inviter_id,
        invitee_id=reward.invitee_id,
        kind="coupon" if reward.kind is Kind.COUPON else "cash",
        amount_fen=reward.amount_fen,
        accrued_at=reward.accrued_at,
    )
