"""One connection of a till: a request out, the whole answer in, headers too."""

import asyncio
import time
from contextlib import suppress
from typing import NamedTuple

ANSWER_LIMIT_S = 5.0  # a till that hears nothing for so long sends again
NEWCOMERS = 100
NEWCOMER_LIMIT_S = 1.0
HEADERS = 1000  # small things, which take what memory a process has left
GONE = (OSError, EOFError, TimeoutError)  # nobody answered: what became of the request is not known


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


class Line:
    """A connection that is made when it is needed and made anew after it broke."""

    def __init__(self, port: int, limit_s: float = ANSWER_LIMIT_S) -> None:
        self._port = port
        self._limit_s = limit_s
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Answer:
        """Send and wait for the answer; raises one of `GONE` where none comes."""
        answer = None
        try:
            async with asyncio.timeout(self._limit_s):
                answer = await self._ask(request)
        finally:
            if answer is None:
                self.close()  # what comes later on this line would answer another request
        return answer

    async def _ask(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.close()
        return Answer(int(first.split(" ", 2)[1]), headers, body)

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def request(path: str, token: str, body: bytes) -> bytes:
    """A POST as bytes."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def newcomers(port: int, for_s: float) -> None:
    """Callers on new lines, many at once, whose requests are long and do not end; each hangs up after a while."""
    until_s = time.monotonic() + for_s
    while time.monotonic() < until_s:
        await asyncio.gather(*(_newcomer(port) for _ in range(NEWCOMERS)))


async def _newcomer(port: int) -> None:
    line = Line(port, NEWCOMER_LIMIT_S)
    with suppress(*GONE):
        await line.ask(b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n" + HEADERS * b"x-more: and more\r\n")
    line.close()
