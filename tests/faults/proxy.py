"""A TCP proxy that can fall silent without closing anything: `python -m tests.faults.proxy PORT PORT_BEHIND`.

SIGSTOP silences it both ways, SIGKILL resets whoever is connected. USR1 holds answers back; QUIT resets a connection
whose commit is done, before anybody hears that it is; after USR2 all answers pass again. HUP forgets the connections of
this moment, as a firewall does: they stay open, and whatever is said on them is lost.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
import uvloop

MOST_BYTES = 65_536
COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"  # PostgreSQL's protocol: a command is complete


class Pair:
    """The two ends of a connection."""

    def __init__(self) -> None:
        self.is_forgotten = False


class Proxy:
    """Passes bytes on."""

    def __init__(self, port_behind: int) -> None:
        self._port_behind = port_behind
        self._pairs: set[Pair] = set()
        self._answers = asyncio.Event()
        self._answers.set()
        self._loses_commits = False

    def hold_answers(self) -> None:
        """Let nothing come back."""
        self._answers.clear()

    def lose_commits(self) -> None:
        """Whoever commits is never told."""
        self._loses_commits = True

    def let_answers(self) -> None:
        """Let all come back, late."""
        self._answers.set()
        self._loses_commits = False

    def forget(self) -> None:
        """Whoever is connected now is never heard again."""
        for pair in self._pairs:
            pair.is_forgotten = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        pair = Pair()
        self._pairs.add(pair)
        ends = [writer]
        try:
            behind, to_behind = await asyncio.open_connection("127.0.0.1", self._port_behind)
            ends.append(to_behind)
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass_on(reader, to_behind, pair, _let_by))
                both.create_task(_pass_on(behind, writer, pair, self._let_by))
        except* OSError:
            pass  # one end was reset: so is the other
        finally:
            self._pairs.discard(pair)
            for end in ends:
                end.transport.abort()

    async def _let_by(self, answer: bytes) -> None:
        """Returns when an answer may pass."""
        await self._answers.wait()
        if self._loses_commits and COMMITTED in answer:
            raise ConnectionResetError


async def _let_by(_question: bytes) -> None:
    """Questions always pass."""


async def _pass_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    pair: Pair,
    let_by: Callable[[bytes], Awaitable[None]],
) -> None:
    """Pass on what is heard, and its end, each when it is let by; nothing once the pair is forgotten."""
    heard = b"?"
    while heard:
        heard = await reader.read(MOST_BYTES)
        await let_by(heard)
        if pair.is_forgotten:
            continue
        if heard:
            writer.write(heard)
            await writer.drain()
        else:
            writer.write_eof()


async def _stand_between(port: int, port_behind: int) -> None:
    proxy = Proxy(port_behind)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, proxy.hold_answers)
    loop.add_signal_handler(signal.SIGQUIT, proxy.lose_commits)
    loop.add_signal_handler(signal.SIGUSR2, proxy.let_answers)
    loop.add_signal_handler(signal.SIGHUP, proxy.forget)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", port)
    await server.serve_forever()


def main(
    port: Annotated[int, typer.Argument(help="where it listens")],
    port_behind: Annotated[int, typer.Argument(help="where what it stands before listens")],
) -> None:
    """Stand between."""
    uvloop.run(_stand_between(port, port_behind))


if __name__ == "__main__":
    typer.run(main)
