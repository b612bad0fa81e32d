"""Online Retail becomes one ticket an invoice, with nothing repaired and no penny lost.

Counted in the whole file where it stands beside the checkout, else in the bundled invoices.
"""

import gzip
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.chain import build_chain
from deploy.demo.edge_invoices import ODDITIES
from deploy.demo.online_retail import (
    COLUMNS,
    Invoice,
    edge_shop,
    edge_skus,
    invoice_body,
    invoice_rows,
    is_goods,
    read_invoices,
)
from deploy.demo.source import BUNDLED, ONLINE_RETAIL, read_source
from tests.services.demo_figures import DATA

RECORDED = DATA / "online_retail_2010_2011.csv.gz"


@dataclass(frozen=True)
class Census:
    """What a file of invoices holds."""

    invoices: int
    lines: int
    kinds: dict[str, int]
    without_member: int
    total_fen: int


WHOLE = Census(25_900, 541_909, {"sale": 20_728, "return": 3_836, "write_off": 1_336}, 3_710, 974_774_793)
IN_THE_EXTRACT = Census(300, 10_017, {"sale": 247, "return": 39, "write_off": 14}, 65, 14_854_400)


def _census(invoices: list[Invoice]) -> Census:
    bodies: list[dict[str, Any]] = [invoice_body(invoice) for invoice in invoices]
    return Census(
        invoices=len({(body["business_on"], body["number"]) for body in bodies}),
        lines=sum(len(body["lines"]) for body in bodies),
        kinds=dict(Counter(body["kind"] for body in bodies)),
        without_member=sum("member" not in body for body in bodies),
        total_fen=sum(body["total_fen"] for body in bodies),
    )


@pytest.fixture(scope="module")
def invoices() -> dict[str, Invoice]:
    return {invoice.number: invoice for invoice in read_invoices()}


def _body(invoice: Invoice) -> dict[str, Any]:
    return invoice_body(invoice)


def _row(number: str, quantity: str, price: str, dated: str = "2010-12-01 08:26:00") -> list[str]:
    return [number, "85123A", "HOLDER", quantity, dated, price, "17850.0", "France"]


def _write(path: Path, rows: list[list[str]]) -> Path:
    text = "\n".join(",".join(row) for row in (COLUMNS, *rows))
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_every_invoice_is_one_ticket_with_all_its_lines_and_pennies() -> None:
    is_whole = RECORDED.exists()
    recorded = read_invoices(RECORDED) if is_whole else read_invoices()
    assert _census(recorded) == (WHOLE if is_whole else IN_THE_EXTRACT)


def test_the_bundled_invoices_are_counted_too() -> None:
    assert _census(read_invoices()) == IN_THE_EXTRACT


def test_each_oddity_is_bundled() -> None:
    rows: dict[str, list[list[str]]] = {}
    for row in invoice_rows(BUNDLED / ONLINE_RETAIL):
        rows.setdefault(row[0], []).append(row)
    found = {name: sum(is_odd(lines) for lines in rows.values()) for name, is_odd in ODDITIES.items()}
    assert found == {
        "adjustment": 3,
        "fraction of a penny": 4,
        "cancellation": 39,
        "write-off": 14,
        "price zero": 13,
        "no customer": 65,
        "line twice": 26,
        "two times": 12,
        "not goods": 64,
        "gift voucher": 13,
        "small letters": 14,
    }


def test_an_invoice_whose_lines_stand_apart_in_the_file_is_still_one_ticket(tmp_path: Path) -> None:
    rows = [_row(number, "6", "2.55") for number in ("1", "2", "1")]
    written = read_invoices(_write(tmp_path / ONLINE_RETAIL, rows))
    assert [(invoice.number, len(invoice.lines)) for invoice in written] == [("1", 2), ("2", 1)]


def test_every_ticket_adds_up(invoices: dict[str, Invoice]) -> None:
    for body in map(_body, invoices.values()):
        total_fen = sum(line["amount_fen"] for line in body["lines"])
        assert body["total_fen"] == total_fen == sum(tender["amount_fen"] for tender in body["tenders"])
        assert all(line["amount_fen"] == line["gross_fen"] for line in body["lines"])


def test_a_cancellation_is_a_return_without_original_in_negative_figures(invoices: dict[str, Invoice]) -> None:
    cancellations = [_body(invoice) for number, invoice in invoices.items() if number.startswith("C")]
    assert len(cancellations) == 39
    for body in cancellations:
        assert (body["kind"], "original" in body) == ("return", False)
        assert body["total_fen"] < 0
        assert all(line["quantity_milli"] < 0 for line in body["lines"])


def test_a_write_off_has_lines_below_zero_and_no_money(invoices: dict[str, Invoice]) -> None:
    write_offs = [body for body in map(_body, invoices.values()) if body["kind"] == "write_off"]
    assert len(write_offs) == 14
    for body in write_offs:
        assert (body["total_fen"], body["tenders"]) == (0, [])
        assert all(line["quantity_milli"] < 0 for line in body["lines"])


