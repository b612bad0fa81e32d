"""The emulator as a process of its own: `python -m deploy.emulator --port 8090`, on loopback only."""

import socket
from pathlib import Path
from typing import Annotated

import httpx
import typer
import uvicorn
import uvloop

from deploy.emulator.app import create_emulator
from deploy.emulator.keeping import Keeper
from deploy.emulator.world import World
from shared import logs
from shared.clock import ReplayClock, system_now

HOST = "127.0.0.1"


def run(
    port: Annotated[int, typer.Option(help="port to listen on; 0 takes a free one")] = 8090,
    seed: Annotated[str, typer.Option(help="what all ids and the weather are drawn from")] = "1",
    clock_file: Annotated[Path | None, typer.Option(help="the replay's clock, for the times of what happens")] = None,
    world_file: Annotated[Path | None, typer.Option(help="what the world is kept in; else it is forgotten")] = None,
    log_level: Annotated[str, typer.Option(help="DEBUG, INFO, WARNING or ERROR")] = "WARNING",
) -> None:
    """Stand for WeCom and the mini-program until told to end."""
    logs.configure(log_level)
    world = World(seed, clock=system_now if clock_file is None else ReplayClock(clock_file))
    with socket.create_server((HOST, port), backlog=1024) as listener:
        typer.echo(f"the emulator listens on http://{HOST}:{listener.getsockname()[1]}")
        uvloop.run(_serve(world, listener, world_file))


async def _serve(world: World, listener: socket.socket, world_file: Path | None) -> None:
    keeper = Keeper(world, world_file) if world_file else None
    if keeper is not None:
        keeper.load()
    async with httpx.AsyncClient() as client:
        app = create_emulator(world, client, keeper=keeper)
        config = uvicorn.Config(app, access_log=False, log_config=None, timeout_graceful_shutdown=5)
        await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    typer.run(run)
