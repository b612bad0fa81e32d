"""What tests of coupons do again and again: start a campaign, issue, hold, use; and the sums that must agree."""

from typing import Any
from uuid import UUID

import httpx

from shared.events.referral import RewardAccrued
from shared.events.trade import TicketPaid, UsedCoupon
from shared.ids import new_id
from tests.services.people import folded, grouped
from tests.services.tickets import paid
from tests.world import Chain

AMOUNT = {"kind": "amount", "amount_fen": 500, "valid_days": 30}


async def start(chain: Chain, code: str = "c1", **content: Any) -> None:
    office = chain.head_office()
    path = f"/campaign/v1/coupon-campaigns/{code}"
    answer = await office.put(path, json={"purpose": "list"} | AMOUNT | content)
    assert answer.status_code == 200, answer.text
    assert (await office.post(f"{path}:start")).status_code == 200


async def counters(chain: Chain, code: str = "c1") -> dict[str, Any]:
    answer = await chain.head_office().get(f"/campaign/v1/coupon-campaigns/{code}")
    return dict(answer.json())


async def issue(chain: Chain, *person_ids: UUID, code: str = "c1", ordinal: int = 1) -> dict[str, str]:
    body = {"person_ids": [str(person_id) for person_id in person_ids], "ordinal": ordinal}
    answer = await chain.head_office().post(f"/campaign/v1/coupon-campaigns/{code}:issue", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["coupons"])


async def one(chain: Chain, person_id: UUID | None = None, code: str = "c1") -> UUID:
    person_id = person_id or new_id()
    return UUID((await issue(chain, person_id, code=code))[str(person_id)])


async def hold(till: httpx.AsyncClient, coupon_id: UUID, total_fen: int = 2_000, **more: Any) -> httpx.Response:
    body = {"hold_id": str(new_id()), "coupon_id": str(coupon_id), "total_fen": total_fen} | more
    return await till.post("/campaign/v1/coupons/holds", json=body)


def using(chain: Chain, shop_id: UUID, *uses: tuple[UUID, int], **facts: Any) -> TicketPaid:
    coupons = [UsedCoupon(coupon_id=coupon_id, discount_fen=fen) for coupon_id, fen in uses]
    return paid(chain, shop_id, 1_500, coupons=coupons, **facts)


async def join_coupons(chain: Chain, person_id: UUID) -> list[dict[str, Any]]:
    await chain.world.say(grouped(chain, person_id))
    await chain.world.settled()
    chain.world.clock.pass_by(seconds=1)
    return await coupons_of(chain, person_id)


async def coupons_of(chain: Chain, person_id: UUID) -> list[dict[str, Any]]:
    coupons = (await chain.shopper(person_id).get(f"/campaign/v1/people/{person_id}/coupons")).json()
    return sorted(coupons, key=lambda coupon: str(coupon["state"]))


async def fold(chain: Chain, from_id: UUID, into_id: UUID) -> None:
    await chain.world.say(folded(chain, from_id, into_id))
    await chain.world.settled()


async def must_agree(chain: Chain) -> None:
    await chain.world.settled()
    answer = await chain.head_office().get("/campaign/v1/reconciliation")
    assert answer.json() == {"differing": []}


def reward_of(chain: Chain, inviter_id: UUID) -> RewardAccrued:
    return RewardAccrued(
        brand_id=chain.brand_id, reward_id=new_id(), inviter_id=inviter_id, invitee_id=new_id(), kind="coupon",
        amount_fen=300, accrued_at=chain.world.clock.at,
    )  # fmt: skip
