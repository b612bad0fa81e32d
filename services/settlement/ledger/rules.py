"""What a posting is: entries that sum to zero. Takings are a debit (negative), shares are credits."""

from collections.abc import Mapping
from datetime import date
from typing import Literal
from uuid import UUID

from services.settlement.split.rules import Account, Sale, Share, give_back
from shared.events.event import Heard
from shared.events.trade import SoldLine, TicketPaid, TicketReturned
from shared.values import Value


class Posting(Value, frozen=True):
    """The entries of one ticket or return."""

    ticket_id: UUID
    kind: Literal["paid", "returned"]
    brand_id: UUID
    shop_id: UUID
    original_id: UUID | None
    business_on: date
    total_fen: int
    shares: list[Share]

    @property
    def entries(self) -> list[Share]:
        """The shares and what they come from; their sum is zero."""
        takings_fen = -sum([share.amount_fen for share in self.shares])
        return [Share(Account.TAKINGS, self.shop_id, "", takings_fen), *self.shares]


def per_class(
    lines: list[SoldLine], total_fen: int, classes: Mapping[str, str], has_class_rules: bool
) -> dict[str | None, int]:
    """What was paid for each class of goods; all in one where no rule asks for classes."""
    if not has_class_rules or not lines:
        return {None: total_fen}
    sums: dict[str | None, int] = {}
    for line in lines:
        product_class = classes.get(line.sku)
        sums[product_class] = sums.get(product_class, 0) + line.net_fen
    return sums


def reversal(fact: TicketReturned, original: Posting) -> Posting:
    """What a return takes back of its original's shares; the shop that gave the money back is out of it."""
    back_fen = fact.after_fen - fact.before_fen
    shares = give_back(original.shares, fact.before_fen, fact.after_fen)
    return Posting(
        fact.ticket_id,
        "returned",
        fact.brand_id,
        fact.shop_id,
        original.ticket_id,
        fact.business_on,
        -back_fen,
        shares,
    )


def sale_of(
    heard: Heard[TicketPaid | TicketReturned], partners: Mapping[UUID, UUID | None], owners: Mapping[UUID, UUID]
) -> Sale:
    """What of a ticket matters to its split."""
    fact = heard.fact
    owner_shop_id = owners.get(fact.member_id) if fact.member_id else None
    return Sale(
        shop_id=fact.shop_id,
        partner_id=partners.get(fact.shop_id),
        owner_shop_id=owner_shop_id,
        owner_partner_id=partners.get(owner_shop_id) if owner_shop_id else None,
        guide_id=fact.guide_id,
        brand_id=fact.brand_id,
        sold_at=fact.sold_at,
        said_at=heard.at,
    )
