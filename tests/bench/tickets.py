"""Real tickets of the bundled extract, made ready to be posted many times: everything but who, where and when is fixed.

A till's work is not what is measured, so a body is joined from bytes, not encoded.
"""

from dataclasses import dataclass

import msgspec

from deploy.demo.baskets import baskets
from deploy.demo.chain import build_chain
from deploy.demo.source import BUNDLED, read_source
from deploy.demo.tickets import SaleTicket, number_tickets, sale_body

TILLS_OF_A_TEMPLATE = 4
_VARY = ("business_on", "number", "sold_at")


@dataclass(frozen=True)
class Template:
    """A ticket but for its number, time and member; what it sells."""

    tail: bytes
    skus: tuple[str, ...]

    def body(self, business_on: str, number: str, card: str) -> bytes:
        """The body to post."""
        head = (
            f'{{"business_on":"{business_on}","number":"{number}","sold_at":"{business_on}T10:15:30+08:00",'
            f'"member":{{"kind":"card","value":"{card}"}},'
        )
        return head.encode() + self.tail


def templates() -> list[Template]:
    """Every sale of the extract, as its till would send it."""
    source = read_source(BUNDLED)
    chain = build_chain(source)
    numbered = number_tickets(baskets(source), chain.shops)
    return [_template(sale_body(ticket)) for ticket in numbered if isinstance(ticket, SaleTicket)]


def five_lines(every: list[Template]) -> list[Template]:
    """Those of five lines: what P2 posts."""
    return [template for template in every if len(template.skus) == 5]


def goods() -> list[tuple[str, str]]:
    """Every SKU of the extract, with its class."""
    return [(sku.code, sku.department) for sku in build_chain(read_source(BUNDLED)).skus]


def till_of(template: int, time: int, tills: int) -> int:
    """Which till posts a template (by its place among all) for the n-th time: the same four sell it again and again."""
    return (template * TILLS_OF_A_TEMPLATE + time % TILLS_OF_A_TEMPLATE) % tills


def _template(body: dict[str, object]) -> Template:
    lines = body["lines"]
    assert isinstance(lines, list)
    fixed = {name: value for name, value in body.items() if name not in _VARY}
    return Template(msgspec.json.encode(fixed)[1:], tuple(line["sku"] for line in lines))
