"""The measurements, each beside its limit: medians of repeats, and what is compared takes turns."""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

import asyncpg
import msgspec

from services.trade.ticket.queries import TicketRow
from services.trade.ticket.rules import Facts, tell, ticket_id
from services.trade.till_ticket.rules import Ticket
from shared.clock import in_utc, system_now
from shared.events.event import Record, encode
from shared.ids import new_id
from shared.trace import trace_of
from tests.bench.place import Place, percentile, post
from tests.bench.seed import BRAND_ID, card, person_id, shop_id
from tests.bench.tills import Seen, templates_of

REPEATS = 3
SHORT_S = 4.0
TICKETS, BATCHES, PROMPTS = "/trade/v1/tickets", "/trade/v1/tickets:batch", "/community/v1/prompts"
COPIED = 20_000


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, beside what."""

    id: str
    work: str
    figure: float
    unit: str
    limit: float
    limit_is: str
    aim: str
    notes: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The figure as a part of its limit."""
        return self.figure / self.limit if self.limit else 0.0


class Point(NamedTuple):
    """A moment of a run: what was accepted by then, and how much listeners had still to take in."""

    at_s: float
    accepted: int
    unread: int


@dataclass(frozen=True)
class Whole:
    """One run of the whole way: accepted a second, and a second until the last listener had taken all in."""

    accepted_per_s: float
    whole_per_s: float
    seen: Seen
    processor_us: dict[str, float]  # a ticket
    curve: list[Point]


async def alternating(*measured: Callable[[], Awaitable[float]]) -> list[float]:
    """The medians of several measurements, taken in turns."""
    found: list[list[float]] = [[] for _ in measured]
    for _ in range(REPEATS):
        for values, measure in zip(found, measured, strict=True):
            values.append(await measure())
    return [median(values) for values in found]


async def per_s(here: Place, **order: object) -> float:
    """Tickets or prompts answered well, a second."""
    seen = await post(here.order(**order))
    assert set(seen.statuses) <= {200, 201}, f"answers were {seen.statuses}"
    return seen.answered / (seen.ended_s - seen.began_s)


async def p1(here: Place) -> Row:
    """The till's prompt against a constant answer."""
    usual = {"kind": "prompt", "at_once": 64, "tickets_a_post": 1, "seconds": SHORT_S}
    async with here.beside("limits", "tests.bench.limits") as port:
        real, constant = await alternating(
            lambda: per_s(here, path=PROMPTS, **usual),
            lambda: per_s(here, port=port, path="/trade/v1/constant", **usual),
        )
    half = await post(here.order(path=PROMPTS, **usual | {"per_s": real / 2}))
    note = f"at half load p50 {percentile(half.waits_ms, 0.5):.1f} ms, p99 {percentile(half.waits_ms, 0.99):.1f} ms"
    return Row("P1", "till prompt", real, "/s", constant, "a constant answer", "≥ 50 %; first ≥ 40 %", [note])


async def p2(here: Place, naive_dsn: str) -> list[Row]:
    """One ticket of five lines a request, against reading and throwing away, and against the naive way."""
    usual = {"kind": "ticket5", "at_once": 64, "tickets_a_post": 1, "seconds": SHORT_S}
    async with (
        here.beside("limits", "tests.bench.limits") as port,
        here.beside("naive", "tests.bench.naive", "api", NAIVE_DSN=naive_dsn) as naive_port,
    ):
        real, thrown, naive = await alternating(
            lambda: per_s(here, path=TICKETS, **usual),
            lambda: per_s(here, port=port, path="/trade/v1/thrown-away", **usual),
            lambda: per_s(here, port=naive_port, path="/tickets", **usual),
        )
    paced = await post(here.order(path=TICKETS, **usual | {"per_s": real / 2}))
    note = f"at half load p99 {percentile(paced.waits_ms, 0.99):.1f} ms"
    return [
        Row("P2", "one ticket a request", real, "/s", thrown, "read and thrown away", "≥ 25 %; first ≥ 20 %", [note]),
        Row("P2", "the same, naive way beside it", real, "/s", naive, "naive way", "≥ 10 ×; first ≥ 8 ×"),
    ]


async def p3(here: Place) -> Row:
    """Posts of 500 against COPY of the same rows, ticket and log, on one connection; a process a core answers."""
    usual = {"kind": "ticket", "path": BATCHES, "at_once": 8, "tickets_a_post": 500, "seconds": SHORT_S}
    alone = await per_s(here, **usual)
    async with here.answering_in_two():
        real, copied = await alternating(lambda: per_s(here, **usual), lambda: _copied_per_s(here.connection))
    note = f"by one process {alone:,.0f}/s"
    return Row("P3", "posts of 500", real, "/s", copied, "COPY of the same rows", "≥ 70 %; first ≥ 50 %", [note])


