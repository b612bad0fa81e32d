"""Tickets over HTTP: tills post them, one or many; managers and auditors read them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from services.trade.ticket import actions, queries
from services.trade.ticket.schemas import (
    ANSWER_EXAMPLE,
    TICKET_EXAMPLE,
    Answer,
    Answers,
    Batch,
    DayOut,
    DifferingOut,
    Flagged,
    RawBatch,
    TicketLine,
    TicketOut,
)
from services.trade.till_ticket.rules import WORDS, Flag, Ticket, read, unreadable
from shared.auth.caller import ALL_STAFF, MANAGERS, SERVICE, TILL
from shared.errors import UNREADABLE_JSON, NotFound, Refusal, Unreadable
from shared.events.event import Asked
from shared.http import Doors, Reading, Who
from shared.http.hot import Ask, Reply
from shared.http.pages import FIRST_ID, After, Page, PageSize, cursor_of, keys_of
from shared.words import Language

doors = Doors("/trade/v1", "ticket")

MOST_IN_BATCH = 1000

_one = msgspec.json.Decoder(Ticket)
_batch = msgspec.json.Decoder(Batch)
_raw_batch = msgspec.json.Decoder(RawBatch)
_encoder = msgspec.json.Encoder()

_schemas, _components = msgspec.json.schema_components([Ticket, Answer], ref_template="#/components/schemas/{name}")


def _json(schema: dict[str, Any], example: object) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema, "example": example}}}


_ONE = {
    "operationId": "post_ticket",
    "summary": "Post a ticket",
    "description": "A fact: stored whatever is odd about it, and flagged. Sending it again is harmless.",
    "requestBody": {"required": True, **_json(_schemas[0], TICKET_EXAMPLE)},
    "responses": {"201": {"description": "stored", **_json(_schemas[1], ANSWER_EXAMPLE)}},
    "x-components": _components,
}
_MANY = {
    "operationId": "post_tickets",
    "summary": "Post up to a thousand tickets",
    "description": "One answer a ticket, in order; one bad ticket never holds up the others.",
    "requestBody": {
        "required": True,
        **_json(
            {
                "type": "object",
                "required": ["tickets"],
                "properties": {"tickets": {"type": "array", "maxItems": MOST_IN_BATCH, "items": _schemas[0]}},
            },
            {"tickets": [TICKET_EXAMPLE]},
        ),
    },
    "responses": {
        "200": {
            "description": "an answer for each",
            **_json(
                {"type": "object", "properties": {"answers": {"type": "array", "items": _schemas[1]}}},
                {"answers": [ANSWER_EXAMPLE]},
            ),
        }
    },
    "x-components": _components,
}


@doors.hot("/tickets", who=TILL, natural_key="till, business day, number", most_bytes=2**20, openapi=_ONE)
async def post_ticket(ask: Ask) -> Reply:
    """One ticket; answers when it is durably stored."""
    (posted,) = _posted(ask, [read(_one, ask.body)])
    stored = await ask.context.together(actions.post_tickets, posted)
    return Reply(201, _encoder.encode(_stored(stored, ask.language)))


@doors.hot("/tickets:batch", who=TILL, natural_key="till, business day, number", most_bytes=2**25, openapi=_MANY)
async def post_batch(ask: Ask) -> Reply:
    """Many tickets, the backlog of an outage perhaps; answers when all are durably stored."""
    said = _read_all(ask.body)
    if len(said) > MOST_IN_BATCH:
        raise Unreadable(where="tickets", why=f"more than {MOST_IN_BATCH} in one post")
    posted = _posted(ask, [ticket for ticket in said if isinstance(ticket, Ticket)])
    stored = iter(await ask.context.all_together(actions.post_tickets, posted))
    answers = [_answer(next(stored) if isinstance(item, Ticket) else item, ask.language) for item in said]
    return Reply(200, _encoder.encode(Answers(answers)))


def _read_all(body: bytes) -> Sequence[Ticket | Refusal]:
    """Each ticket of a batch, or why it is unreadable; raises `Unreadable` where the whole body is.

    Mostly all of them are readable, and are read at once; else one by one.
    """
    try:
        return read(_batch, body).tickets
    except Unreadable:
        pass
    try:
        raw = _raw_batch.decode(body).tickets
    except UNREADABLE_JSON as error:
        raise unreadable(error) from error
    return [_read_one(bytes(item)) for item in raw]


def _read_one(body: bytes) -> Ticket | Refusal:
    try:
        return read(_one, body)
    except Refusal as refusal:
        return refusal


def _answer(result: actions.Stored | Exception, language: Language) -> Answer:
    """What became of one ticket of many; what is no refusal befell them all, and is raised."""
    if isinstance(result, Refusal):
        return Answer(result.status, code=result.code, detail=result.say(language))
    if isinstance(result, Exception):
        raise result
    return _stored(result, language)


def _posted(ask: Ask, tickets: Sequence[Ticket]) -> list[actions.Posted]:
    caller = ask.caller
    till = actions.Till(caller.brand_id, caller.shop_id, caller.name)
    return actions.posted(till, tickets, ask.context.secrets, Asked(ask.request_id, ask.trace))


def _stored(stored: actions.Stored, language: Language) -> Answer:
    flags = [Flagged(flag, WORDS[Flag(flag)].say(language)) for flag in stored.flags]
    return Answer(201, stored.ticket_id, flags)


@doors.read("/tickets/{ticket_id}", who=ALL_STAFF | TILL | SERVICE)
async def read_ticket(ticket_id: UUID, tx: Reading, who: Who) -> TicketOut:
    """One ticket as it is stored."""
    row = await queries.read(tx, who.brand_id, ticket_id)
    if row is None or not who.serves(row["shop_id"]):
        raise NotFound(what="ticket")
    return TicketOut(**{**row, "ticket": msgspec.json.decode(row["body"])})


@doors.read("/shops/{shop_id}/tickets", who=MANAGERS)
async def list_tickets(
    shop_id: UUID, tx: Reading, who: Who, after: After = None, most: PageSize = 50
) -> Page[TicketLine]:
    """A shop's tickets, by business day."""
    who.must_serve(shop_id)
    (last_id,) = keys_of(after, (FIRST_ID,))
    rows = await queries.page(tx, who.brand_id, shop_id, last_id, most)
    items = [TicketLine(**row) for row in rows]
    return Page(items=items, next=cursor_of(items[-1].ticket_id) if len(items) == most else None)


@doors.read("/shops/{shop_id}/sales", who=MANAGERS)
async def read_sales(shop_id: UUID, first_on: date, last_on: date, tx: Reading, who: Who) -> list[DayOut]:
    """A shop's tickets and takings, day by day."""
    who.must_serve(shop_id)
    return [DayOut(**row) for row in await queries.sales(tx, who.brand_id, shop_id, first_on, last_on)]


@doors.read("/shops/{shop_id}/differing-tickets", who=MANAGERS)
async def list_differing(
    shop_id: UUID, tx: Reading, who: Who, after: After = None, most: PageSize = 50
) -> Page[DifferingOut]:
    """What tills sent under numbers that were taken: to be looked at by a person."""
    who.must_serve(shop_id)
    rows = await queries.differing(tx, who.brand_id, shop_id, keys_of(after, (FIRST_ID, b"")), most)
    items = [DifferingOut(**{**row, "ticket": msgspec.json.decode(row["body"])}) for row in rows]
    end = cursor_of(rows[-1]["ticket_id"], rows[-1]["digest"]) if len(rows) == most else None
    return Page(items=items, next=end)
