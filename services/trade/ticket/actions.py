"""Taking in tickets: many at once, each stored once, with what follows said in the same transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import msgspec

from services.trade.registry import queries as registry
from services.trade.ticket import queries
from services.trade.ticket.rules import (
    Facts,
    Original,
    TicketDiffers,
    Told,
    attributed,
    original_id,
    tell,
    ticket_id,
    void_at_last,
)
from services.trade.till_ticket.rules import (
    Flag,
    Kind,
    Ticket,
    arithmetic_flags,
    barcode_flags,
    digest,
    time_flags,
)
from shared.db import Row, Tx
from shared.events.event import Asked

_BRINGS_BACK = (Kind.RETURN, Kind.VOID, Kind.EXCHANGE)
_decoder = msgspec.json.Decoder(Ticket)


class Posted(NamedTuple):
    """A ticket as it came in: by whose till, and whom it named."""

    brand_id: UUID
    shop_id: UUID
    till: str
    lookup: UUID | None
    ticket: Ticket
    asked: Asked


class Stored(NamedTuple):
    """What became of a ticket; the same whenever it is sent again."""

    ticket_id: UUID
    flags: list[str]


@dataclass(frozen=True)
class Around:
    """What is known around a batch of new tickets of one brand."""

    members: Mapping[UUID, UUID]
    shops: Mapping[UUID, registry.Shop]
    skus: frozenset[str]
    shop_ids: Mapping[str, UUID]
    originals: dict[UUID, Original]


async def post_tickets(tx: Tx, posted: Sequence[Posted]) -> list[Stored | Exception]:
    """Store each ticket once and say what it means; a taken number with another content is kept for review."""
    by_brand: dict[UUID, list[int]] = defaultdict(list)
    for index, item in enumerate(posted):
        by_brand[item.brand_id].append(index)
    answers: dict[int, Stored | Exception] = {}
    for brand_id in sorted(by_brand):
        indexes = by_brand[brand_id]
        of_brand = await _post_of_brand(tx, brand_id, [posted[index] for index in indexes])
        answers.update(zip(indexes, of_brand, strict=True))
    return [answers[index] for index in range(len(posted))]


async def _post_of_brand(tx: Tx, brand_id: UUID, posted: Sequence[Posted]) -> list[Stored | Exception]:
    facts = [
        Facts(
            ticket_id(item.shop_id, item.till, item.ticket.business_on, item.ticket.number),
            brand_id, item.shop_id, item.till, item.ticket, None,
        )
        for item in posted
    ]  # fmt: skip
    digests = [digest(item.ticket) for item in posted]
    kept = dict(await queries.kept(tx, [fact.ticket_id for fact in facts]))
    fresh: dict[UUID, _Fresh] = {}
    differing = []
    for item, fact, its_digest in zip(posted, facts, digests, strict=True):
        first = kept.get(fact.ticket_id) or fresh.setdefault(fact.ticket_id, _Fresh(item, fact, its_digest))
        if first.digest != its_digest:
            body = msgspec.json.encode(item.ticket)
            differing.append((fact.ticket_id, its_digest, brand_id, item.shop_id, body))
    if fresh:
        kept |= await _store(tx, brand_id, list(fresh.values()))
    if differing:
        await queries.keep_differing(tx, differing)
    return [
        Stored(fact.ticket_id, kept[fact.ticket_id].flags)
        if kept[fact.ticket_id].digest == its_digest
        else TicketDiffers(number=fact.ticket.number, ticket_id=fact.ticket_id)
        for fact, its_digest in zip(facts, digests, strict=True)
    ]


class _Fresh(NamedTuple):
    posted: Posted
    facts: Facts
    digest: bytes


async def _store(tx: Tx, brand_id: UUID, fresh: Sequence[_Fresh]) -> dict[UUID, queries.Kept]:
    """Store new tickets: sales first, so that a return finds the original that came in the same batch."""
    around = await _look_around(tx, brand_id, fresh)
    kept, rows, sales = {}, [], {}
    for new in sorted(fresh, key=lambda one: one.posted.ticket.kind in _BRINGS_BACK):
        lookup = new.posted.lookup
        facts = new.facts._replace(member_id=around.members.get(lookup) if lookup else None)
        goes_back_to = original_id(facts, around.shop_ids)
        original = around.originals.get(goes_back_to) if goes_back_to else None
        told = tell(facts, _flags(tx, new.posted, facts, around), original, goes_back_to)
        for fact in told.events:
            tx.emit(fact, because=new.posted.asked)
        kept[facts.ticket_id] = queries.Kept(new.digest, told.flags)
        if facts.ticket.kind is Kind.TRAINING:
            continue
        rows.append(_row(tx, new, facts, told))
        if facts.ticket.kind not in _BRINGS_BACK:
            sale = Original(facts.ticket_id, facts.shop_id, facts.member_id, facts.ticket)
            sales[facts.ticket_id] = around.originals[facts.ticket_id] = sale
    await _void_at_last(tx, brand_id, sales)
    if rows:
        await queries.insert(tx, rows)
    return kept


def _flags(tx: Tx, item: Posted, facts: Facts, around: Around) -> list[str]:
    ticket = item.ticket
    flags = [*arithmetic_flags(ticket), *barcode_flags(ticket)]
    shop = around.shops.get(item.shop_id)
    if shop is not None:
        flags += time_flags(ticket, tx.at, shop.zone, shop.cutover_minutes)
    if item.lookup and facts.member_id is None:
        flags.append(Flag.UNKNOWN_MEMBER)
    if any(line.sku is not None and line.sku not in around.skus for line in ticket.lines):
        flags.append(Flag.UNKNOWN_SKU)
    return [str(flag) for flag in dict.fromkeys(flags)]


def _row(tx: Tx, new: _Fresh, facts: Facts, told: Told) -> queries.TicketRow:
    ticket = facts.ticket
    return queries.TicketRow(
        ticket_id=facts.ticket_id,
        brand_id=facts.brand_id,
        shop_id=facts.shop_id,
        till=facts.till,
        business_on=ticket.business_on,
        number=ticket.number,
        kind=str(ticket.kind),
        sold_at=ticket.sold_at,
        received_at=tx.at,
        member_id=told.member_id,
        lookup=new.posted.lookup,
        original_id=told.original_id,
        total_fen=ticket.total_fen,
        flags=told.flags,
        digest=new.digest,
        body=msgspec.json.encode(ticket),
    )


async def _look_around(tx: Tx, brand_id: UUID, fresh: Sequence[_Fresh]) -> Around:
    tickets = [new.posted.ticket for new in fresh]
    lookups = sorted({new.posted.lookup for new in fresh if new.posted.lookup})
    codes = sorted({ticket.original.shop for ticket in tickets if ticket.original and ticket.original.shop})
    shop_ids = await registry.shops_by_code(tx, brand_id, codes) if codes else {}
    wanted = sorted({found for new in fresh if (found := original_id(new.facts, shop_ids))})
    return Around(
        members=await registry.members(tx, lookups) if lookups else {},
        shops=await registry.shops(tx, sorted({new.posted.shop_id for new in fresh})),
        skus=await registry.known_skus(
            tx, brand_id, sorted({line.sku for ticket in tickets for line in ticket.lines if line.sku})
        ),
        shop_ids=shop_ids,
        originals=await _originals(tx, brand_id, wanted) if wanted else {},
    )


async def _originals(tx: Tx, brand_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Original]:
    found = {}
    for row in await queries.originals(tx, brand_id, ids):
        ticket = _decoder.decode(row["body"])
        found[row["ticket_id"]] = Original(row["ticket_id"], row["shop_id"], row["member_id"], ticket)
    for row in await queries.returns_of(tx, brand_id, list(found)):
        found[row["original_id"]].returns.append(_decoder.decode(row["body"]))
    return found


async def _void_at_last(tx: Tx, brand_id: UUID, sales: Mapping[UUID, Original]) -> None:
    """A void that came before its ticket, as a line that was down brings it, takes effect now."""
    for row in await queries.waiting_voids(tx, brand_id, list(sales)):
        original = sales[row["original_id"]]
        if original.back_fen < original.whole_fen or not original.returns:
            tx.emit(void_at_last(_facts(row, brand_id), original))


async def attribute_tickets(tx: Tx, brand_id: UUID, known: Mapping[UUID, UUID]) -> None:
    """Tickets that named somebody unknown are hers, now that she is known: what they bring is said."""
    rows = await queries.attribute(tx, brand_id, known)
    returns: dict[UUID, list[Ticket]] = defaultdict(list)
    for row in await queries.returns_of(tx, brand_id, [row["ticket_id"] for row in rows]):
        returns[row["original_id"]].append(_decoder.decode(row["body"]))
    for row in rows:
        facts = _facts(row, brand_id)
        if facts.ticket.kind not in (Kind.RETURN, Kind.VOID):
            tx.emit(attributed(facts, row["member_id"], returns[facts.ticket_id]))


def _facts(row: Row, brand_id: UUID) -> Facts:
    ticket = _decoder.decode(row["body"])
    return Facts(row["ticket_id"], brand_id, row["shop_id"], row["till"], ticket, row["member_id"])
