"""Tills at work: a process of its own that posts and times, over plain sockets, so that measuring costs little.

`python -m tests.bench.tills` reads one order (JSON) from standard input and prints what it saw (JSON).
"""

import asyncio
import itertools
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import cast

import msgspec
import uvloop

from tests.bench import tickets
from tests.bench.seed import card

CARDS_SEED = 20_261_122
TWICE_ONE_IN = 20


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to post: to which path, as which tills, how many at once, in posts of how many tickets, how long.

    `per_s` holds the pace; none posts as fast as answers come. `kind` is `ticket`, `prompt` or `ticket5`.
    """

    port: int
    path: str
    tokens: list[str]
    kind: str
    at_once: int
    tickets_a_post: int
    seconds: float
    members: int
    per_s: float | None = None
    business_on: str = "2026-11-20"
    series: int = 0


class Seen(msgspec.Struct, kw_only=True):
    """What came of it: tickets answered well, answers by status, and each answer's wait and its moment (monotonic)."""

    answered: int = 0
    statuses: dict[int, int] = {}
    waits_ms: list[float] = []
    began_s: float = 0.0
    ended_s: float = 0.0
    moments: list[tuple[float, str]] = []  # when the answer was here, and the ticket's id: for lag, paced runs only


class Till(asyncio.Protocol):
    """One connection: posts, waits for the whole answer, posts again."""

    def __init__(self) -> None:
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class is no subclass

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(rest) < length or self._waiting is None:
            return
        self._buffer = b""
        self._waiting.set_result((int(head[9:12]), rest))

    def connection_lost(self, _: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionError("the server closed the connection"))

    async def post(self, request: bytes) -> tuple[int, bytes]:
        """Send, and wait for status and body."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        """Hang up."""
        assert self._transport is not None
        self._transport.close()


def requests(order: Order) -> Iterator[bytes]:
    """Request after request; one in twenty comes twice."""
    heads = [
        f"POST {order.path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n"
        "content-type: application/json\r\ncontent-length: ".encode()
        for token in order.tokens
    ]
    drawn = random.Random(CARDS_SEED + order.series)
    for number, (till, body) in enumerate(_bodies(order, drawn)):
        request = heads[till] + b"%d\r\n\r\n" % len(body) + body
        yield request
        if number % TWICE_ONE_IN == 0 and order.kind != "prompt":
            yield request


def _bodies(order: Order, drawn: random.Random) -> Iterator[tuple[int, bytes]]:
    """Which till posts what."""
    tills = len(order.tokens)
    if order.kind == "prompt":
        for number in itertools.count():
            body = b'{"member":{"kind":"card","value":"%s"}}' % card(drawn.randrange(order.members)).encode()
            yield number % tills, body
    elif order.tickets_a_post == 1:
        yield from _tickets(order, drawn)
    else:
        yield from _backlogs(order, drawn)


def _tickets(order: Order, drawn: random.Random) -> Iterator[tuple[int, bytes]]:
    every = templates_of(order.kind)
    for number in itertools.count():
        place, time_ = number % len(every), number // len(every)
        yield tickets.till_of(place, time_, len(order.tokens)), _body(order, every[place], number, drawn)


def _backlogs(order: Order, drawn: random.Random) -> Iterator[tuple[int, bytes]]:
    """Till after till with what it has sold meanwhile."""
    sold: dict[int, list[tickets.Template]] = defaultdict(list)
    for place, template in enumerate(templates_of(order.kind)):
        for time_ in range(tickets.TILLS_OF_A_TEMPLATE):
            sold[tickets.till_of(place, time_, len(order.tokens))].append(template)
    numbers = itertools.count()
    for till in itertools.cycle(sold):
        some = itertools.islice(itertools.cycle(sold[till]), order.tickets_a_post)
        bodies = [_body(order, template, next(numbers), drawn) for template in some]
        yield till, b'{"tickets":[' + b",".join(bodies) + b"]}"


def _body(order: Order, template: tickets.Template, number: int, drawn: random.Random) -> bytes:
    return template.body(order.business_on, f"{order.series:02d}{number:08d}", card(drawn.randrange(order.members)))


@cache
def templates_of(kind: str) -> list[tickets.Template]:
    """The tickets of a run; reading them takes seconds, so it is done before the clock starts."""
    every = tickets.templates()
    return tickets.five_lines(every) if kind == "ticket5" else every


async def work(order: Order) -> Seen:
    """Post until the time is over; what is under way then is waited for."""
    seen = Seen(statuses={}, waits_ms=[], moments=[])
    loop = asyncio.get_running_loop()
    if order.kind != "prompt":
        templates_of(order.kind)
    source = requests(order)
    pace_s = order.tickets_a_post / order.per_s if order.per_s else 0.0
    due = itertools.count()
    seen.began_s = time.monotonic()

    async def one() -> None:
        _, till = await loop.create_connection(Till, "127.0.0.1", order.port)
        while time.monotonic() < seen.began_s + order.seconds:
            if pace_s:
                await asyncio.sleep(max(0.0, seen.began_s + next(due) * pace_s - time.monotonic()))
            request = next(source)
            asked = time.monotonic()
            status, body = await till.post(request)
            now = time.monotonic()
            seen.waits_ms.append((now - asked) * 1000)
            seen.statuses[status] = seen.statuses.get(status, 0) + 1
            if status < 300:
                seen.answered += order.tickets_a_post
            if pace_s and b'"ticket_id":"' in body:
                seen.moments.append((now, body.partition(b'"ticket_id":"')[2][:36].decode()))
        till.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(order.at_once):
            group.create_task(one())
    seen.ended_s = time.monotonic()
    return seen


def main() -> None:
    """Read the order, work, print."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    seen = uvloop.run(work(order))
    sys.stdout.buffer.write(msgspec.json.encode(seen))


if __name__ == "__main__":
    main()
