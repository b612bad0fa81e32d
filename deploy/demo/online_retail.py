"""Online Retail as the tickets of one edge shop: every invoice is one body, as a sloppy till sends it.

The data of a mail-order house has what a service must survive: returns without original (numbers that begin
with C), adjustments of bad debt (A) with negative prices, lines of price 0 and codes that are no goods, no
customer, the same line twice, the same customer twice in a minute. Nothing is repaired here: the service
decides. Taken over as follows:

- One penny is one fen; a line's gross is quantity times price, its fractions of a penny rounded half to even.
- An invoice of one time is sold then; of the 43 with two times the first counts. Local times are the shop's.
- The invoice number is the ticket's number; the customer's number is a card number.
- C invoices are returns; an invoice whose lines all have a quantity below 1 and price 0 is a write-off.
- The till bills everything as paid by card, also what is negative.
"""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from pathlib import Path
from sys import intern

from deploy.demo.baskets import Unit
from deploy.demo.chain import Shop, Sku
from deploy.demo.source import BUNDLED, ONLINE_RETAIL, SHOP_ZONE
from deploy.demo.tickets import Body

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
EDGE_SHOP_CODE = "EDGE"
EDGE_TILL_CODE = "01"
GOODS_DIGITS = 5


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line; `gross_fen` is quantity times price in whole pennies."""

    stock_code: str
    description: str
    quantity: int
    unit_price: Decimal
    gross_fen: int


@dataclass(slots=True)
class Invoice:
    """All lines of one invoice number; they need not stand together in the file."""

    number: str
    sold_at: datetime
    customer: str
    lines: list[InvoiceLine]

    @property
    def kind(self) -> str:
        """What a till would call it."""
        if self.number.startswith("C"):
            return "return"
        if all(line.quantity <= 0 and line.unit_price == 0 for line in self.lines):
            return "write_off"
        return "sale"


def read_invoices(path: Path = BUNDLED / ONLINE_RETAIL) -> list[Invoice]:
    """Every invoice, in the order in which the file first names it."""
    invoices: dict[str, Invoice] = {}
    for row in invoice_rows(path):
        number, stock_code, description, quantity, dated, unit_price, customer, _ = row
        sold_at = datetime.fromisoformat(dated).replace(tzinfo=SHOP_ZONE)
        if number not in invoices:
            invoices[number] = Invoice(number, sold_at, customer.removesuffix(".0"), [])
        invoices[number].sold_at = min(invoices[number].sold_at, sold_at)
        invoices[number].lines.append(_line(stock_code, description, int(quantity), _pounds(unit_price)))
    return list(invoices.values())


def invoice_rows(path: Path) -> Iterator[list[str]]:
    """The rows of an Online Retail file as they stand, without the column names."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        assert tuple(next(rows)) == COLUMNS
        yield from rows


def invoice_body(invoice: Invoice) -> Body:
    """The body to post for an invoice at the till of the edge shop."""
    total_fen = sum(line.gross_fen for line in invoice.lines)
    body: Body = {
        "business_on": invoice.sold_at.date().isoformat(),
        "number": invoice.number,
        "sold_at": invoice.sold_at.isoformat(timespec="seconds"),
        "kind": invoice.kind,
        "lines": [_line_body(line) for line in invoice.lines],
        "discounts": [],
        "rounding_fen": 0,
        "total_fen": total_fen,
        "tenders": [{"kind": "card", "amount_fen": total_fen}] if total_fen else [],
        "change_fen": 0,
    }
    if invoice.customer:
        body["member"] = {"kind": "card", "value": invoice.customer}
    return body


def is_goods(stock_code: str) -> bool:
    """Goods have codes that begin with five digits; the others are postage, fees, samples and the like."""
    return stock_code[:GOODS_DIGITS].isdigit() and len(stock_code) >= GOODS_DIGITS


def edge_skus(invoices: list[Invoice]) -> tuple[Sku, ...]:
    """The catalogue of the edge shop: goods only, in capitals, each with its first description."""
    names: dict[str, str] = {}
    for invoice in invoices:
        for line in invoice.lines:
            if is_goods(line.stock_code) and not names.get(line.stock_code.upper()):
                names[line.stock_code.upper()] = line.description.strip()
    return tuple(
        Sku(code=code, name=name or code, department="EDGE", category="", unit=Unit.EACH.value)
        for code, name in sorted(names.items())
    )


def edge_shop(neighbour: Shop) -> Shop:
    """The edge shop: synthetic, where another shop stands, with one till and a day that ends at midnight."""
    return replace(
        neighbour,
        code=EDGE_SHOP_CODE,
        store_id=0,
        name="边角店",
        cutover_minutes=0,
        tills=(EDGE_TILL_CODE,),
        partner_code=None,
    )


def _line(stock_code: str, description: str, quantity: int, unit_price: Decimal) -> InvoiceLine:
    pennies = (quantity * unit_price * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return InvoiceLine(intern(stock_code), intern(description), quantity, unit_price, int(pennies))


@lru_cache(maxsize=4096)
def _pounds(text: str) -> Decimal:
    return Decimal(text)


def _line_body(line: InvoiceLine) -> Body:
    return {
        "sku": line.stock_code,
        "quantity_milli": line.quantity * 1000,
        "unit": Unit.EACH.value,
        "gross_fen": line.gross_fen,
        "discounts": [],
        "amount_fen": line.gross_fen,
    }