async def _copied_per_s(connection: "asyncpg.Connection[asyncpg.Record]") -> float:
    """The rows that such posts leave, ticket and log, by COPY alone: as many to a commit, on one connection.

    For as long as the posts are measured, so that what the server does later, such as writing back, counts for both.
    """
    rows = [_rows_of(number) for number in range(COPIED)]
    copied, took_s = 0, 0.0
    while took_s < SHORT_S:
        for table in ("ticket", "log"):
            await connection.execute(f"drop table if exists copied_{table}")
            await connection.execute(f"create table copied_{table} (like trade.{table} including all)")
        begun = time.monotonic()
        for start in range(0, COPIED, 500):
            some = rows[start : start + 500]
            async with connection.transaction():
                await connection.copy_records_to_table(
                    "copied_ticket", columns=TicketRow.__struct_fields__, records=[row for row, _ in some]
                )
                await connection.copy_records_to_table(
                    "copied_log", columns=Record._fields, records=[row for _, row in some]
                )
        copied, took_s = copied + COPIED, took_s + time.monotonic() - begun
    return copied / took_s


def _rows_of(number: int) -> tuple[tuple[object, ...], Record]:
    """A ticket's row, and its event's in the log, ready to be sent."""
    every = templates_of("ticket")
    body = every[number % len(every)].body("2026-11-20", f"{number:08d}", card(number))
    ticket = msgspec.json.decode(body, type=Ticket)
    where = (BRAND_ID, shop_id(number % 2000), "T1")
    at, person = system_now(), person_id(number)
    its_id = ticket_id(*where[1:], ticket.business_on, ticket.number)
    sold_at = in_utc(ticket.sold_at)
    (event,) = tell(Facts(its_id, *where, ticket, sold_at, person), [], None, None).events
    row: tuple[object, ...] = (
        its_id, *where, ticket.business_on, ticket.number, "sale", sold_at, at, person, new_id(), None,
        ticket.total_fen, [], bytes(32), body,
    )  # fmt: skip
    said = Record(number % 8, number, new_id(), str(its_id), event.TYPE, at, str(its_id), trace_of(None), encode(event))
    return row, said


async def whole(here: Place, **order: object) -> Whole:
    """Post as told, and wait until every listener has taken everything in."""
    first = await here.said()
    before = here.processor_s()
    curve: list[Point] = []
    watching = asyncio.create_task(_watch(here, first, curve))
    seen = await post(here.order(kind="ticket", **order))
    ended = await here.caught_up()
    watching.cancel()
    accepted = await here.said() - first
    spent = {name: (s - before.get(name, 0.0)) * 1e6 / accepted for name, s in here.processor_s().items()}
    posting_s = seen.ended_s - seen.began_s
    return Whole(accepted / posting_s, accepted / (ended - seen.began_s), seen, spent, curve)


async def _watch(here: Place, first: int, curve: list[Point]) -> None:
    begun = time.monotonic()
    while True:
        curve.append(Point(time.monotonic() - begun, await here.said() - first, await here.unread()))
        await asyncio.sleep(0.5)


async def p4(here: Place, seconds: float) -> dict[str, list[Whole]]:
    """The whole way, one by one and in posts of 100, in turns."""
    runs: dict[str, list[Whole]] = {"one by one": [], "posts of 100": []}
    for _ in range(REPEATS):
        runs["one by one"].append(await whole(here, path=TICKETS, at_once=64, tickets_a_post=1, seconds=seconds))
        runs["posts of 100"].append(await whole(here, path=BATCHES, at_once=4, tickets_a_post=100, seconds=seconds))
    return runs


def middle(runs: Sequence[Whole]) -> Whole:
    """The run whose speed is the median."""
    return sorted(runs, key=lambda run: run.whole_per_s)[len(runs) // 2]


async def lag_ms(here: Place, rate_per_s: float, seconds: float) -> list[float]:
    """From the answer to the till to the commit of the last listener, for each ticket, at a steady pace."""
    places: list[tuple[float, dict[int, int]]] = []
    watching = asyncio.create_task(_watch_places(here, places))
    order = here.order(kind="ticket", path=TICKETS, at_once=64, tickets_a_post=1, seconds=seconds, per_s=rate_per_s)
    seen = await post(order)
    await here.caught_up()
    await asyncio.sleep(0.1)
    watching.cancel()
    rows = await here.connection.fetch(
        "select part, off, key from trade.log where key = any($1::text[])", [key for _, key in seen.moments]
    )
    lies_at = {row["key"]: (row["part"], row["off"]) for row in rows}
    moments = [moment for moment, _ in places]
    offs = {part: [passed[part] for _, passed in places] for part in places[-1][1]}
    lags = []
    for answered, key in seen.moments:
        part, off = lies_at[key]
        lags.append(max(0.0, moments[bisect_right(offs[part], off)] - answered) * 1000)
    return lags


async def _watch_places(here: Place, places: list[tuple[float, dict[int, int]]]) -> None:
    while True:
        passed = await here.passed()
        places.append((time.monotonic(), passed))
        await asyncio.sleep(0.01)
