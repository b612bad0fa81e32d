"""Issuing coupons: to joiners, for rewards, by head office's list, to those who claim; never one too many."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from services.campaign.budget import queries as budget
from services.campaign.budget.rules import IN_ALL
from services.campaign.coupon import queries
from services.campaign.coupon.rules import (
    Coupon,
    EnoughForYou,
    Movement,
    NoneLeft,
    NotRunning,
    State,
    Step,
)
from services.campaign.offer import queries as offers
from services.campaign.offer.actions import offer_to_joiners
from services.campaign.offer.rules import Campaign, Purpose
from services.campaign.offer.rules import State as CampaignState
from services.campaign.registry import queries as registry
from shared.db import Tx
from shared.events.campaign import CouponIssued
from shared.events.community import MembershipJoined
from shared.events.event import Asked, Event, Heard
from shared.events.referral import RewardAccrued
from shared.ids import derived_id


class Grant(NamedTuple):
    """A coupon to be issued: to whom, the how many-eth, and what for."""

    person_id: UUID
    ordinal: int
    because: Heard[Event] | Asked
    amount_fen: int | None = None
    reward_id: UUID | None = None


class Claim(NamedTuple):
    """A shopper's wish for a coupon."""

    brand_id: UUID
    campaign_code: str
    person_id: UUID
    asked: Asked


async def issue(tx: Tx, campaign: Campaign, grants: Sequence[Grant]) -> list[Coupon]:
    """Issue as many as the budget allows, first come first served; what is left over is recorded."""
    taken = await budget.take(tx, campaign.campaign_id, len(grants), campaign.most_issued)
    validity = campaign.valid_for(tx.at)
    coupons = [_new(tx, campaign, grant, validity) for grant in grants[:taken]]
    new = await queries.insert(tx, coupons) if coupons else set()
    if len(new) < taken:
        await budget.take(tx, campaign.campaign_id, len(new) - taken, None)  # they had theirs: the room is given back
    issued = [(coupon, grant) for coupon, grant in zip(coupons, grants, strict=False) if coupon.coupon_id in new]
    await queries.tell(
        tx, [Movement(c.coupon_id, Step.ISSUE, None, None, None, c.amount_fen, c.cause) for c, _ in issued]
    )
    for coupon, grant in issued:
        tx.emit(_issued(coupon), because=grant.because)
    await queries.refuse(
        tx,
        [
            (campaign.brand_id, str(grant.because.event_id), campaign.purpose, grant.person_id, NoneLeft.code)
            for grant in grants[taken:]
        ],
    )
    if taken < len(grants) and campaign.purpose is Purpose.JOIN:
        await offer_to_joiners(tx, campaign, is_open=False)
    return [coupon for coupon, _ in issued]


async def issue_to_joiners(tx: Tx, heard: Sequence[Heard[MembershipJoined]]) -> None:
    """Whoever joins a group for the first time gets the join coupon, once in her life."""
    joined = [item for item in heard if item.fact.is_first]
    people = await registry.standing(tx, [(item.fact.brand_id, item.fact.person_id) for item in joined])
    first: dict[UUID, dict[UUID, Heard[MembershipJoined]]] = defaultdict(dict)
    for item in joined:
        first[item.fact.brand_id].setdefault(people[item.fact.person_id], item)
    running = await offers.started(tx, sorted(first), Purpose.JOIN) if first else {}
    for brand_id, campaign in sorted(running.items()):
        joiners = first[brand_id]
        had = await queries.have_joined(tx, brand_id, sorted(joiners))
        grants = [Grant(person_id, 1, item) for person_id, item in joiners.items() if person_id not in had]
        if grants:
            await issue(tx, campaign, grants)


async def issue_rewards(tx: Tx, heard: Sequence[Heard[RewardAccrued]]) -> None:
    """An inviter's reward that is a coupon is issued with the amount she earned."""
    coupons = [item for item in heard if item.fact.kind == "coupon"]
    people = await registry.standing(tx, [(item.fact.brand_id, item.fact.inviter_id) for item in coupons])
    rewards: dict[UUID, list[Heard[RewardAccrued]]] = defaultdict(list)
    for item in coupons:
        rewards[item.fact.brand_id].append(item)
    running = await offers.started(tx, sorted(rewards), Purpose.REWARD) if rewards else {}
    for brand_id, items in sorted(rewards.items()):
        campaign = running.get(brand_id)
        if campaign is None:
            refused = [
                (brand_id, str(item.event_id), Purpose.REWARD, item.fact.inviter_id, NotRunning.code) for item in items
            ]
            await queries.refuse(tx, refused)
            continue
        inviter_ids = {people[item.fact.inviter_id] for item in items}
        has = defaultdict(int, await queries.counts(tx, campaign.campaign_id, sorted(inviter_ids)))
        grants = []
        for item in items:
            inviter_id = people[item.fact.inviter_id]
            has[inviter_id] += 1
            grants.append(Grant(inviter_id, has[inviter_id], item, item.fact.amount_fen, item.fact.reward_id))
        await issue(tx, campaign, grants)


