"""A small HTTP/1.1 client for the replay: kept connections, JSON in and out, no more work than a till does.

General clients cost more processor time a request than the product itself, and here both share two cores.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

import httptools
import msgspec

ANSWER_LIMIT_S = 30.0
MOST_TRIES = 30


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: Any

    @property
    def is_good(self) -> bool:
        """Whether the door said yes."""
        return self.status < 300


class DoorClosedError(Exception):
    """A door said no where the replay needs a yes; the message holds what it said."""


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: Any = None  # uvloop's is no subclass of asyncio's
        self._parser: Any = None
        self._chunks: list[bytes] = []
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("closed by the other end"))

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result((self._parser.get_status_code(), b"".join(self._chunks)))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        self._parser = httptools.HttpResponseParser(self)
        self._chunks = []
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Client:
    """Some connections to one port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: deque[_Connection] = deque()
        self.asked = 0

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask; a busy or restarting other end is asked again, for every request of the replay may be repeated."""
        content = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        lines = [f"{method} {path} HTTP/1.1", f"host: 127.0.0.1:{self._port}", f"content-length: {len(content)}"]
        given = dict(headers or {})
        if body is not None:
            given.setdefault("content-type", "application/json")
        if token:
            given["authorization"] = f"Bearer {token}"
        lines += [f"{name}: {value}" for name, value in given.items()]
        request = "\r\n".join([*lines, "", ""]).encode() + content
        for tries in range(MOST_TRIES):
            try:
                async with asyncio.timeout(ANSWER_LIMIT_S):
                    status, answer = await self._once(request)
            except (OSError, TimeoutError):
                await asyncio.sleep(min(0.05 * 2**tries, 2))
                continue
            if status not in (429, 503):
                return Answer(status, _decoded(answer))
            await asyncio.sleep(min(0.05 * 2**tries, 1))
        raise DoorClosedError(f"{method} {path}: no answer after {MOST_TRIES} tries")

    async def must(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """Ask for a yes; answers its body."""
        answer = await self.ask(method, path, body, **more)
        if not answer.is_good:
            raise DoorClosedError(f"{method} {path}: {answer.status} {answer.body}")
        return answer.body

    async def _once(self, request: bytes) -> tuple[int, bytes]:
        connection = self._free.popleft() if self._free else None
        if connection is None or not connection.is_open:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(_Connection, "127.0.0.1", self._port)
        self.asked += 1
        answer = await connection.ask(request)
        self._free.append(connection)
        return answer

    def close(self) -> None:
        """Hang up."""
        while self._free:
            self._free.popleft().close()


def _decoded(answer: bytes) -> Any:
    try:
        return msgspec.json.decode(answer) if answer else None
    except msgspec.DecodeError:
        return answer.decode("utf-8", "replace")
