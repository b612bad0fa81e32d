"""`siyu run` and `siyu smoke`: everything on this machine. It imports what a start needs, and so is ready sooner."""

import asyncio
import importlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from deploy.folders import throw_away_folder
from deploy.ports import free_ports
from deploy.processes import Processes, until_signalled
from deploy.suite.begun import clear_interrupted, is_done, mark_done
from deploy.suite.names import service_names
from deploy.suite.run import answering, bus, site, start_emulator, start_services
from deploy.suite.show import Terminal
from shared import logs
from shared.settings import Settings


@dataclass(frozen=True)
class Plan:
    """What a run is to do."""

    data: Path | None
    demo: bool
    emulator_port: int
    stays: bool


def run(
    data: Annotated[
        Path | None, typer.Option(help="folder of the whole data sets; the bundled extract if left out")
    ] = None,
    demo: Annotated[bool, typer.Option(help="open the demo chain and replay its tickets, once")] = True,
    emulator_port: Annotated[int, typer.Option(help="port of the emulated world outside")] = 8090,
) -> None:
    """Run everything on this machine, with the demo chain, until Ctrl-C."""
    raise typer.Exit(uvloop.run(_run(Settings(), Plan(data, demo, emulator_port, stays=True))))


def smoke(
    data: Annotated[
        Path | None, typer.Option(help="folder of the whole data sets; the bundled extract if left out")
    ] = None,
) -> None:
    """Run everything on free ports in a throw-away folder; ends with the checker's exit status."""
    with throw_away_folder("siyu-smoke-") as folder:
        port, emulator_port = free_ports(2)
        values = {"home": folder, "port": port, "metrics_port": 0}
        plan = Plan(data, demo=True, emulator_port=emulator_port, stays=False)
        raise typer.Exit(uvloop.run(_run(Settings().model_copy(update=values), plan)))


async def _run(given: Settings, plan: Plan) -> int:
    """Everything, in order; what was started is stopped in reverse, however this ends."""
    logs.configure("WARNING")
    show, status, begun = Terminal(), 0, time.monotonic()
    home = given.home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    if plan.demo and await clear_interrupted(home):
        show.say("the last demo was interrupted: it is played anew")
    outside = f"http://127.0.0.1:{plan.emulator_port}"
    told = {"home": home, "demo": True, "clock_file": home / "clock", "wecom_url": outside, "weixin_url": outside}
    async with (
        until_signalled(),
        bus(given, home) as told_bus,
        site(given.model_copy(update=told | told_bus)) as on,
        Processes(home / "logs") as processes,
    ):
        await start_emulator(processes, on, plan.emulator_port)
        await start_services(processes, on)
        await answering(on.settings.port, "/ready")
        await answering(plan.emulator_port, "/emulator/health")
        show.say(f"ready after {time.monotonic() - begun:.1f} s")
        if plan.demo and not is_done(home):
            demo = importlib.import_module("deploy.suite.demo")  # half of what a start would load, for once in a home
            played = await demo.perform(on, (on.settings.port, plan.emulator_port), plan.data, show)
            status = await demo.check(on, on.settings.port, plan.emulator_port)
            mark_done(home, played)
        if plan.stays:
            names = [name.replace("_", "-") for name in service_names()]
            show.places(names, on.settings.port, on.settings.metrics_port, home)
            await asyncio.Event().wait()
    return status
