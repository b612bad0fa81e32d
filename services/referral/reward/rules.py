"""What an inviter earns, and how a rebate moves through the ledger.

A rebate stands on three accounts, accrued, matured and reversed; what it was promised from is their mirror, so the
entries of a posting are zero in sum and `amount = accrued + matured + reversed` holds at every moment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.referral.reward_rule.rules import RewardRule, RuleVersion
from shared.events.event import Asked
from shared.ids import derived_id
from shared.money import portion, taken_back
from shared.words import Words


class Kind(StrEnum):
    """What the reward is."""

    COUPON = "coupon"  # 优惠券: a friend joined
    CASH = "cash"  # 返现: a friend bought


class State(StrEnum):
    """Where a reward stands."""

    ACCRUED = "accrued"  # 已计提
    FULFILLED = "fulfilled"  # 券已发
    CAPPED = "capped"  # 超出月度上限, 仅记录
    MATURED = "matured"  # 已到期
    REVERSED = "reversed"  # 已冲回


class Account(StrEnum):
    """The accounts of the ledger."""

    PROMISED = "promised"  # 应付来源: the mirror of the other three
    ACCRUED = "accrued"
    MATURED = "matured"
    REVERSED = "reversed"


class Sale(NamedTuple):
    """What of a friend's ticket matters: its goods, what of them she paid in money, how much of them came back."""

    ticket_id: UUID
    brand_id: UUID
    member_id: UUID
    sold_at: datetime
    whole_fen: int
    paid_fen: int
    back_fen: int
    because: Asked


class Back(NamedTuple):
    """Goods of a ticket came back, for so many fen."""

    ticket_id: UUID
    back_fen: int
    cause: str


class Earners(NamedTuple):
    """Who earns by a friend's purchases, nearest first: her inviter, then that one's own if the rule goes so deep."""

    inviter_ids: tuple[UUID, ...]
    accepted_at: datetime
    attributed_at: datetime


@dataclass(frozen=True)
class Reward:
    """A reward as it stands."""

    reward_id: UUID
    brand_id: UUID
    kind: Kind
    level: int
    inviter_id: UUID
    invitee_id: UUID
    ticket_id: UUID | None
    whole_fen: int  # of the ticket's goods
    back_fen: int  # came back so far, in sum
    amount_fen: int
    accrued_fen: int
    matured_fen: int
    reversed_fen: int
    state: State
    month_on: date
    accrued_at: datetime
    matures_at: datetime | None
    coupon_id: UUID | None
    rule_version: int
    cause: str


class Posting(NamedTuple):
    """A movement of one reward: balanced entries, and what led to it."""

    reward: Reward
    entries: tuple[tuple[Account, int], ...]
    cause: str


STORY: dict[State, Words] = {
    State.ACCRUED: Words(
        "第 {level} 级奖励 {amount_fen} 分已计提，起因 {cause}。",
        "{amount_fen} fen accrued at level {level} because of {cause}.",
    ),
    State.FULFILLED: Words(
        "好友加入，{amount_fen} 分优惠券已发放，起因 {cause}。",
        "A friend joined: a coupon of {amount_fen} fen was issued because of {cause}.",
    ),
    State.CAPPED: Words(
        "好友加入，但超出当月上限，仅记录，起因 {cause}。",
        "A friend joined beyond the month's cap: recorded, not rewarded, because of {cause}.",
    ),
    State.MATURED: Words(
        "退货期已过，{matured_fen} 分到期；已冲回 {reversed_fen} 分，起因 {cause}。",
        "The return window is over: {matured_fen} fen matured, {reversed_fen} fen were taken back; because of {cause}.",
    ),
    State.REVERSED: Words("奖励已全部冲回，起因 {cause}。", "All of it was taken back; it came of {cause}."),
}


def month_of(at: datetime) -> date:
    """The month, by UTC, in which a cap counts."""
    return at.date().replace(day=1)


def is_within(sale: Sale, earners: Earners, rule: RewardRule) -> bool:
    """Whether a friend's purchase counts: from her yes on, for the ticket she joined with is often the first."""
    return earners.accepted_at <= sale.sold_at < earners.attributed_at + timedelta(days=rule.buying_days)