def test_an_invoice_with_goods_or_a_price_in_some_line_is_no_write_off(tmp_path: Path) -> None:
    rows = [
        *(_row("nothing", "-6", "0"), _row("nothing", "-2", "0.0")),
        *(_row("one sold", "-6", "0"), _row("one sold", "2", "0")),
        *(_row("one billed", "-6", "0"), _row("one billed", "-2", "2.55")),
        _row("a fraction of a penny", "-1", "0.001"),
    ]
    written = read_invoices(_write(tmp_path / ONLINE_RETAIL, rows))
    assert [invoice.number for invoice in written if invoice.kind == "write_off"] == ["nothing"]


def test_an_adjustment_of_bad_debt_keeps_its_negative_price(invoices: dict[str, Invoice]) -> None:
    totals = {number: _body(invoice)["total_fen"] for number, invoice in invoices.items() if number[0] == "A"}
    assert totals == {"A563185": 1_106_206, "A563186": -1_106_206, "A563187": -1_106_206}
    assert _body(invoices["A563186"])["kind"] == "sale"


def test_a_fraction_of_a_penny_is_rounded_half_to_even(tmp_path: Path) -> None:
    prices = ["0.001", "0.005", "0.015", "0.025", "-0.015"]
    rows = [_row("1", "1", price) for price in prices]
    (invoice,) = read_invoices(_write(tmp_path / ONLINE_RETAIL, rows))
    assert [line.gross_fen for line in invoice.lines] == [0, 0, 2, 2, -2]


def test_an_invoice_of_two_times_counts_as_sold_at_the_first(invoices: dict[str, Invoice]) -> None:
    times: dict[str, set[str]] = {}
    for row in invoice_rows(BUNDLED / ONLINE_RETAIL):
        times.setdefault(row[0], set()).add(row[4])
    twice = {number: sorted(dated) for number, dated in times.items() if len(dated) > 1}
    assert len(twice) == 12
    for number, dated in twice.items():
        assert _body(invoices[number])["sold_at"] == dated[0].replace(" ", "T") + "+08:00"


def test_the_first_time_counts_wherever_it_stands(tmp_path: Path) -> None:
    times = ("2010-12-01 08:27:00", "2010-12-01 08:26:00", "2010-12-01 08:28:00")
    (invoice,) = read_invoices(_write(tmp_path / ONLINE_RETAIL, [_row("1", "6", "2.55", dated) for dated in times]))
    assert _body(invoice)["sold_at"] == "2010-12-01T08:26:00+08:00"


def test_the_same_line_twice_stays_twice(invoices: dict[str, Invoice]) -> None:
    repeated = sum(len(invoice.lines) - len(set(invoice.lines)) for invoice in invoices.values())
    assert repeated == 64


def test_a_customer_is_a_card_number_without_its_decimal_point(invoices: dict[str, Invoice]) -> None:
    members = [body["member"] for body in map(_body, invoices.values()) if "member" in body]
    assert len(members) == 300 - IN_THE_EXTRACT.without_member
    assert all(member["kind"] == "card" and len(member["value"]) == 5 for member in members)
    assert all(member["value"].isdigit() for member in members)


def test_codes_are_sent_as_they_were_typed_and_the_catalogue_knows_them_in_capitals(
    invoices: dict[str, Invoice],
) -> None:
    sent = {line["sku"] for body in map(_body, invoices.values()) for line in body["lines"]}
    catalogue = edge_skus(list(invoices.values()))
    assert all(sku.code == sku.code.upper() and is_goods(sku.code) for sku in catalogue)
    odd = sent - {sku.code for sku in catalogue}
    assert {"POST", "M", "gift_0001_20"} < odd
    assert all(code.upper() != code for code in odd if is_goods(code))


def test_a_good_bears_the_first_description_that_is_not_empty(tmp_path: Path) -> None:
    lines = [("85123a", ""), ("85123A", " HOLDER "), ("85123a", "WRONGLY MARKED"), ("85123b", "")]
    rows = [["1", code, name, "1", "2010-12-01 08:26:00", "2.55", "", "France"] for code, name in lines]
    catalogue = edge_skus(read_invoices(_write(tmp_path / ONLINE_RETAIL, rows)))
    assert {sku.code: sku.name for sku in catalogue} == {"85123A": "HOLDER", "85123B": "85123B"}


def test_the_edge_shop_has_one_till_and_no_owner_but_head_office() -> None:
    shop = edge_shop(build_chain(read_source()).shops[0])
    assert (shop.code, shop.tills, shop.partner_code, shop.cutover_minutes) == ("EDGE", ("01",), None, 0)
