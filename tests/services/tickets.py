"""Facts as trade and directory say them, for the tests of those who listen."""

from datetime import date
from typing import Any
from uuid import UUID

from shared.events.directory import ShopSaved
from shared.events.trade import SoldLine, TicketPaid, TicketReturned
from shared.ids import new_id
from tests.world import MORNING, Chain


def shop_saved(chain: Chain, **facts: Any) -> ShopSaved:
    """A shop of head office in Hangzhou, unless told otherwise."""
    defaults: dict[str, Any] = {
        "shop_id": new_id(),
        "code": "HZ001",
        "area_id": None,
        "partner_id": None,
        "is_open": True,
        "version": 1,
    }
    return ShopSaved(
        brand_id=chain.brand_id,
        name="Lakeside",
        region_id=None,
        branch_id=None,
        zone="Asia/Shanghai",
        cutover_minutes=0,
        longitude_e6=120_150_000,
        latitude_e6=30_250_000,
        **(defaults | facts),
    )


def paid(chain: Chain, shop_id: UUID, total_fen: int, **facts: Any) -> TicketPaid:
    """A ticket of one line of milk, unless told otherwise."""
    lines = [SoldLine(sku="milk", quantity_milli=1000, net_fen=total_fen)]
    defaults: dict[str, Any] = {
        "ticket_id": new_id(),
        "till": "T1",
        "number": "1",
        "business_on": date(2026, 11, 24),
        "sold_at": MORNING,
        "member_id": None,
        "guide_id": None,
        "lines": lines,
        "coupons": [],
        "points": [],
        "flags": [],
    }
    return TicketPaid(brand_id=chain.brand_id, shop_id=shop_id, total_fen=total_fen, **(defaults | facts))


def returned(sale: TicketPaid, before_fen: int, after_fen: int, **facts: Any) -> TicketReturned:
    """A return that moves what came back of a sale from one amount to another."""
    back_fen = after_fen - before_fen
    defaults: dict[str, Any] = {
        "ticket_id": new_id(),
        "shop_id": sale.shop_id,
        "number": "2",
        "reason": "return",
        "lines": [SoldLine(sku="milk", quantity_milli=1000, net_fen=back_fen)],
        "whole_fen": sale.total_fen,
        "is_whole": after_fen == sale.total_fen,
    }
    return TicketReturned(
        brand_id=sale.brand_id,
        key=sale.ticket_id,
        till=sale.till,
        business_on=sale.business_on,
        sold_at=sale.sold_at,
        original_id=sale.ticket_id,
        original_shop_id=sale.shop_id,
        member_id=sale.member_id,
        guide_id=sale.guide_id,
        total_fen=back_fen,
        before_fen=before_fen,
        after_fen=after_fen,
        flags=[],
        **(defaults | facts),
    )