def rebates(sale: Sale, earners: Earners, holding: RuleVersion, at: datetime) -> Iterator[Reward]:
    """What a friend's purchase earns; points she paid with earn nothing, nor does a ticket below zero."""
    rule = holding.rule
    if not is_within(sale, earners, rule):
        return
    portions = zip(earners.inviter_ids, (rule.rebate_bp, rule.second_rebate_bp), strict=False)
    for level, (inviter_id, portion_bp) in enumerate(portions, start=1):
        amount_fen = min(portion(max(sale.paid_fen, 0), portion_bp), rule.most_rebate_fen)
        if amount_fen and inviter_id != sale.member_id:
            yield Reward(
                reward_id=derived_id(at, "rebate", sale.ticket_id, level),
                brand_id=sale.brand_id,
                kind=Kind.CASH,
                level=level,
                inviter_id=inviter_id,
                invitee_id=sale.member_id,
                ticket_id=sale.ticket_id,
                whole_fen=sale.whole_fen,
                back_fen=0,
                amount_fen=amount_fen,
                accrued_fen=amount_fen,
                matured_fen=0,
                reversed_fen=0,
                state=State.ACCRUED,
                month_on=month_of(at),
                accrued_at=at,
                matures_at=sale.sold_at + timedelta(days=rule.return_days),
                coupon_id=None,
                rule_version=holding.version,
                cause=str(sale.because.event_id),
            )


def accrue(reward: Reward) -> Posting:
    """A rebate is promised."""
    entries = ((Account.PROMISED, -reward.amount_fen), (Account.ACCRUED, reward.amount_fen))
    return Posting(reward, entries, reward.cause)


def mature(reward: Reward, cause: str) -> Posting:
    """The return window is over: what is left may be paid out."""
    fen = reward.accrued_fen
    moved = replace(reward, accrued_fen=0, matured_fen=reward.matured_fen + fen, state=State.MATURED)
    return Posting(moved, ((Account.ACCRUED, -fen), (Account.MATURED, fen)), cause)


def take_back(reward: Reward, back_fen: int, cause: str) -> Posting:
    """Goods came back: the rebate's share goes with them, in ten parts exactly as in one.

    What must have gone back by now is computed anew, and what lacks is posted; what went back stays there.
    """
    after_fen = reward.back_fen + back_fen
    due_fen = taken_back(reward.amount_fen, reward.whole_fen, 0, min(max(after_fen, 0), reward.whole_fen))
    return _reverse(replace(reward, back_fen=after_fen), max(due_fen - reward.reversed_fen, 0), cause)


def reverse(reward: Reward, cause: str) -> Posting:
    """The attribution was void: all that is left goes back, and no later return takes anything more."""
    left_fen = reward.accrued_fen + reward.matured_fen
    return _reverse(reward, left_fen, cause)


def _reverse(reward: Reward, fen: int, cause: str) -> Posting:
    source = Account.ACCRUED if reward.state is State.ACCRUED else Account.MATURED
    accrued_fen = reward.accrued_fen - (fen if source is Account.ACCRUED else 0)
    matured_fen = reward.matured_fen - (fen if source is Account.MATURED else 0)
    assert min(accrued_fen, matured_fen) >= 0, "no more goes back than was promised"
    moved = replace(
        reward,
        accrued_fen=accrued_fen,
        matured_fen=matured_fen,
        reversed_fen=reward.reversed_fen + fen,
        state=reward.state if accrued_fen + matured_fen else State.REVERSED,
    )
    return Posting(moved, ((source, -fen), (Account.REVERSED, fen)), cause)


def are_balanced(postings: Sequence[Posting]) -> bool:
    """Whether each posting is zero in sum and each reward's accounts are its amount."""
    return all(
        sum(fen for _, fen in posting.entries) == 0
        and posting.reward.amount_fen
        == posting.reward.accrued_fen + posting.reward.matured_fen + posting.reward.reversed_fen
        for posting in postings
    )
