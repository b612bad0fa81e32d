"""`make bench`: the table of what is fast, each row with its limit from the same run; ten minutes.

`--only P1,P4` measures some rows, `--scale 10m` on ten million members. `--growth` measures something else, and longer:
how the figures change with partitions, reading processes and members. Nothing is asserted: the table is for people.
"""

import platform
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from shared import logs
from tests.bench import growth, rebuilding, resting, rows
from tests.bench.picture import draw
from tests.bench.place import Place, percentile, place
from tests.bench.rows import Row, Whole

SCALES = {"100k": 100_000, "1m": 1_000_000, "10m": 10_000_000}
PROTOTYPE_PER_S = {"one by one": 3450.0, "posts of 100": 5960.0}  # of shared design, on two such cores
AIMS = {"one by one": "≥ 3,000; first ≥ 1,500", "posts of 100": "≥ 5,000; first ≥ 2,500"}
LAG_AT_PER_S = (350.0, 1000.0)
LAG_S = 10.0

console = Console()


class Bench:
    """A run: which rows are wanted, and what was found so far."""

    def __init__(self, only: frozenset[str], members: int, seconds: float) -> None:
        self.only = only
        self.members = members
        self.seconds = seconds
        self.found: list[Row] = []
        self.curves: dict[str, Whole] = {}

    def wants(self, *ids: str) -> bool:
        """Whether one of these rows is wanted."""
        return not self.only or bool(self.only & set(ids))

    async def run(self) -> None:
        """Everything, the smaller chain first."""
        if self.wants("P6"):
            async with timed("P6, 100,000 members"), place(SCALES["100k"]) as here:
                small = await self._costs(here)
        if self.wants("P1", "P2", "P3", "P4", "P5", "P6"):
            async with timed(f"P1 to P4, {self.members:,} members"), place(self.members) as here:
                await self._on_the_log(here)
                if self.wants("P6"):
                    self._compare(small, self._told() or await self._costs(here))
        if self.wants("P9"):
            async with timed("P9"), place(rebuilding.MEMBERS) as here:
                self.found.append(await rebuilding.p9(here))
        if self.wants("P5"):
            async with timed("P5"), place(SCALES["100k"], bus="kafka") as here:
                await here.read_in(1)
                self._through_kafka(await rows.p4(here, self.seconds * 2 / 3))
        if self.wants("P11", "P12", "P13"):
            async with timed("P11 to P13"):
                self.found += await resting.at_rest()

    async def grow(self) -> None:
        """How the figures change; a size of members for each scale up to the wanted one."""
        if self.wants("P4"):
            self.found += await growth.by_partitions(self.seconds)
        if self.wants("P1", "P2", "P6"):
            sizes = [(name, members) for name, members in SCALES.items() if members <= self.members]
            self.found += await growth.by_members(sizes)

    async def _on_the_log(self, here: Place) -> None:
        """The whole way first: what the others post, nobody is to take in while it is measured."""
        if self.wants("P4", "P5"):
            async with timed("P4"):
                await here.read_in(1)
                await self._whole_way(here)
                await here.read_no_more()
        if self.wants("P1"):
            self.found.append(await rows.p1(here))
        if self.wants("P2"):
            self.found += await rows.p2(here, here.naive_dsn())
        if self.wants("P3"):
            self.found.append(await rows.p3(here))

    async def _costs(self, here: Place) -> dict[str, float]:
        """What P6 compares: the same three questions, a second."""
        usual = {"at_once": 64, "tickets_a_post": 1, "seconds": rows.SHORT_S}
        measured: dict[str, Callable[[], Awaitable[float]]] = {
            "prompt": lambda: rows.per_s(here, kind="prompt", path=rows.PROMPTS, **usual),
            "ticket": lambda: rows.per_s(here, kind="ticket5", path=rows.TICKETS, **usual),
        }
        return dict(zip(measured, await rows.alternating(*measured.values()), strict=True))

    def _told(self) -> dict[str, float] | None:
        """The same, where P1 and P2 have asked it already."""
        figures = {row.id: row.figure for row in reversed(self.found)}
        return {"prompt": figures["P1"], "ticket": figures["P2"]} if {"P1", "P2"} <= figures.keys() else None

    def _compare(self, small: dict[str, float], large: dict[str, float]) -> None:
        for name, per_s in large.items():
            work = f"cost of a {name}, {self.members:,} members against 100,000"
            times = small[name] / per_s
            self.found.append(Row("P6", work, times, "×", 1.0, "100,000 members", "≤ 1.3 ×; first ≤ 1.5 ×"))

    async def _whole_way(self, here: Place) -> None:
        for way, runs in (await rows.p4(here, self.seconds)).items():
            run = rows.middle(runs)
            self.curves[f"log, {way}"] = run
            per_s, limit = run.whole_per_s, PROTOTYPE_PER_S[way]
            self.found.append(Row("P4", f"whole way, {way}", per_s, "/s", limit, "prototype", AIMS[way], _notes(run)))
        for rate_per_s in LAG_AT_PER_S:
            lags = await rows.lag_ms(here, rate_per_s, LAG_S)
            note = f"p50 {percentile(lags, 0.5):.0f} ms"
            work = f"lag p99 at {rate_per_s:,.0f}/s"
            self.found.append(Row("P4", work, percentile(lags, 0.99), "ms", 500.0, "aim", "< 500 ms", [note]))

    def _through_kafka(self, ways: dict[str, list[Whole]]) -> None:
        for way, runs in ways.items():
            run = rows.middle(runs)
            self.curves[f"Kafka, {way}"] = run
            straight = self.curves.get(f"log, {way}")
            limit = straight.whole_per_s if straight else 0.0
            work = f"whole way through Kafka, {way}"
            self.found.append(Row("P5", work, run.whole_per_s, "/s", limit, "P4", "≥ 70 %; first ≥ 60 %", _notes(run)))


