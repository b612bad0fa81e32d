"""Rebuilding: a service's projections made anew from the logs by its ordinary listeners, compared, and put in place.

The service goes on working all the while. Its effects and its positions commit together, so a snapshot of its tables
says how far it is: the shadow is brought to just there, by the same listeners, and both are compared in that snapshot.
Only for a swap its readers wait, for the moment that the last few events and the renaming take. What the listeners say
on hearing it all again is said to nobody. Killed at any line, a rebuild leaves the service as it was and a shadow that
the next one drops.

What depends on the moment of hearing can't come out the same: a projection keeps when a fact was said, not when it
was heard (`tx.at`), and what is forgotten by the clock (revoked credentials) is no projection.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import typer
import uvloop
from rich.console import Console
from rich.table import Table

from deploy.suite.database import DATABASE, template_of
from deploy.suite.history import History, Told, uncollected
from deploy.suite.secret import secrets_of
from deploy.suite.services import service_named
from deploy.suite.shadow import Compared, Ground, Shadow, Unready, shadow_of
from shared.app import Service
from shared.bus.listener import Listener
from shared.bus.log_source import LogSource
from shared.bus.source import Position, SourceBehind
from shared.db.database import Tx
from shared.db.faults import is_passing
from shared.db.pool import plain_connection
from shared.settings import Settings

_NEAR = 5_000  # events that a service may be ahead when the snapshot is taken or its readers are stopped
_TRIES = 20

Ends = Mapping[tuple[str, int], Position]


@dataclass(frozen=True)
class Wish:
    """What is to become of the shadow."""

    swaps: bool = False
    even_if_different: bool = False


@dataclass(frozen=True)
class Rebuilt:
    """What came of it."""

    read: int
    left_out: list[str]
    compared: list[Compared]
    is_swapped: bool

    @property
    def is_well(self) -> bool:
        """Nothing differs, or not any more."""
        return self.is_swapped or not any(one.differs for one in self.compared)


class Retelling:
    """Hands what was said once more to a service's listeners, on a connection that writes to a shadow."""

    def __init__(self, connection: Any, listeners: Sequence[Listener], history: History) -> None:
        self.left_out: list[str] = []
        self._connection = connection
        self._history = history
        self._takes = [(item.source, item.take, frozenset(kind.TYPE for kind in item.kinds)) for item in listeners]

    async def until(self, ends: Ends) -> None:
        """Everything before these positions that was not told yet."""
        async with aclosing(self._history.until(ends)) as stretches:
            async for stretch in stretches:
                await self._take(stretch)

    async def _take(self, stretch: Sequence[Told]) -> None:
        """In one transaction; where that fails for a reason of its own, its halves: as readers do."""
        try:
            async with self._connection.transaction():
                for source, some in groupby(stretch, key=attrgetter("source")):
                    await self._hand_out(source, list(some))
        except Exception as error:
            if is_passing(error):
                raise
            await self._halve(stretch, error)

    async def _halve(self, stretch: Sequence[Told], error: Exception) -> None:
        if len(stretch) == 1:
            self.left_out.append(f"{stretch[0].type} {stretch[0].heard.event_id}: {error!r}")
            return
        half = len(stretch) // 2
        await self._take(stretch[:half])
        await self._take(stretch[half:])

    async def _hand_out(self, source: str, told: Sequence[Told]) -> None:
        for of, take, types in self._takes:
            batch = [one.heard for one in told if one.type in types] if of == source else []
            if batch:
                await take(Tx(self._connection, at=batch[-1].at), batch)  # what it emits is appended by nobody


async def rebuild_service(service: Service, ground: Ground, wish: Wish) -> Rebuilt:
    """Make a service's projections anew and compare them; put them in place where that is wished."""
    if not service.projections:
        raise Unready(f"{service.name} does not say which of its tables are projections.")
    async with (
        shadow_of(service, ground) as shadow,
        told_history(service, ground) as history,
        shadow.writer() as writer,
    ):
        retelling = Retelling(writer, service.listeners, history)
        await _come_near(shadow, history, retelling, writer)
        async with writer.transaction(isolation="repeatable_read"):
            await retelling.until(await shadow.places(writer))
            compared = await shadow.compare(writer)
        swaps = wish.swaps and (wish.even_if_different or not any(one.differs for one in compared))
        if swaps:
            await shadow.make_fit()
            await _swap(shadow, history, retelling, writer)
    return Rebuilt(history.read, history.unread + retelling.left_out, compared, swaps)


async def _come_near(shadow: Shadow, history: History, retelling: Retelling, writer: Any) -> None:
    """Tell on until the service is hardly ahead; it must not run away."""
    ends = await shadow.places(writer)
    left = before = history.left(ends)
    while left > _NEAR:
        await retelling.until(ends)
        ends = await shadow.places(writer)
        left, before = history.left(ends), left
        if left >= before:
            raise Unready(f"{shadow.service.name} hears as fast as it is rebuilt. Try again in a calmer hour.")


