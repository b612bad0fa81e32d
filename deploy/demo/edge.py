"""The edge replay: every invoice of Online Retail, sent as it is, in posts of a hundred, by the till of one shop.

Nothing is repaired on the way: what a sloppy till would send is what the product gets. Each invoice is accepted,
accepted and flagged, or refused as unreadable, and the three add up to what was sent.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from deploy.demo.chain import Chain, Shop
from deploy.demo.client import Client
from deploy.demo.journal import Journal
from deploy.demo.online_retail import Invoice, edge_shop, edge_skus, invoice_body, is_goods, read_invoices
from deploy.demo.opening import Opened, open_shops, save_skus

POST_SIZE = 100


@dataclass
class Tally:
    """What became of the invoices."""

    sent: int = 0
    accepted: int = 0
    flagged: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # by reason
    flags: Counter[str] = field(default_factory=Counter)

    @property
    def adds_up(self) -> bool:
        """Whether each was answered in one of the three ways."""
        return self.sent == self.accepted + self.flagged + sum(self.refused.values())


@dataclass(frozen=True)
class Edge:
    """The edge shop and the invoices that its till will send."""

    shop: Shop
    invoices: list[Invoice]


async def open_edge(client: Client, chain: Chain, opened: Opened, path: Path | None) -> Edge:
    """Open the edge shop; postage, fees and the like are in the catalogue as what they are."""
    edge = Edge(edge_shop(chain.shops[0]), read_invoices(path) if path else read_invoices())
    await save_skus(client, edge_skus(edge.invoices), opened.office)
    fees = [{"sku": fee, "name": fee, "product_class": "EDGE", "is_goods": False} for fee in _fees(edge.invoices)]
    if fees:
        await client.must("POST", "/directory/v1/skus:save", {"skus": fees}, token=await opened.office.token())
    await open_shops(client, [edge.shop], opened)
    return edge


async def play_edge(client: Client, edge: Edge, opened: Opened, journal: Journal) -> Tally:
    """Send the invoices."""
    shop, invoices = edge.shop, edge.invoices
    journal.note("edge", shop=shop.code, codes_that_are_no_goods=_fees(invoices))
    (till_code,) = shop.tills
    till, tally = opened.tills[shop.code, till_code], Tally()
    for start in range(0, len(invoices), POST_SIZE):
        bodies = [invoice_body(invoice) for invoice in invoices[start : start + POST_SIZE]]
        answer = await client.must("POST", "/trade/v1/tickets:batch", {"tickets": bodies}, token=await till.token())
        for body, one in zip(bodies, answer["answers"], strict=True):
            journal.note("ticket", shop=shop.code, till=till_code, body=body, status=one["status"], answer=one)
            _count(tally, one)
    assert tally.adds_up, tally
    return tally


def _fees(invoices: list[Invoice]) -> list[str]:
    codes = {line.stock_code for invoice in invoices for line in invoice.lines}
    return sorted(code for code in codes if not is_goods(code))


def _count(tally: Tally, answer: dict[str, object]) -> None:
    flags = answer.get("flags") or []
    assert isinstance(flags, list)
    tally.sent += 1
    if answer["status"] != 201:
        tally.refused[f"{answer['code']}: {answer['detail']}"] += 1
    elif flags:
        tally.flagged += 1
        tally.flags.update(flag["code"] for flag in flags)
    else:
        tally.accepted += 1
