"""Taking in tickets: many at once, each stored once, with what follows said in the same transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from services.trade.registry import queries as registry
from services.trade.ticket import queries
from services.trade.ticket.rules import (
    BRINGS_BACK,
    SELLS,
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
from shared.clock import in_utc
from shared.db import Row, Tx
from shared.events.event import Asked
from shared.secrets import Secrets
from shared.values import Value

_decoder = msgspec.json.Decoder(Ticket)
_encoder = msgspec.json.Encoder()


class Till(Value, frozen=True):
    """Where a ticket was made."""

    brand_id: UUID
    shop_id: UUID
    name: str


class Posted(Value, frozen=True):
    """A ticket as it came in: by which till, and whom it named."""

    till: Till
    lookup: UUID | None
    ticket: Ticket
    body: bytes  # the ticket as we write it
    asked: Asked


class Stored(Value, frozen=True):
    """What became of a ticket; the same whenever it is sent again."""

    ticket_id: UUID
    flags: list[str]


class _Fresh(Value, frozen=True):
    """A ticket that is not stored yet."""

    posted: Posted
    ticket_id: UUID
    digest: bytes


def posted(till: Till, tickets: Sequence[Ticket], secrets: Secrets, asked: Asked) -> list[Posted]:
    """Tickets of a till, ready to be stored; whom they name is looked for by an opaque form only."""
    lookup, encode = secrets.lookups(till.brand_id), _encoder.encode
    lookups = [lookup(shown.kind, shown.value) if (shown := ticket.member) else None for ticket in tickets]
    return [
        Posted(till, its_lookup, ticket, encode(ticket), asked)
        for its_lookup, ticket in zip(lookups, tickets, strict=True)
    ]


async def post_tickets(tx: Tx, posted: Sequence[Posted]) -> list[Stored | Exception]:
    """Store each ticket once and say what it means; a taken number with another content is kept for review."""
    answers: list[Stored | Exception | None] = [None] * len(posted)
    for brand_id in sorted({item.till.brand_id for item in posted}):
        indexes = [index for index, item in enumerate(posted) if item.till.brand_id == brand_id]
        of_brand = await _post_of_brand(tx, brand_id, [posted[index] for index in indexes])
        for index, answer in zip(indexes, of_brand, strict=True):
            answers[index] = answer
    return [answer for answer in answers if answer is not None]


async def _post_of_brand(tx: Tx, brand_id: UUID, posted: Sequence[Posted]) -> list[Stored | Exception]:
    ids = [ticket_id(item.till.shop_id, item.till.name, item.ticket.business_on, item.ticket.number) for item in posted]
    digests = [digest(item.body) for item in posted]
    around = await _look_around(tx, brand_id, ids, posted)
    kept = around.kept
    fresh: dict[UUID, _Fresh] = {}
    differing = []
    for item, its_id, its_digest in zip(posted, ids, digests, strict=True):
        first = kept.get(its_id) or fresh.setdefault(its_id, _Fresh(item, its_id, its_digest))
        if first.digest != its_digest:
            differing.append((its_id, its_digest, brand_id, item.till.shop_id, item.body))
    if fresh:
        kept |= await _store(tx, brand_id, around, list(fresh.values()))
    if differing:
        await queries.keep_differing(tx, differing)
    return [
        Stored(its_id, kept[its_id].flags)
        if kept[its_id].digest == its_digest
        else TicketDiffers(number=item.ticket.number, ticket_id=its_id)
        for item, its_id, its_digest in zip(posted, ids, digests, strict=True)
    ]


async def _look_around(tx: Tx, brand_id: UUID, ids: Sequence[UUID], posted: Sequence[Posted]) -> queries.Around:
    lookups = {item.lookup for item in posted if item.lookup}
    skus = {line.sku for item in posted for line in item.ticket.lines if line.sku}
    new_skus = tx.known.beyond(("sku", brand_id), skus)
    asked = queries.Asked(brand_id, ids, list(lookups), list({item.till.shop_id for item in posted}), list(new_skus))
    around = await queries.around(tx, asked)
    tx.known.add(("sku", brand_id), new_skus - around.unknown_skus)
    unknown = lookups - around.members.keys()
    if unknown:
        around.members.update(await registry.members_at_last(tx, sorted(unknown)))
    return around


async def _store(tx: Tx, brand_id: UUID, around: queries.Around, fresh: Sequence[_Fresh]) -> dict[UUID, queries.Kept]:
    """Store new tickets: sales first, so that a return finds the original that came in the same batch."""
    back = [new for new in fresh if new.posted.ticket.kind in BRINGS_BACK]
    shop_ids = await _named_shops(tx, brand_id, back) if back else {}
    goes_back_to = {new.ticket_id: original_id(_facts_of(new, around), shop_ids) for new in back}
    wanted = {found for found in goes_back_to.values() if found} | around.voided
    originals = await _originals(tx, brand_id, sorted(wanted)) if wanted else {}
    kept, rows = {}, []
    for new in sorted(fresh, key=lambda new: BRINGS_BACK.get(new.posted.ticket.kind, 0)) if back else fresh:
        facts = _facts_of(new, around)
        its_original_id = goes_back_to.get(new.ticket_id)
        original = originals.get(its_original_id) if its_original_id else None
        told = tell(facts, _flags(tx, new.posted, facts, around), original, its_original_id)
        for fact in told.events:
            tx.emit(fact, because=new.posted.asked)
        kept[new.ticket_id] = queries.Kept(new.digest, told.flags)
        if facts.ticket.kind is Kind.TRAINING:
            continue
        rows.append(_row(tx, new, facts, told))
        if new.ticket_id in wanted and facts.ticket.kind in SELLS:
            originals[new.ticket_id] = Original(new.ticket_id, facts.shop_id, told.member_id, facts.ticket)
    if around.voided:
        await _void_at_last(tx, brand_id, {key: originals[key] for key in around.voided if key in originals})
    if rows:
        await queries.insert(tx, rows)
    return kept


def _facts_of(new: _Fresh, around: queries.Around) -> Facts:
    posted = new.posted
    member_id = around.members.get(posted.lookup) if posted.lookup else None
    till, ticket = posted.till, posted.ticket
    return Facts(new.ticket_id, till.brand_id, till.shop_id, till.name, ticket, in_utc(ticket.sold_at), member_id)


def _flags(tx: Tx, item: Posted, facts: Facts, around: queries.Around) -> list[str]:
    ticket = item.ticket
    flags = [*arithmetic_flags(ticket), *barcode_flags(ticket)]
    shop = around.shops.get(facts.shop_id)
    if shop is not None:
        flags += time_flags(ticket.business_on, facts.sold_at, tx.at, shop.zone, shop.cutover_minutes)
    if item.lookup and facts.member_id is None:
        flags.append(Flag.UNKNOWN_MEMBER)
    if around.unknown_skus and any(line.sku in around.unknown_skus for line in ticket.lines):
        flags.append(Flag.UNKNOWN_SKU)
    return [str(flag) for flag in dict.fromkeys(flags)] if flags else []


def _row(tx: Tx, new: _Fresh, facts: Facts, told: Told) -> queries.TicketRow:
    posted, ticket = new.posted, facts.ticket
    return queries.TicketRow(
        ticket_id=facts.ticket_id,
        brand_id=facts.brand_id,
        shop_id=facts.shop_id,
        till=facts.till,
        business_on=ticket.business_on,
        number=ticket.number,
        kind=str(ticket.kind),
        sold_at=facts.sold_at,
        received_at=tx.at,
        member_id=told.member_id,
        lookup=posted.lookup,
        original_id=told.original_id,
        total_fen=told.total_fen,
        flags=told.flags,
        digest=new.digest,
        body=posted.body,
    )


async def _named_shops(tx: Tx, brand_id: UUID, back: Sequence[_Fresh]) -> Mapping[str, UUID]:
    """The shops that returns name by their code."""
    named = [new.posted.ticket.original for new in back]
    codes = sorted({original.shop for original in named if original and original.shop})
    return await registry.shops_by_code(tx, brand_id, codes) if codes else {}


async def _originals(tx: Tx, brand_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Original]:
    found = {}
    for row in await queries.originals(tx, brand_id, ids):
        ticket = _decoder.decode(row["body"])
        found[row["ticket_id"]] = Original(row["ticket_id"], row["shop_id"], row["member_id"], ticket)
    for row in await queries.returns_of(tx, brand_id, list(found)):
        found[row["original_id"]].returns.append(_decoder.decode(row["body"]))
    return found


async def _void_at_last(tx: Tx, brand_id: UUID, originals: Mapping[UUID, Original]) -> None:
    """Voids that came before their tickets, as a line that was down brings them, take effect now."""
    voided = []
    for row in await queries.waiting_voids(tx, brand_id, list(originals)):
        returned = void_at_last(_facts(row, brand_id), originals[row["original_id"]])
        if returned is not None:
            tx.emit(returned)
        voided.append((row["ticket_id"], -returned.total_fen if returned else 0))
    if voided:
        await queries.void(tx, voided)


async def void_missed(tx: Tx, most: int) -> int:
    """Voids that were stored at the same moment as their tickets, so that neither saw the other; answers how many."""
    missed = await queries.missed_voids(tx, most)
    for brand_id, ids in missed.items():
        await _void_at_last(tx, brand_id, await _originals(tx, brand_id, sorted(ids)))
    return len(missed)


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
    sold_at = in_utc(ticket.sold_at)
    return Facts(row["ticket_id"], brand_id, row["shop_id"], row["till"], ticket, sold_at, row["member_id"])
