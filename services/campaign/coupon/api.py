"""Coupons over HTTP: shoppers claim and see theirs, tills see what may be used, anyone concerned asks why."""

from uuid import UUID

from services.campaign.coupon import actions, queries
from services.campaign.coupon.rules import STORY, State, Step
from services.campaign.coupon.schemas import CouponOut, ExplainOut, IssuedOut, IssueIn, MovementOut
from services.campaign.offer import queries as offers
from services.campaign.offer.schemas import Code
from shared.auth.caller import ALL_STAFF, HEAD_OFFICE, MANAGERS, SERVICE, SHOPPER, TILL, Kind, NotAllowed
from shared.db import Row
from shared.errors import NotFound
from shared.events.event import Asked
from shared.http import Answering, Doors, Reading, Spoken, Who
from shared.words import Language

doors = Doors("/campaign/v1", "coupon")


@doors.act("/coupon-campaigns/{code}:issue", who=HEAD_OFFICE, natural_key="campaign, person and ordinal")
async def issue_coupons(code: Code, body: IssueIn, tx: Answering, who: Who) -> IssuedOut:
    """Give coupons to people by name."""
    campaign = await offers.lock(tx, who.brand_id, code)
    if campaign is None:
        raise NotFound(what="campaign")
    coupons = await actions.issue_by_list(tx, campaign, body.person_ids, body.ordinal, Asked(tx.cause, tx.trace))
    return IssuedOut(coupons={coupon.person_id: coupon.coupon_id for coupon in coupons})


@doors.act("/coupon-campaigns/{code}:claim", who=SHOPPER)
async def claim_coupon(code: Code, tx: Answering, who: Who) -> CouponOut:
    """Take a coupon, as long as there are any."""
    (answer,) = await actions.claim(tx, [actions.Claim(who.brand_id, code, who.id, Asked(tx.cause, tx.trace))])
    if isinstance(answer, Exception):
        raise answer
    return CouponOut.of(answer)


@doors.read("/people/{person_id}/coupons", who=SHOPPER | TILL | ALL_STAFF | SERVICE)
async def list_coupons(person_id: UUID, tx: Reading, who: Who) -> list[CouponOut]:
    """A person's coupons; a till sees those that are good now."""
    if who.kind is Kind.SHOPPER and who.id != person_id:
        raise NotAllowed
    coupons = await queries.of_person(tx, who.brand_id, person_id)
    if who.kind is Kind.TILL:
        coupons = [coupon for coupon in coupons if coupon.state is State.ISSUED and coupon.is_good_at(tx.at)]
    return [CouponOut.of(coupon) for coupon in coupons]


@doors.read("/explain/{coupon_id}", who=MANAGERS | SHOPPER | SERVICE)
async def explain(coupon_id: UUID, tx: Reading, who: Who, language: Spoken) -> ExplainOut:
    """Why this coupon is here, and each step it took since."""
    coupon = await queries.read(tx, who.brand_id, coupon_id)
    if coupon is None or (who.kind is Kind.SHOPPER and coupon.person_id != who.id):
        raise NotFound(what="coupon")
    campaigns = await offers.by_ids(tx, [coupon.campaign_id])
    return ExplainOut(
        id=coupon_id,
        what="coupon",
        because=[coupon.cause],
        person_id=coupon.person_id,
        campaign=campaigns[coupon.campaign_id].campaign_code,
        purpose=coupon.purpose,
        reward_id=coupon.reward_id,
        issued_at=coupon.issued_at,
        state=coupon.state,
        story=[_movement(row, language) for row in await queries.story(tx, coupon_id)],
    )


def _movement(row: Row, language: Language) -> MovementOut:
    step = Step(row["step"])
    facts = {name: row[name] for name in ("cause", "note", "ticket_id", "discount_fen")}
    return MovementOut(**{**dict(row), "step": step, "words": STORY[step].say(language, **facts)})