@asynccontextmanager
async def timed(part: str) -> AsyncIterator[None]:
    """Say how long a part of it took, so that it can be kept short."""
    begun = time.monotonic()
    yield
    console.print(f"{part}: {time.monotonic() - begun:.0f} s", style="dim")


def _notes(run: Whole) -> list[str]:
    spent = ", ".join(f"{name} {us:.0f}" for name, us in run.processor_us.items())
    waits = run.seen.waits_ms
    return [
        f"accepted {run.accepted_per_s:,.0f}/s",
        f"answer p50 {percentile(waits, 0.5):.0f} ms, p99 {percentile(waits, 0.99):.0f} ms",
        f"µs of processor a ticket: {spent}",
    ]


def _table(found: list[Row]) -> Table:
    table = Table("", "work", "figure", "limit", "of it", "aim", title="bench")
    for row in found:
        share = f"{row.share:.2f} ×" if row.share > 2 else f"{row.share:.0%}"
        notes = "".join(f"\n[dim]{note}[/dim]" for note in row.notes)
        limit = f"{row.limit:,.0f} {row.limit_is}" if row.limit > 2 else row.limit_is
        figure = f"{row.figure:,.0f} {row.unit}" if row.figure > 10 else f"{row.figure:.2f} {row.unit}"
        table.add_row(row.id, row.work + notes, figure, limit, share, row.aim)
    return table


def _machine(server: str) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("asyncpg", "fastapi", "uvicorn", "uvloop", "msgspec"))
    return f"{platform.processor() or platform.machine()}, {platform.python_version()}, {server}, {packages}"


def main(
    only: Annotated[str, typer.Option(help="which rows: P1,P4; all if left out")] = "",
    scale: Annotated[str, typer.Option(help="members: 100k, 1m or 10m")] = "1m",
    seconds: Annotated[float, typer.Option(help="how long each run of the whole way posts")] = 15.0,
    is_growth: Annotated[bool, typer.Option("--growth", help="how figures change as things grow, instead")] = False,
    picture: Annotated[Path, typer.Option(help="where the picture goes")] = Path(".siyu/bench.svg"),
) -> None:
    """Measure, print, draw."""
    logs.configure("WARNING")
    begun = time.monotonic()
    bench = Bench(frozenset(filter(None, only.split(","))), SCALES[scale], seconds)
    try:
        uvloop.run(bench.grow() if is_growth else bench.run())
    finally:
        console.print(_table(bench.found))
    console.print(f"{_machine(sys.platform)}; {time.monotonic() - begun:.0f} s in all")
    if bench.curves:
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_text(draw({name: run.curve for name, run in bench.curves.items()}), encoding="utf-8")
        console.print(f"picture: {picture}")


if __name__ == "__main__":
    typer.run(main)
