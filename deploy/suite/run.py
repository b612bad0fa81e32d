"""What runs on one machine: the database, the world outside, the services, each a process of its own.

The supervisor does no work of its own: PostgreSQL, the emulator, the API and the readers are its children and die
with it, however it ends.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from deploy.kafka.broker import Broker
from deploy.processes import Processes, Program
from deploy.suite.database import create_database, make_ready, template_of
from deploy.suite.names import service_names
from deploy.suite.postgres import Cluster
from deploy.suite.secret import secrets_of
from shared.secrets import Secrets
from shared.settings import Bus, Settings

_TRY_LIMIT_S = 5.0  # longer than any process of ours takes to say that it cannot work


@dataclass(frozen=True)
class Site:
    """A database that is ready, and what every process of the suite is told."""

    admin_dsn: str
    settings: Settings
    secrets: Secrets
    environment: Mapping[str, str]


@asynccontextmanager
async def site(settings: Settings) -> AsyncIterator[Site]:
    """The database, embedded unless `DATABASE_URL` names one, with roles, schemas and migrations."""
    home = settings.home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    given = os.environ.get("DATABASE_URL", "")
    cluster = None if given else await Cluster.start(home / "postgres")
    try:
        admin_dsn = await create_database(cluster.dsn if cluster else given)
        watched = home / "postgres" if cluster else settings.disk_folder
        told = settings.model_copy(
            update={"home": home, "database_url": template_of(admin_dsn), "disk_folder": watched}
        )
        secrets = secrets_of(told)
        await make_ready(admin_dsn, service_names(), told, secrets)
        yield Site(admin_dsn, told, secrets, _environment(told))
    finally:
        if cluster is not None:
            await cluster.stop()


@asynccontextmanager
async def bus(settings: Settings, home: Path) -> AsyncIterator[dict[str, object]]:
    """A broker of our own where the bus is Kafka and nobody named one; answers what everybody is to be told of it."""
    if settings.bus is not Bus.KAFKA or "SIYU_KAFKA_BOOTSTRAP" in os.environ:
        yield {}
        return
    broker = await Broker.start(home / "kafka")
    try:
        yield {"kafka_bootstrap": broker.address}
    finally:
        await broker.stop()


async def start_services(processes: Processes, on: Site) -> None:
    """The API in some processes, readers and jobs in as many others: measured better than both in each.

    Processes that answer share the public port, and nothing else; those that read and mirror share the partitions by
    leases.
    """
    if on.settings.processes == 1:
        await start_part(processes, on, "suite", "api,readers,jobs,relay", 0)
        return
    answering_ = on.settings.processes // 2
    for number in range(on.settings.processes):
        if number < answering_:
            await start_part(processes, on, f"api{number or ''}", "api", number)
        else:
            await start_part(processes, on, f"readers{number - answering_ or ''}", "readers,jobs,relay", number)


async def start_part(processes: Processes, on: Site, name: str, roles: str, number: int) -> None:
    """One process of all services in some roles; `number` tells its metrics port from the others'."""
    metrics_port = on.settings.metrics_port and on.settings.metrics_port + number  # 0: each takes a free one
    told = {"SIYU_METRICS_PORT": str(metrics_port), "SIYU_SHARE_PORT": str(int(on.settings.processes > 3))}
    argv = (sys.executable, "-m", "deploy.suite.serving", "--roles", roles)
    await processes.start(Program(name, argv, {**on.environment, **told}, keep_alive=True))


async def start_emulator(processes: Processes, on: Site, port: int) -> None:
    """The world outside, emulated; what happened there is kept beside the clock that dated it."""
    clock = on.settings.clock_file
    assert clock is not None
    argv = (
        *(sys.executable, "-m", "deploy.emulator", "--port", str(port)),
        *("--clock-file", str(clock), "--world-file", str(clock.with_name("outside.json"))),
    )
    await processes.start(Program("emulator", argv, on.environment, keep_alive=True))


async def answering(port: int, path: str, limit_s: float = 60.0) -> None:
    """Wait until a port of ours answers that all is well; raises `TimeoutError` with what it said instead."""
    said = "nothing"
    try:
        async with asyncio.timeout(limit_s):
            while " 200 " not in (said := await _said(port, path)).partition("\r\n")[0]:
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise TimeoutError(f"{path} on port {port} says after {limit_s:.0f} s: {said}") from error


async def _said(port: int, path: str) -> str:
    """A whole answer, or why there is none."""
    try:
        async with asyncio.timeout(_TRY_LIMIT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with closing(writer):
                writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n".encode())
                return (await reader.read()).decode("utf-8", "replace") or "nothing"
    except TimeoutError:
        return "nothing, and the line stays open"
    except OSError as error:
        return str(error)


def _environment(settings: Settings) -> dict[str, str]:
    """What the children are told: this process's settings, as the variables they come from."""
    told = {
        f"SIYU_{name.upper()}": _text(getattr(settings, name))
        for name in Settings.model_fields
        if name != "secret" and getattr(settings, name) is not None
    }
    here = str(Path(__file__).parents[2])
    return {**os.environ, **told, "PYTHONPATH": os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))}


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
