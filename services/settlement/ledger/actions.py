"""Posting tickets: a batch at a time, balanced to the fen."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from msgspec.structs import replace

from services.settlement.ledger import queries
from services.settlement.ledger.rules import Posting, per_class, reversal, sale_of
from services.settlement.registry import queries as registry
from services.settlement.split import queries as split_queries
from services.settlement.split.rules import Rule, closest_first, split
from shared.db import Tx
from shared.events.event import Heard
from shared.events.trade import TicketPaid, TicketReturned

Ticket = TicketPaid | TicketReturned


@dataclass(frozen=True)
class Around:
    """What is known around a batch of tickets."""

    rules: Mapping[UUID, list[Rule]]
    partners: Mapping[UUID, UUID | None]
    owners: Mapping[UUID, UUID]
    classes: Mapping[UUID, Mapping[str, str]]


async def post_tickets(tx: Tx, heard: Sequence[Heard[Ticket]]) -> None:
    """Split each ticket, and take back of each return what it was split into."""
    around = await _look_around(tx, [item.fact for item in heard])
    paid = [(_split(item, item.fact.total_fen, around), item) for item in heard if isinstance(item.fact, TicketPaid)]
    returns = [(item.fact, item) for item in heard if isinstance(item.fact, TicketReturned)]
    sold = await _originals(tx, paid, [fact for fact, _ in returns]) if returns else {}
    postings = paid + [(_returned(fact, item, sold, around), item) for fact, item in returns]
    await queries.append(tx, postings)


async def _originals(
    tx: Tx, paid: Sequence[tuple[Posting, Heard[Ticket]]], returns: Sequence[TicketReturned]
) -> dict[UUID, Posting]:
    """What the originals of these returns were split into, be they posted earlier or only now."""
    sold = {posting.ticket_id: posting for posting, _ in paid}
    wanted = sorted({fact.original_id for fact in returns if fact.original_id} - sold.keys())
    return sold | await queries.paid(tx, wanted) if wanted else sold


def _returned(fact: TicketReturned, item: Heard[Ticket], sold: Mapping[UUID, Posting], around: Around) -> Posting:
    """A return takes back shares of its original; one whose original nobody knows is a sale below zero."""
    original = sold.get(fact.original_id) if fact.original_id else None
    if original is not None:
        return reversal(fact, original)
    return replace(_split(item, -fact.total_fen, around), kind="returned")


def _split(item: Heard[Ticket], total_fen: int, around: Around) -> Posting:
    fact = item.fact
    rules = around.rules.get(fact.brand_id, [])
    by_class = any(rule.product_class for rule in rules) and isinstance(fact, TicketPaid)
    per_class_fen = per_class(fact.lines, total_fen, around.classes.get(fact.brand_id, {}), by_class)
    shares = split(sale_of(item, around.partners, around.owners), total_fen, per_class_fen, rules)
    return Posting(fact.ticket_id, "paid", fact.brand_id, fact.shop_id, None, fact.business_on, total_fen, shares)


async def _look_around(tx: Tx, facts: Sequence[Ticket]) -> Around:
    brand_ids = sorted({fact.brand_id for fact in facts})
    saved = await split_queries.of_brands(tx, brand_ids)
    rules = {brand_id: closest_first(of_brand) for brand_id, of_brand in saved.items()}
    member_ids = list({fact.member_id for fact in facts if fact.member_id})
    owners = await registry.owners(tx, member_ids) if member_ids else {}
    shop_ids = {fact.shop_id for fact in facts} | set(owners.values())
    return Around(
        rules=rules,
        partners=await registry.partners(tx, list(shop_ids)),
        owners=owners,
        classes=await _classes(tx, facts, rules),
    )


async def _classes(tx: Tx, facts: Sequence[Ticket], rules: Mapping[UUID, list[Rule]]) -> dict[UUID, Mapping[str, str]]:
    """The classes of goods sold, for the brands whose rules ask for them."""
    skus: dict[UUID, set[str]] = defaultdict(set)
    for fact in facts:
        if any(rule.product_class for rule in rules.get(fact.brand_id, [])):
            skus[fact.brand_id].update(line.sku for line in fact.lines)
    return {brand_id: await registry.classes(tx, brand_id, sorted(skus[brand_id])) for brand_id in sorted(skus)}