async def issue_by_list(
    tx: Tx, campaign: Campaign, person_ids: Sequence[UUID], ordinal: int, asked: Asked
) -> list[Coupon]:
    """Head office names who gets one; named again under the same ordinal, nobody gets another."""
    if campaign.state is not CampaignState.STARTED:
        raise NotRunning
    if ordinal > campaign.most_per_person:
        raise EnoughForYou(most=campaign.most_per_person)
    people = await registry.standing(tx, [(campaign.brand_id, person_id) for person_id in person_ids])
    named = dict.fromkeys(people[person_id] for person_id in person_ids)
    return await issue(tx, campaign, [Grant(person_id, ordinal, asked) for person_id in named])


async def claim(tx: Tx, claims: Sequence[Claim]) -> list[Coupon | Exception]:
    """Shoppers take a coupon each; those who come together share one transaction."""
    people = await registry.standing(tx, [(wish.brand_id, wish.person_id) for wish in claims])
    claims = [wish._replace(person_id=people[wish.person_id]) for wish in claims]
    answers: dict[int, Coupon | Exception] = {}
    together: dict[tuple[UUID, str], list[int]] = defaultdict(list)
    for index, wish in enumerate(claims):
        together[wish.brand_id, wish.campaign_code].append(index)
    for (brand_id, campaign_code), indexes in sorted(together.items()):
        campaign = await offers.read(tx, brand_id, campaign_code)
        if campaign is None or campaign.state is not CampaignState.STARTED or campaign.purpose is not Purpose.CLAIM:
            answers.update((index, NotRunning()) for index in indexes)
            continue
        answers.update(await _claim_of(tx, campaign, {index: claims[index] for index in indexes}))
    return [answers[index] for index in range(len(claims))]


async def _claim_of(tx: Tx, campaign: Campaign, wishes: dict[int, Claim]) -> dict[int, Coupon | Exception]:
    await budget.lock(tx, [(campaign.campaign_id, IN_ALL)])  # whoever claims from this campaign comes after us
    people = sorted({wish.person_id for wish in wishes.values()})
    has = defaultdict(int, await queries.counts(tx, campaign.campaign_id, people))
    answers: dict[int, Coupon | Exception] = {}
    grants: dict[int, Grant] = {}
    for index, wish in wishes.items():
        if has[wish.person_id] >= campaign.most_per_person:
            answers[index] = EnoughForYou(most=campaign.most_per_person)
            continue
        has[wish.person_id] += 1
        grants[index] = Grant(wish.person_id, has[wish.person_id], wish.asked)
    issued = {(c.person_id, c.ordinal): c for c in await issue(tx, campaign, list(grants.values()))} if grants else {}
    for index, grant in grants.items():
        answers[index] = issued.get((grant.person_id, grant.ordinal)) or NoneLeft()
    return answers


def _new(tx: Tx, campaign: Campaign, grant: Grant, validity: tuple[datetime, datetime]) -> Coupon:
    cause = str(grant.because.event_id)
    return Coupon(
        coupon_id=derived_id(tx.at, "coupon", campaign.campaign_id, grant.person_id, grant.ordinal, cause),
        brand_id=campaign.brand_id,
        campaign_id=campaign.campaign_id,
        person_id=grant.person_id,
        ordinal=grant.ordinal,
        purpose=campaign.purpose,
        state=State.ISSUED,
        amount_fen=grant.amount_fen,
        starts_at=validity[0],
        ends_at=validity[1],
        issued_at=tx.at,
        cause=cause,
        reward_id=grant.reward_id,
        hold_id=None,
        ticket_id=None,
        shop_id=None,
        taken_fen=None,
    )


def _issued(coupon: Coupon) -> CouponIssued:
    purposes: dict[Purpose, Literal["join", "reward", "list", "claim"]] = {
        Purpose.JOIN: "join",
        Purpose.REWARD: "reward",
        Purpose.LIST: "list",
        Purpose.CLAIM: "claim",
    }
    return CouponIssued(
        brand_id=coupon.brand_id,
        coupon_id=coupon.coupon_id,
        coupon_campaign_id=coupon.campaign_id,
        person_id=coupon.person_id,
        purpose=purposes[coupon.purpose],
        reward_id=coupon.reward_id,
        ends_at=coupon.ends_at,
    )
