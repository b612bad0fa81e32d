"""What a ticket, a return and a late attribution move on members' accounts."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from services.member.points.rules import Account, EntryKind, Movement, Remark
from services.member.points_rule.rules import RuleVersion, earned_growth, earned_points, expires_on
from services.member.tier.rules import tier_of
from shared.events.trade import SpentPoints, TicketAttributed, TicketPaid, TicketReturned
from shared.money import taken_back
from shared.values import Value

Sold = TicketPaid | TicketAttributed


class Effect(Value, frozen=True):
    """What a sale brought a member or took from her, as the ledger has it."""

    brand_id: UUID
    member_id: UUID
    kind: EntryKind
    points: int
    growth: int


class Back(NamedTuple):
    """How much of a sale has gone back: of the whole, before, and now."""

    whole_fen: int
    before_fen: int
    after_fen: int


def earning(fact: Sold, account: Account, holding: RuleVersion) -> Movement:
    """What a sale brings: for what was paid, not for what points paid."""
    paid_fen = fact.total_fen - sum(spent.amount_fen for spent in fact.points)
    tier = tier_of(account.growth, holding.rule.tiers)
    return Movement(
        brand_id=fact.brand_id,
        member_id=account.member_id,
        kind=EntryKind.EARN,
        points=earned_points(paid_fen, holding.rule, tier),
        growth=earned_growth(paid_fen, holding.rule),
        expires_on=expires_on(fact.business_on, holding.rule),
        ticket_id=fact.ticket_id,
        original_id=fact.ticket_id,
        amount_fen=paid_fen,
        rule_version=holding.version,
        tier=tier.name,
    )


def spending(fact: Sold, spent: SpentPoints, account: Account, holding: RuleVersion, remark: Remark) -> Movement:
    """What points pay; the ticket is a fact, so what lacks is owed."""
    return Movement(
        brand_id=fact.brand_id,
        member_id=account.member_id,
        kind=EntryKind.SPEND,
        points=-spent.points,
        expires_on=expires_on(fact.business_on, holding.rule),
        ticket_id=fact.ticket_id,
        original_id=fact.ticket_id,
        amount_fen=spent.amount_fen,
        rule_version=holding.version,
        tier=tier_of(account.growth, holding.rule.tiers).name,
        remark=remark,
    )


def going_back(
    fact: TicketReturned | TicketAttributed, effects: Sequence[Effect], back: Back, holding: RuleVersion
) -> Iterator[Movement]:
    """Each effect of a sale goes back in the proportion of what came back; parts never drift from the whole."""
    for effect in effects:
        is_earned = effect.kind is EntryKind.EARN
        points = taken_back(abs(effect.points), *back)
        yield Movement(
            brand_id=effect.brand_id,
            member_id=effect.member_id,
            kind=EntryKind.RETURN_EARN if is_earned else EntryKind.RETURN_SPEND,
            points=points if effect.points < 0 else -points,
            growth=-taken_back(effect.growth, *back),
            expires_on=expires_on(fact.business_on, holding.rule),
            ticket_id=fact.ticket_id,
            original_id=fact.original_id if isinstance(fact, TicketReturned) else fact.ticket_id,
            amount_fen=back.whole_fen,
            before_fen=back.before_fen,
            after_fen=back.after_fen,
            rule_version=holding.version,
        )


def going_back_alone(fact: TicketReturned, account: Account, holding: RuleVersion) -> Movement:
    """A return without a known sale counts by its own amount."""
    tier = tier_of(account.growth, holding.rule.tiers)
    return Movement(
        brand_id=fact.brand_id,
        member_id=account.member_id,
        kind=EntryKind.RETURN_EARN,
        points=earned_points(-fact.total_fen, holding.rule, tier),
        growth=earned_growth(-fact.total_fen, holding.rule),
        expires_on=expires_on(fact.business_on, holding.rule),
        ticket_id=fact.ticket_id,
        amount_fen=fact.total_fen,
        after_fen=fact.total_fen,
        rule_version=holding.version,
        tier=tier.name,
    )
