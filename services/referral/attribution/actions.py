"""Friends join: whose invitees they are is decided, once; and undone where two persons turn out to be one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.referral.attribution import queries, rules
from services.referral.attribution.rules import Attribution
from services.referral.invitation import queries as invitations
from services.referral.invitation.rules import Acceptance, InviterKind, Outcome, judge
from services.referral.registry import queries as registry
from services.referral.registry.queries import Noted
from services.referral.reward import actions as rewards
from services.referral.reward import queries as reward_queries
from services.referral.reward.actions import Grant
from services.referral.reward_rule import queries as reward_rule
from shared.db import Tx
from shared.events.community import MembershipJoined
from shared.events.event import Asked, Event, Heard, says
from shared.events.member import MemberJoined, PersonFolded


async def take_members(tx: Tx, heard: Sequence[Heard[MemberJoined | PersonFolded]]) -> None:
    """Persons became members, or turned out to be one: fold first, for who joined is who she is in the end."""
    await registry.lock_brands(tx, {item.fact.brand_id for item in heard})
    folds = [item for item in heard if says(item, PersonFolded)]
    because = await _fold(tx, folds) if folds else {}
    joins = [item for item in heard if says(item, MemberJoined)]
    people = await registry.standing(tx, {item.fact.member_id for item in joins})
    noted = [Noted(people[item.fact.member_id], item.fact.brand_id, item.fact.joined_at) for item in joins]
    await registry.note(tx, noted)
    await _decide(tx, because | {people[item.fact.member_id]: _asked(item) for item in joins})


async def take_joiners(tx: Tx, heard: Sequence[Heard[MembershipJoined]]) -> None:
    """Persons joined groups."""
    await registry.lock_brands(tx, {item.fact.brand_id for item in heard})
    people = await registry.standing(tx, {item.fact.person_id for item in heard})
    noted = [Noted(people[item.fact.person_id], item.fact.brand_id, item.fact.joined_at) for item in heard]
    await registry.note(tx, noted)
    await _decide(tx, {people[item.fact.person_id]: _asked(item) for item in reversed(heard)})


async def _decide(tx: Tx, because: Mapping[UUID, Asked]) -> None:
    """Decide the open acceptances of these people, and void what an earlier fact, heard late, shows to be wrong."""
    people = sorted(because)
    became = await registry.became(tx, people)
    accepted = await invitations.lock_open(tx, people)
    decided = {person_id: judge(acceptance, became.get(person_id)) for person_id, acceptance in accepted.items()}
    outcomes = {person_id: outcome for person_id, outcome in decided.items() if outcome is not None}
    late = {
        person_id: Outcome.KNOWN_BEFORE
        for person_id, attribution in (await queries.standing(tx, people)).items()
        if became[person_id] < attribution.accepted_at
    }
    await _void(tx, late, because)
    if outcomes:
        await invitations.close(tx, {accepted[person_id].acceptance_id: outcomes[person_id] for person_id in outcomes})
        winners = [accepted[person_id] for person_id in outcomes if outcomes[person_id] is Outcome.ATTRIBUTED]
        new = await _attribute(tx, winners, became, because)
        await _accrue_waiting(tx, sorted(outcomes), new)


async def _attribute(
    tx: Tx, winners: Sequence[Acceptance], became: Mapping[UUID, datetime], because: Mapping[UUID, Asked]
) -> dict[UUID, Attribution]:
    """These friends are their inviters' invitees, those who joined first first; shoppers get their coupon."""
    holding = await reward_rule.current(tx, {acceptance.brand_id for acceptance in winners})
    known = await queries.standing(tx, {acceptance.inviter_id for acceptance in winners})
    fresh: list[Attribution] = []
    for acceptance in sorted(winners, key=lambda one: (became[one.invitee_id], one.invitee_id)):
        depth, cause = holding[acceptance.brand_id].rule.depth, str(because[acceptance.invitee_id].event_id)
        inviters_own = known.get(acceptance.inviter_id)
        fresh.append(rules.attribute(acceptance, became[acceptance.invitee_id], inviters_own, depth, cause))
        known[acceptance.invitee_id] = fresh[-1]
    written = await queries.insert(tx, fresh)
    new = {attribution.invitee_id: attribution for attribution in fresh if attribution.invitee_id in written}
    grants = [
        Grant(one.brand_id, one.inviter_id, one.invitee_id, one.attributed_at, because[one.invitee_id])
        for one in new.values()
        if one.inviter_kind is InviterKind.SHOPPER
    ]
    await rewards.grant_coupons(tx, grants, holding)
    return new


async def _accrue_waiting(tx: Tx, people: Sequence[UUID], new: Mapping[UUID, Attribution]) -> None:
    """What friends bought before it was decided whose invitees they are counts now, or never."""
    waited = await reward_queries.take_waiting(tx, people)
    earning = [(sale, new[sale.member_id].earners()) for sale in waited if sale.member_id in new]
    await rewards.accrue_rebates(tx, earning, await reward_rule.current(tx, {sale.brand_id for sale, _ in earning}))


async def _fold(tx: Tx, heard: Sequence[Heard[PersonFolded]]) -> dict[UUID, Asked]:
    """All that was the one's is the other's now; answers whose acceptances may be decided by that.

    Rewards go last: a ticket at work locks the acceptance or attribution by which it earns, and once we have
    written those, what it earned is there to be seen.
    """
    direct = {item.fact.from_id: item.fact.into_id for item in heard}
    folded = {from_id: rules.last(direct, from_id) for from_id in sorted(direct)}
    because = {folded[item.fact.from_id]: _asked(item) for item in heard}
    await registry.fold(tx, {item.fact.from_id: item.fact.brand_id for item in heard}, folded)
    second = dict.fromkeys(await queries.second(tx, folded), Outcome.SECOND)
    await _void(tx, second, because | {from_id: because[into_id] for from_id, into_id in folded.items()})
    await invitations.fold(tx, folded)
    await queries.fold(tx, folded)
    await reward_queries.fold(tx, folded)
    await _void_wrong(tx, because)
    return because


async def _void_wrong(tx: Tx, because: Mapping[UUID, Asked]) -> None:
    """Acceptances that lead to herself or in a circle, now that two persons are one, count no more."""
    touching = await invitations.touching(tx, sorted(because))
    parents = await invitations.above(tx, {one.inviter_id for one in touching})
    outcomes, causes = {}, {}
    for acceptance in sorted(touching, key=lambda one: one.accepted_at, reverse=True):
        outcome = rules.wrong_after_fold(acceptance, parents)
        if outcome is not None:
            outcomes[acceptance.invitee_id] = outcome
            causes[acceptance.invitee_id] = because.get(acceptance.invitee_id) or because[acceptance.inviter_id]
            parents.pop(acceptance.invitee_id, None)  # the youngest edge goes, and the circle with it
    await _void(tx, outcomes, causes)


async def _void(tx: Tx, outcomes: Mapping[UUID, Outcome], because: Mapping[UUID, Asked]) -> None:
    """These friends are nobody's invitees: the money they brought goes back; a coupon that is out stays out."""
    if not outcomes:
        return
    await queries.void(tx, outcomes)
    counting = await invitations.counting(tx, sorted(outcomes))
    await invitations.close(tx, {one.acceptance_id: outcomes[one.invitee_id] for one in counting.values()})
    await rewards.reverse_all(tx, {invitee_id: str(because[invitee_id].event_id) for invitee_id in outcomes})


def _asked(item: Heard[Event]) -> Asked:
    return Asked(str(item.event_id), item.trace)
