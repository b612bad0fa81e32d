"""What of a friend's ticket is goods: fees and postage earn nobody anything, discounts lower what goods cost."""

from typing import Any

import pytest

from services.referral.purchase.rules import back_of, sale_of
from shared.events.event import Asked
from shared.events.trade import SoldLine, SpentPoints, TicketAttributed, TicketPaid, TicketReturned
from shared.ids import new_id
from tests.world import MORNING

BRAND, FRIEND, TICKET = new_id(), new_id(), new_id()
NO_GOODS = {BRAND: {"postage", "voucher"}, new_id(): {"milk"}}
BECAUSE = Asked("cause", "")


def lines(**fen: int) -> list[SoldLine]:
    return [SoldLine(sku=sku, quantity_milli=1000, net_fen=net_fen) for sku, net_fen in fen.items()]


def paid(points_fen: int = 0, **fen: int) -> TicketPaid:
    points = [SpentPoints(points=points_fen, amount_fen=points_fen)] if points_fen else []
    return TicketPaid(
        brand_id=BRAND, ticket_id=TICKET, shop_id=new_id(), till="T1", number="1", business_on=MORNING.date(),
        sold_at=MORNING, member_id=FRIEND, guide_id=None, total_fen=sum(fen.values()), lines=lines(**fen), coupons=[],
        points=points, flags=[],
    )  # fmt: skip


def returned(total_fen: int, of: Any = TICKET, is_whole: bool = False, **fen: int) -> TicketReturned:
    return TicketReturned(
        brand_id=BRAND, key=TICKET, ticket_id=new_id(), shop_id=new_id(), till="T1", number="2",
        business_on=MORNING.date(), sold_at=MORNING, reason="return", original_id=of, original_shop_id=None,
        member_id=None, guide_id=None, total_fen=total_fen, lines=lines(**fen), whole_fen=11_000, is_whole=is_whole,
        flags=[],
    )  # fmt: skip


def attributed(returned_fen: int, returned_lines: list[SoldLine], **fen: int) -> TicketAttributed:
    return TicketAttributed(
        brand_id=BRAND, ticket_id=TICKET, shop_id=new_id(), business_on=MORNING.date(), sold_at=MORNING,
        member_id=FRIEND, total_fen=sum(fen.values()), returned_fen=returned_fen, coupons=[], points=[],
        lines=lines(**fen), returned_lines=returned_lines,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (paid(milk=10_000), (10_000, 10_000)),
        (paid(milk=10_000, postage=1_000), (10_000, 10_000)),
        (paid(milk=10_000, postage=1_000, voucher=-500), (9_500, 9_500)),
        (paid(postage=1_000), (0, 0)),
        (paid(milk=10_000, postage=1_000, points_fen=5_500), (10_000, 5_000)),
        (paid(milk=10_001, postage=1_000, points_fen=1), (10_001, 10_000)),
        (paid(milk=-10_000, postage=1_000), (-10_000, 0)),
        (paid(milk=-10_000, postage=11_000, points_fen=2_000), (-10_000, 0)),
    ],
)
def test_what_is_no_goods_is_no_part_of_a_sale(fact: TicketPaid, expected: tuple[int, int]) -> None:
    sale = sale_of(fact, BECAUSE, NO_GOODS)
    assert sale is not None
    assert (sale.whole_fen, sale.paid_fen) == expected


def test_a_ticket_of_nobody_is_no_friends_sale_and_a_return_of_no_known_ticket_takes_nothing_back() -> None:
    nobodys = TicketPaid(
        **{name: getattr(paid(milk=1), name) for name in TicketPaid.__struct_fields__} | {"member_id": None}
    )
    assert sale_of(nobodys, BECAUSE, NO_GOODS) is None
    assert back_of(returned(1_000, of=None, milk=1_000), "cause", NO_GOODS) is None


@pytest.mark.parametrize(
    ("fact", "back_fen"),
    [
        (returned(4_000, milk=4_000), 4_000),
        (returned(1_000, postage=1_000), 0),
        (returned(5_000, milk=4_000, postage=1_000), 4_000),
        (returned(4_500, milk=5_000, voucher=-500), 4_500),
        (returned(3_000), 3_000),  # a till that does not say what came back
        (returned(11_000, is_whole=True, milk=8_000, postage=3_000), 11_000),
    ],
)
def test_a_return_of_fees_takes_nothing_back_and_a_whole_one_everything(fact: TicketReturned, back_fen: int) -> None:
    back = back_of(fact, "cause", NO_GOODS)
    assert back is not None
    assert (back.ticket_id, back.back_fen) == (TICKET, back_fen)


@pytest.mark.parametrize(
    ("returned_fen", "returned_lines", "back_fen"),
    [
        (0, [], 0),
        (1_000, lines(postage=1_000), 0),
        (3_000, lines(milk=2_000, postage=1_000), 2_000),
        (11_000, lines(milk=1, postage=2_000), 11_000),
    ],
)
def test_a_ticket_that_is_hers_late_counts_its_goods_and_those_that_came_back(
    returned_fen: int, returned_lines: list[SoldLine], back_fen: int
) -> None:
    sale = sale_of(attributed(returned_fen, returned_lines, milk=10_000, postage=1_000), BECAUSE, NO_GOODS)
    assert sale is not None
    assert (sale.whole_fen, sale.back_fen) == (10_000, back_fen)