async def _swap(shadow: Shadow, history: History, retelling: Retelling, writer: Any) -> None:
    """Stop the readers, tell the rest, rename. Who reads the tables just now has the right of way: try again."""
    for _ in range(_TRIES):
        await _come_near(shadow, history, retelling, writer)
        with suppress(asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            async with shadow.standing_still() as ends:
                await retelling.until(ends)
                await shadow.take_the_place()
            return
    raise Unready(f"Somebody always uses the tables of {shadow.service.name}. Try again in a calmer hour.")


@asynccontextmanager
async def told_history(service: Service, ground: Ground) -> AsyncIterator[History]:
    """The logs that a service hears, whatever bus it hears them by: they hold everything."""
    logs = {
        source: LogSource(source, ground.dsn(f"siyu_{source.replace('-', '_')}_reader")) for source in service.sources
    }
    async with AsyncExitStack() as stack:
        stack.enter_context(uncollected())
        for log in logs.values():
            stack.push_async_callback(log.close)
            await log.open()
        kinds = {kind.TYPE: kind for listener in service.listeners for kind in listener.kinds}
        yield History(logs, kinds)


def rebuild(
    name: Annotated[str, typer.Argument(metavar="SERVICE", help="whose projections")],
    swap: Annotated[bool, typer.Option("--swap", help="put them in place if nothing differs")] = False,
    even_if_different: Annotated[
        bool, typer.Option("--even-if-different", help="with --swap: after a bug was mended, say")
    ] = False,
    drop: Annotated[bool, typer.Option("--drop", help="only drop what the last swap kept")] = False,
    admin_url: Annotated[
        str | None, typer.Option(envvar="DATABASE_URL", help="as for `migrate`; the embedded server if left out")
    ] = None,
) -> None:
    """Make a service's projections anew from the logs, beside the living ones; compare them, and swap them if told."""
    service = service_named(name)
    console = Console()
    try:
        ground = ground_of(Settings(), admin_url)
        if drop:
            is_dropped = uvloop.run(_drop_kept(service, ground))
            typer.echo("dropped" if is_dropped else "nothing was kept")
            return
        rebuilt = uvloop.run(rebuild_service(service, ground, Wish(swap, even_if_different)))
    except (Unready, SourceBehind, OSError) as error:
        typer.echo(f"{name} can't be rebuilt. {error}", err=True)
        raise typer.Exit(1) from error
    _show(console, rebuilt)
    raise typer.Exit(0 if rebuilt.is_well else 1)


def ground_of(settings: Settings, admin_url: str | None) -> Ground:
    """The database that the services are at work on: given, or the embedded one of this home."""
    address = admin_url or _embedded(settings.home / "postgres")
    path = urlsplit(settings.database_url).path or f"/{DATABASE}"
    admin_dsn = urlunsplit(urlsplit(address)._replace(path=path))
    template = settings.database_url or template_of(admin_dsn)
    return Ground(admin_dsn, settings.model_copy(update={"database_url": template}), secrets_of(settings))


def _embedded(folder: Path) -> str:
    """How the superuser connects to the embedded server at work; line 4 of its pid file is its port."""
    try:
        port = (folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split("\n")[3]
        password = (folder / "secrets" / "postgres").read_text(encoding="ascii")
    except (OSError, IndexError) as error:
        raise Unready(f"Nothing is at work in {folder}: start `siyu run`, or name DATABASE_URL.") from error
    return f"postgresql://postgres:{password}@127.0.0.1:{port}"


async def _drop_kept(service: Service, ground: Ground) -> bool:
    async with plain_connection(ground.admin_dsn) as admin:
        return await Shadow(service, ground, admin).drop_kept()


def _show(console: Console, rebuilt: Rebuilt) -> None:
    table = Table("table", "rows", "only there", "only rebuilt", title=f"{rebuilt.read:,} events told again")
    for one in rebuilt.compared:
        table.add_row(one.table, f"{one.rows:,}", f"{one.surplus:,}", f"{one.missing:,}")
    console.print(table)
    for one in rebuilt.compared:
        for sign, rows in (("-", one.surplus_rows), ("+", one.missing_rows)):
            for row in rows:
                console.print(f"{sign} {one.table} {row}", markup=False, highlight=False, soft_wrap=True)
    for reason in rebuilt.left_out:
        console.print(f"left out: {reason}", markup=False, highlight=False, soft_wrap=True)
    if rebuilt.is_swapped:
        console.print("The rebuilt tables are in place; `--drop` drops the old ones.")
