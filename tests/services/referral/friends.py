"""Inviters and friends, as they come through the public doors, and the facts that others say of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from shared.events.member import MemberJoined
from tests.world import Chain


def joined(chain: Chain, member_id: UUID, joined_at: datetime | None = None) -> MemberJoined:
    """She became a member, now unless told when."""
    return MemberJoined(brand_id=chain.brand_id, member_id=member_id, joined_at=joined_at or chain.world.clock.at)


async def heard(chain: Chain, *facts: Any) -> None:
    """Have facts said, and wait until all was taken in."""
    await chain.world.say(*facts)
    await chain.world.settled()


async def rule(chain: Chain, **content: Any) -> httpx.Response:
    """Head office saves the reward rule."""
    return await chain.head_office().put("/referral/v1/reward-rule", json=content)


async def invite(caller: httpx.AsyncClient, **content: Any) -> str:
    """The caller's code."""
    answer = await caller.post("/referral/v1/invitations", json=content)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["invitation_code"])


async def accept(chain: Chain, friend_id: UUID, invitation_code: str) -> httpx.Response:
    """A friend says yes."""
    return await chain.shopper(friend_id).post(f"/referral/v1/invitations/{invitation_code}:accept")


async def befriend(chain: Chain, inviter_id: UUID, friend_id: UUID) -> None:
    """A friend accepts a shopper's invitation, and does not join yet."""
    answer = await accept(chain, friend_id, await invite(chain.shopper(inviter_id)))
    assert answer.status_code == 200, answer.text


async def bring(chain: Chain, inviter_id: UUID, *friend_ids: UUID) -> None:
    """Friends accept and join."""
    for friend_id in friend_ids:
        await befriend(chain, inviter_id, friend_id)
    await heard(chain, *(joined(chain, friend_id) for friend_id in friend_ids))


async def standing(chain: Chain, inviter_id: UUID) -> dict[str, Any]:
    """What an inviter sees of herself."""
    answer = await chain.shopper(inviter_id).get(f"/referral/v1/inviters/{inviter_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def rewards(chain: Chain, inviter_id: UUID) -> list[dict[str, Any]]:
    """An inviter's rewards."""
    answer = await chain.shopper(inviter_id).get(f"/referral/v1/inviters/{inviter_id}/rewards")
    return list(answer.json()["items"])


async def must_balance(chain: Chain) -> None:
    """The ledger adds up."""
    answer = await chain.head_office().get("/referral/v1/reconciliation")
    assert answer.json() == {"unbalanced": [], "drifted": []}
