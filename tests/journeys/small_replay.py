"""The demo in small: baskets of three shops, played over HTTP with a suite, an emulator and a database of their own."""

import gzip
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import asyncpg

from deploy.demo.play import Played, Stage, play
from deploy.demo.source import BASKETS, BUNDLED, Source, read_source, recorded_baskets
from deploy.processes import Processes
from deploy.suite.demo import caught_up, found
from deploy.suite.run import Site, answering, free_ports, start_emulator
from deploy.suite.scratch import Scratch, scratch_database
from deploy.suite.serve import Suite, listening
from deploy.suite.services import all_services
from shared.clock import ReplayClock
from tests.checker import sent as sending
from tests.checker import standing as looking
from tests.checker.sent import Sent
from tests.checker.standing import Standing

# In these three there is all that the checker looks at: a partner, returns, redemptions that find their basket, scans.
STORES = frozenset({333, 420, 445})
HERE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """A replay that has ended: what was sent, what stood then, and an administrator's way to the tables."""

    played: Played
    sent: Sent
    standing: Standing
    connection: "asyncpg.Connection[asyncpg.Record]"


class Silent:
    """Shows nothing to nobody."""

    def say(self, text: str) -> None:
        """Nothing."""

    def tickets(self, total: int) -> Callable[[int], None]:
        """No bar."""
        return lambda _: None


@asynccontextmanager
async def small_replay(folder: Path) -> AsyncIterator[Ended]:
    """Play it to its end. The services and the emulator are gone when the block begins; the tables stand."""
    port, metrics_port, emulator_port = free_ports(3)
    outside = f"http://127.0.0.1:{emulator_port}"
    told = {
        "port": port, "metrics_port": metrics_port, "clock_file": folder / "clock", "wecom_url": outside,
        "weixin_url": outside, "partitions": 2, "most_connections": 5,
    }  # fmt: skip
    async with scratch_database(list(all_services()), **told) as scratch:
        with closing(ReplayClock(folder / "clock")) as clock:
            environment = {**os.environ, "PYTHONPATH": str(HERE)}
            site = Site(scratch.admin_dsn, scratch.settings, scratch.secrets, environment)
            async with Processes(folder / "logs") as processes:
                await start_emulator(processes, site, emulator_port)
                await answering(emulator_port, "/emulator/health")
                played = await _play(site, scratch, (port, emulator_port), clock, folder)
                sent = sending.read(folder / "journal.jsonl")
                standing = await looking.read(scratch.admin_dsn, sent.brand_id, outside)
        connection = await asyncpg.connect(scratch.admin_dsn)
        try:
            yield Ended(played, sent, standing, connection)
        finally:
            await connection.close()


async def _play(site: Site, scratch: Scratch, ports: tuple[int, int], clock: ReplayClock, folder: Path) -> Played:
    services = all_services()
    suite = Suite(services, site.settings, site.secrets, every=list(services), clock=clock)
    await suite.start()
    try:
        async with listening(suite, site.settings):
            founded = await found(site)
            stage = Stage(
                port=ports[0],
                emulator_port=ports[1],
                clock=clock,
                journal=folder / "journal.jsonl",
                staff_code=founded.staff_code,
                one_time_password=founded.one_time_password,
                password="long enough for a demo",
            )
            played = await play(stage, _cut(folder), Silent(), partial(caught_up, scratch.admin_dsn))
            await caught_up(scratch.admin_dsn)
            return played
    finally:
        await suite.stop()


def _cut(folder: Path) -> Source:
    """What the bundled extract holds of these shops."""
    whole = read_source(BUNDLED)
    kept = [basket for basket in recorded_baskets(whole) if basket.store_id in STORES]
    ids = {basket.basket_id for basket in kept}
    with gzip.open(folder / BASKETS, "wt", encoding="utf-8") as file:
        file.writelines(line for line in _lines(BUNDLED / BASKETS) if int(line[1 : line.index(",")]) in ids)
    households = {basket.household_id for basket in kept}
    sold = {line.product_id for basket in kept for line in basket.lines}
    return replace(
        whole,
        folder=folder,
        store_ids=tuple(store for store in whole.store_ids if store in STORES),
        household_ids=tuple(household for household in whole.household_ids if household in households),
        products={product_id: product for product_id, product in whole.products.items() if product_id in sold},
        redemptions=tuple(item for item in whole.redemptions if item.household_id in households),
    )


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from file
