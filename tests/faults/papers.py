"""What the tills post: real baskets with numbers of our own, for members, for the unknown, for nobody; and returns."""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deploy.demo.baskets import baskets
from deploy.demo.chain import Chain
from deploy.demo.source import Source
from deploy.demo.tickets import SaleTicket, number_tickets, sale_body
from shared.clock import system_now

NAMES_NOBODY_ONE_IN = 4
NAMES_A_STRANGER_ONE_IN = 10
TILL_CODE = "T1"

Body = dict[str, Any]


@dataclass(frozen=True)
class Paper:
    """A ticket before it is posted, and the place of its till."""

    till: int
    body: Body

    @property
    def key(self) -> tuple[int, str]:
        """What names it, in a run."""
        return self.till, self.body["number"]


class Papers:
    """An endless roll of tickets, drawn by a seed."""

    def __init__(self, bodies: Sequence[Body], cards: Sequence[str], tills: int, drawn: random.Random) -> None:
        self._bodies = bodies
        self._cards = cards
        self._tills = tills
        self._drawn = drawn
        self._numbers = itertools.count(1)

    def sales(self, count: int) -> list[Paper]:
        """New sales of one till."""
        till = self._drawn.randrange(self._tills)
        return [Paper(till, self._sale()) for _ in range(count)]

    def returns(self, sale: Paper, halves: int) -> list[Paper]:
        """What comes back of a sale: one half of it, or both, each by a ticket of its own."""
        lines = [line for line in sale.body["lines"] if line["amount_fen"] > 0]
        half = (len(lines) + 1) // 2
        parts = [lines[:half], lines[half:]][:halves]
        return [Paper(sale.till, self._return(sale.body, part)) for part in parts if part]

    def _sale(self) -> Body:
        body = {**self._drawn.choice(self._bodies), **self._head()}
        if self._drawn.randrange(NAMES_A_STRANGER_ONE_IN) == 0:
            card = f"NOBODY{self._drawn.randrange(100):04d}"
        else:
            card = self._drawn.choice(self._cards)
        if self._drawn.randrange(NAMES_NOBODY_ONE_IN):
            body["member"] = {"kind": "card", "value": card}
        return body

    def _return(self, sold: Body, lines: Sequence[Body]) -> Body:
        total_fen = -sum(line["amount_fen"] for line in lines)
        shown = {"member": sold["member"]} if "member" in sold else {}
        return {
            **self._head(),
            **shown,
            "kind": "return",
            "lines": [_turned(line) for line in lines],
            "total_fen": total_fen,
            "tenders": [{"kind": "cash", "amount_fen": total_fen}],
            "original": {"till": TILL_CODE, "business_on": sold["business_on"], "number": sold["number"]},
        }

    def _head(self) -> Body:
        now = system_now()
        return {
            "business_on": now.date().isoformat(),
            "number": f"{next(self._numbers):07d}",
            "sold_at": now.isoformat(timespec="seconds"),
        }


def bodies_of(source: Source, chain: Chain, most: int) -> list[Body]:
    """The first sales of the data, as their tills would send them."""
    numbered = number_tickets(baskets(source), chain.shops)
    sales = (sale_body(ticket) for ticket in numbered if isinstance(ticket, SaleTicket))
    return list(itertools.islice(sales, most))


def _turned(line: Body) -> Body:
    discounts = [{**item, "amount_fen": -item["amount_fen"]} for item in line["discounts"]]
    figures = {name: -line[name] for name in ("quantity_milli", "gross_fen", "amount_fen")}
    return {**line, **figures, "discounts": discounts}
