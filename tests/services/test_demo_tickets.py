"""Each ticket made of the bundled baskets adds up, and together they are exactly the recorded money."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from deploy.demo import returns, voids
from deploy.demo.baskets import Basket, BasketLine, Unit, baskets
from deploy.demo.chain import Chain, build_chain
from deploy.demo.returns import return_of
from deploy.demo.source import CouponKey, Source, business_day, read_source
from deploy.demo.tickets import (
    CouponOff,
    MemberSign,
    ReturnTicket,
    SaleTicket,
    SignKind,
    VoidTicket,
    number_tickets,
    return_body,
    sale_body,
    sign_of,
    void_body,
)
from deploy.demo.voids import LATEST, void_of
from tests.services.demo_figures import FORTNIGHT

Ticket = SaleTicket | ReturnTicket | VoidTicket


@pytest.fixture(scope="module")
def source() -> Source:
    return read_source()


@pytest.fixture(scope="module")
def chain(source: Source) -> Chain:
    return build_chain(source)


@pytest.fixture(scope="module")
def sold(source: Source) -> list[Basket]:
    return list(baskets(source))


@pytest.fixture(scope="module")
def tickets(sold: list[Basket], chain: Chain) -> list[Ticket]:
    return list(number_tickets(sold, chain.shops))


def _body(ticket: Ticket) -> dict[str, Any]:
    match ticket:
        case SaleTicket():
            return sale_body(ticket)
        case ReturnTicket():
            return return_body(ticket)
        case VoidTicket():
            return void_body(ticket)


def _sum(parts: list[dict[str, Any]]) -> int:
    return sum(part["amount_fen"] for part in parts)


def _is_large_part(ticket: ReturnTicket) -> bool:
    return 4 * ticket.taken_back.amount_fen > ticket.taken_back.basket.amount_fen


def _assert_adds_up(body: dict[str, Any]) -> None:
    for line in body["lines"]:
        assert line["amount_fen"] == line["gross_fen"] - _sum(line["discounts"]), line
    total_fen = _sum(body["lines"]) - _sum(body["discounts"]) + body["rounding_fen"]
    assert body["total_fen"] == total_fen, body
    assert _sum(body["tenders"]) - body["change_fen"] == total_fen, body
    assert body["change_fen"] >= 0, body


def test_a_second_reading_gives_the_same_tickets(chain: Chain, tickets: list[Ticket]) -> None:
    assert list(number_tickets(baskets(read_source()), chain.shops)) == tickets


def test_each_basket_becomes_one_sale_of_the_same_money(tickets: list[Ticket]) -> None:
    sales = [_body(ticket) for ticket in tickets if isinstance(ticket, SaleTicket)]
    assert len(sales) == FORTNIGHT.baskets
    assert sum(len(sale["lines"]) for sale in sales) == FORTNIGHT.lines
    assert sum(sale["total_fen"] for sale in sales) == FORTNIGHT.sales_fen


def test_every_ticket_adds_up(tickets: list[Ticket]) -> None:
    for ticket in tickets:
        _assert_adds_up(_body(ticket))


def test_tickets_come_in_time_order_and_each_till_counts_its_day_from_one(
    tickets: list[Ticket],
) -> None:
    last_numbers: Counter[tuple[str, str, date]] = Counter()
    before = tickets[0].at
    for ticket in tickets:
        assert ticket.at >= before
        before = ticket.at
        till_day = (ticket.key.shop, ticket.key.till, ticket.key.business_on)
        last_numbers[till_day] += 1
        assert ticket.key.number == f"{last_numbers[till_day]:06d}"
        assert ticket.key.business_on == business_day(ticket.at)


def test_a_business_day_ends_at_four_in_the_morning() -> None:
    assert business_day(datetime.combine(date(2017, 11, 7), time(3, 59, 59))) == date(2017, 11, 6)
    assert business_day(datetime.combine(date(2017, 11, 7), time(4))) == date(2017, 11, 7)


def test_a_return_names_its_sale_and_takes_back_no_more_than_was_sold(
    tickets: list[Ticket],
) -> None:
    sales = {ticket.key: ticket for ticket in tickets if isinstance(ticket, SaleTicket)}
    back = [ticket for ticket in tickets if isinstance(ticket, ReturnTicket)]
    assert (len(back), sum(_body(ticket)["total_fen"] for ticket in back)) == (33, -10_161)
    for ticket in back:
        sale = sales[ticket.original]
        assert ticket.key.shop == sale.key.shop
        assert returns.SOONEST <= ticket.at - sale.at < returns.LATEST
        sold_lines = {line.sku: line for line in sale.basket.lines}
        for line in ticket.taken_back.lines:
            assert 0 < line.quantity_milli <= sold_lines[line.sku].quantity_milli
            assert 0 <= line.amount_fen <= sold_lines[line.sku].amount_fen


def test_of_each_figure_the_same_part_comes_back_rounded_down_and_in_its_days(
    sold: list[Basket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returns, "ONE_BASKET_IN", 1)
    baskets = [*sold, *map(_of_seven_pieces, sold[:100])]
    back = [returned for basket in baskets if (returned := return_of(basket))]
    assert len(back) > len(baskets) / 2
    for returned in back:
        assert returns.SOONEST <= returned.returned_at - returned.basket.sold_at < returns.LATEST
        sold_lines = {line.sku: line for line in returned.basket.lines}
        for line in returned.lines:
            whole = sold_lines[line.sku]
            for figure in ("gross_fen", "loyalty_fen", "coupon_fen", "coupon_match_fen"):
                part_fen, of_fen = getattr(line, figure), getattr(whole, figure)
                assert 0 <= of_fen * line.quantity_milli - part_fen * whole.quantity_milli < whole.quantity_milli


def _of_seven_pieces(basket: Basket) -> Basket:
    """The basket with one line, of seven pieces and of figures that seven does not divide."""
    line = BasketLine(basket.lines[0].sku, 7000, Unit.EACH, 1003, 101, 52, 33, 817)
    return replace(basket, lines=(line,))


def test_a_return_is_written_in_negative_figures(tickets: list[Ticket]) -> None:
    ticket = next(ticket for ticket in tickets if isinstance(ticket, ReturnTicket))
    body = _body(ticket)
    line = body["lines"][0]
    assert (body["kind"], body["original"]["number"]) == ("return", ticket.original.number)
    assert line["quantity_milli"] < 0
    assert line["gross_fen"] < 0
    assert body["tenders"][0]["amount_fen"] == body["total_fen"] < 0


def test_a_void_names_its_sale_at_the_same_till_and_takes_all_of_it_back(tickets: list[Ticket]) -> None:
    sales = {ticket.key: ticket for ticket in tickets if isinstance(ticket, SaleTicket)}
    voided = [ticket for ticket in tickets if isinstance(ticket, VoidTicket)]
    assert (len(voided), sum(ticket.voided.is_early for ticket in voided)) == (29, 7)
    for ticket in voided:
        sale = sales[ticket.original]
        assert (ticket.key.shop, ticket.key.till) == (sale.key.shop, sale.key.till)
        assert timedelta(0) < ticket.at - sale.at <= LATEST
        assert _body(ticket)["total_fen"] == -_body(sale)["total_fen"]


def test_a_basket_of_which_goods_come_back_is_not_voided(sold: list[Basket], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voids, "ONE_BASKET_IN", 1)
    assert [void_of(basket) is None for basket in sold] == [return_of(basket) is not None for basket in sold]


def test_a_void_gives_up_what_a_coupon_took_off_the_ticket(tickets: list[Ticket]) -> None:
    ticket = next(ticket for ticket in tickets if isinstance(ticket, VoidTicket))
    body: dict[str, Any] = void_body(ticket, MemberSign(SignKind.CARD, "SY0000000001"), 100)
    assert body["kind"] == "void"
    assert body["total_fen"] == 100 - ticket.voided.basket.amount_fen
    assert body["member"] == {"kind": "card", "value": "SY0000000001"}
    _assert_adds_up(body)


def test_each_redemption_is_a_line_of_the_coupon_with_the_whole_coupon_discount(
    sold: list[Basket], source: Source
) -> None:
    redeemed = 0
    for basket in sold:
        for redemption in basket.redemptions:
            line = basket.lines[redemption.line_index]
            coupon = CouponKey(redemption.coupon_upc, redemption.campaign_id)
            assert int(line.sku) in source.coupons[coupon]
            assert redemption.amount_fen == line.coupon_fen > 0
            assert basket.household_id in source.campaigns[redemption.campaign_id].household_ids
            redeemed += 1
        assert len({redemption.line_index for redemption in basket.redemptions}) == len(basket.redemptions)
    assert redeemed == 172


def test_an_issued_coupon_is_named_on_its_line(tickets: list[Ticket]) -> None:
    ticket, redemption = next(
        (ticket, redemption)
        for ticket in tickets
        if isinstance(ticket, SaleTicket)
        for redemption in ticket.basket.redemptions
        if ticket.basket.lines[redemption.line_index].coupon_match_fen
    )
    body: dict[str, Any] = sale_body(ticket, coupon_ids={redemption.line_index: "coupon-1"})
    named = {"kind": "coupon", "amount_fen": redemption.amount_fen, "coupon_id": "coupon-1"}
    assert named in body["lines"][redemption.line_index]["discounts"]
    assert str(body).count("coupon-1") == 1
    _assert_adds_up(body)


def test_a_coupon_on_the_ticket_lowers_the_total_and_a_return_gives_up_its_share(
    tickets: list[Ticket],
) -> None:
    back = next(ticket for ticket in tickets if isinstance(ticket, ReturnTicket) and _is_large_part(ticket))
    sale = next(ticket for ticket in tickets if isinstance(ticket, SaleTicket) and ticket.key == back.original)
    paid_fen = sale.basket.amount_fen
    sale_with: dict[str, Any] = sale_body(sale, coupons_off=[CouponOff("coupon-1", 100)])
    back_with: dict[str, Any] = return_body(back, coupons_off_fen=100)
    assert sale_with["total_fen"] == paid_fen - 100
    assert sale_with["discounts"] == [{"kind": "coupon", "amount_fen": 100, "coupon_id": "coupon-1"}]
    assert back_with["total_fen"] == 100 * back.taken_back.amount_fen // paid_fen - back.taken_back.amount_fen
    _assert_adds_up(sale_with)
    _assert_adds_up(back_with)


def test_a_ticket_bears_what_its_member_showed_or_no_member(tickets: list[Ticket], chain: Chain) -> None:
    ticket = next(ticket for ticket in tickets if isinstance(ticket, SaleTicket))
    her = chain.members[0]
    shown = [sign_of(her, basket_id) for basket_id in range(300)]
    by_mobile, by_card = MemberSign(SignKind.MOBILE, her.mobile), MemberSign(SignKind.CARD, her.card_number)
    assert Counter(shown) == {by_mobile: 210, by_card: 90}
    assert "member" not in sale_body(ticket)
    body = sale_body(ticket, MemberSign(SignKind.CARD, "SY0000000001"))
    assert body["member"] == {"kind": "card", "value": "SY0000000001"}
