"""What the tests of member do again and again: join somebody, give her points, ask what she has."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx

from shared.events.trade import SpentPoints, TicketAttributed, TicketPaid, TicketReturned
from shared.ids import new_id
from tests.world import Chain

SMS = {"kind": "sms"}
TODAY = date(2026, 11, 24)


def paid(chain: Chain, member_id: UUID | None, total_fen: int, *spent: SpentPoints, **more: Any) -> TicketPaid:
    """A ticket."""
    facts: dict[str, Any] = {"ticket_id": new_id(), "business_on": TODAY} | more
    return TicketPaid(
        brand_id=chain.brand_id, shop_id=new_id(), till="T1", number="1", sold_at=datetime(2026, 11, 24, tzinfo=UTC),
        member_id=member_id, guide_id=None, total_fen=total_fen, lines=[], coupons=[], points=list(spent), flags=[],
        **facts,
    )  # fmt: skip


def returned(chain: Chain, ticket: TicketPaid, before_fen: int, after_fen: int) -> TicketReturned:
    """What came back of a ticket."""
    return TicketReturned(
        brand_id=chain.brand_id, key=ticket.ticket_id, ticket_id=new_id(), shop_id=ticket.shop_id, till="T1",
        number="2", business_on=TODAY, sold_at=ticket.sold_at, reason="return", original_id=ticket.ticket_id,
        original_shop_id=ticket.shop_id, member_id=ticket.member_id, guide_id=None, lines=[],
        total_fen=after_fen - before_fen, whole_fen=ticket.total_fen, before_fen=before_fen, after_fen=after_fen,
        is_whole=after_fen == ticket.total_fen, flags=[],
    )  # fmt: skip


def attributed(chain: Chain, ticket: TicketPaid, member_id: UUID, returned_fen: int = 0) -> TicketAttributed:
    """A ticket that turned out to be somebody's."""
    return TicketAttributed(
        brand_id=chain.brand_id, ticket_id=ticket.ticket_id, shop_id=ticket.shop_id, business_on=ticket.business_on,
        sold_at=ticket.sold_at, member_id=member_id, total_fen=ticket.total_fen, returned_fen=returned_fen,
        coupons=[], points=ticket.points,
    )  # fmt: skip


async def join(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    """Somebody joins; answers what she is told."""
    answer = await client.post("/member/v1/members", json=body)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def member_with(chain: Chain, points: int, card: str = "8800000001") -> UUID:
    """A member who has earned so many points."""
    member_id = UUID((await join(chain.till(new_id()), card=card))["member_id"])
    await chain.world.say(paid(chain, member_id, points * 100))
    await chain.world.settled()
    return member_id


async def points_of(chain: Chain, member_id: UUID) -> dict[str, Any]:
    """What she has."""
    answer = await chain.head_office().get(f"/member/v1/members/{member_id}/points")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def entries_of(chain: Chain, member_id: UUID) -> list[dict[str, Any]]:
    """How it came about, the oldest first."""
    answer = await chain.head_office().get(f"/member/v1/members/{member_id}/points/entries")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items[::-1]


async def assert_adds_up(chain: Chain) -> None:
    """Entries, balances, lots, holds and the brand's accounts agree."""
    told = (await chain.head_office().get("/member/v1/points/reconciliation")).json()
    assert (told["difference"], told["sum_of_all_accounts"], told["differing_members"]) == (0, 0, 0), told
