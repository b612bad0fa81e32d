"""The proxy that faults on lines are made of: silent when told so, and nothing is closed by it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from tests.faults.proxy import COMMITTED, Proxy

SILENCE_S = 0.2

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Line:
    """A client's end of a line through the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def says(self, word: bytes) -> None:
        """Say something."""
        self.writer.write(word)
        await self.writer.drain()

    async def hears(self, length: int) -> bytes:
        """What comes back; raises `TimeoutError` where nothing does."""
        async with asyncio.timeout(SILENCE_S):
            return await self.reader.readexactly(length)


class Room:
    """An echo, and a proxy before it."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self._servers: list[asyncio.Server] = []
        self._ends: list[asyncio.StreamWriter] = []
        self._echoes: list[asyncio.StreamWriter] = []

    async def open(self) -> None:
        """Begin."""
        self.proxy = Proxy(await self._listen(self._echo))
        self._port = await self._listen(self.proxy.serve)

    async def _listen(self, serve: Serve) -> int:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._echoes.append(writer)
        while word := await reader.read(100):
            self.heard.put_nowait(word)
            writer.write(word)
        self.heard.put_nowait(b"")
        writer.close()

    async def line(self) -> Line:
        """Connect."""
        line = Line(*await asyncio.open_connection("127.0.0.1", self._port))
        self._ends.append(line.writer)
        return line

    def hang_up(self) -> None:
        """The echo ends every line."""
        for echo in self._echoes:
            echo.write_eof()

    async def close(self) -> None:
        """Let everything go."""
        for end in self._ends + self._echoes:
            end.transport.abort()
        for server in self._servers:
            server.close()
            await server.wait_closed()


@pytest_asyncio.fixture
async def room() -> AsyncIterator[Room]:
    """A room of the test's own."""
    room = Room()
    await room.open()
    yield room
    await room.close()


async def test_answers_that_are_held_back_come_late_and_whole(room: Room) -> None:
    line = await room.line()
    room.proxy.hold_answers()
    await line.says(b"early")
    assert await room.heard.get() == b"early", "what is asked arrives"
    with pytest.raises(TimeoutError):
        await line.hears(5)
    room.proxy.let_answers()
    assert await line.hears(5) == b"early"


async def test_who_commits_is_cut_off_before_hearing_of_it_and_others_are_not(room: Room) -> None:
    one, other = await room.line(), await room.line()
    room.proxy.lose_commits()
    await one.says(COMMITTED)
    assert await room.heard.get() == COMMITTED, "it is done"
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await one.hears(1)
    await other.says(b"select")
    assert await other.hears(6) == b"select"
    room.proxy.let_answers()
    await other.says(COMMITTED)
    assert await other.hears(len(COMMITTED)) == COMMITTED


async def test_a_forgotten_line_stays_open_and_silent_while_new_ones_are_answered(room: Room) -> None:
    old = await room.line()
    await old.says(b"hello")
    await old.hears(5)
    room.proxy.forget()
    await old.says(b"anybody there")
    with pytest.raises(TimeoutError):
        await old.hears(1)
    new = await room.line()
    await new.says(b"good day")
    assert await new.hears(8) == b"good day"
    assert [room.heard.get_nowait() for _ in range(room.heard.qsize())] == [b"hello", b"good day"]


async def test_who_hangs_up_is_heard_to(room: Room) -> None:
    line = await room.line()
    await line.says(b"bye")
    line.writer.write_eof()
    assert [await room.heard.get(), await room.heard.get()] == [b"bye", b""]
    assert await line.reader.read() == b"bye"


async def test_who_is_hung_up_on_hears_it(room: Room) -> None:
    line = await room.line()
    await line.says(b"hello")
    await line.hears(5)
    room.hang_up()
    with pytest.raises(asyncio.IncompleteReadError):
        await line.hears(1)
