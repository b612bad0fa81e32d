"""The `siyu` command: run the suite, a service alone, migrations."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from deploy.kafka.broker import Broker, KafkaError, fetch
from deploy.processes import Processes, until_signalled
from deploy.suite import catalogue, explain, migrate
from deploy.suite.adopt import adopt
from deploy.suite.begun import Interrupted, clear_interrupted, is_done, mark_done
from deploy.suite.brand import brand
from deploy.suite.database import make_ready, template_of
from deploy.suite.demo import check, office_file, perform
from deploy.suite.postgres_binaries import PostgresError
from deploy.suite.rebuild import rebuild
from deploy.suite.run import answering, bus, free_ports, site, start_emulator, start_services
from deploy.suite.scratch import scratch_database
from deploy.suite.services import all_services
from deploy.suite.serving import secrets_of, serve
from deploy.suite.show import Terminal
from deploy.suite.topics import partitions, topics
from shared import logs
from shared.auth.caller import Caller, Kind
from shared.auth.tokens import Signer
from shared.settings import Settings
from shared.words import Language


@dataclass(frozen=True)
class Plan:
    """What a run is to do."""

    data: Path | None
    demo: bool
    emulator_port: int
    stays: bool


app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Siyu 私域")
console = Console()


@app.command()
def settings() -> None:
    """Print every setting with its value."""
    table = Table("variable", "value", "meaning")
    now = Settings()
    for name, field in Settings.model_fields.items():
        table.add_row(f"SIYU_{name.upper()}", str(getattr(now, name)), field.description)
    console.print(table)


@app.command()
def run(
    data: Annotated[
        Path | None, typer.Option(help="folder of the whole data sets; the bundled extract if left out")
    ] = None,
    demo: Annotated[bool, typer.Option(help="open the demo chain and replay its tickets, once")] = True,
    emulator_port: Annotated[int, typer.Option(help="port of the emulated world outside")] = 8090,
) -> None:
    """Run everything on this machine, with the demo chain, until Ctrl-C."""
    raise typer.Exit(uvloop.run(_run(Settings(), Plan(data, demo, emulator_port, stays=True))))


@app.command()
def smoke(
    data: Annotated[
        Path | None, typer.Option(help="folder of the whole data sets; the bundled extract if left out")
    ] = None,
) -> None:
    """Run everything on free ports in a throw-away folder; ends with the checker's exit status."""
    with tempfile.TemporaryDirectory(prefix="siyu-smoke-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the database may run as another user
        port, emulator_port = free_ports(2)
        values = {"home": Path(folder), "port": port, "metrics_port": 0}
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
            played = await perform(on, (on.settings.port, plan.emulator_port), plan.data, show)
            status = await check(on, on.settings.port, plan.emulator_port)
            mark_done(home, played)
        if plan.stays:
            names = [name.replace("_", "-") for name in all_services()]
            show.places(names, on.settings.port, on.settings.metrics_port, home)
            await asyncio.Event().wait()
    return status


@app.command(name="explain")
def explain_it(
    what: Annotated[explain.What, typer.Argument(help="what is asked about")],
    its_id: Annotated[UUID, typer.Argument(metavar="ID", help="its id; of a split: the ticket's")],
    credential: Annotated[
        Path | None,
        typer.Option(help="file with the body of a request for a token; the demo's head office if left out"),
    ] = None,
    url: Annotated[str | None, typer.Option(help="where the suite answers; this machine if left out")] = None,
    language: Annotated[Language, typer.Option(help="the language of the answer")] = "en",
) -> None:
    """Say why a coupon, points, a share, a reward or a membership is here, back to the ticket or scan it came of."""
    now = Settings()
    address = url or f"http://127.0.0.1:{now.port}"
    grant = explain.read_credential(credential or office_file(now.home))
    console.print(uvloop.run(explain.explain(address, grant, language, what, its_id)).tree())


@app.command()
def events() -> None:
    """Write the catalogue of events and the AsyncAPI document anew."""
    catalogue.write()
    console.print(f"wrote {catalogue.CATALOGUE} and {catalogue.ASYNCAPI}")


@app.command(name="keeper-token")
def keeper_token() -> None:
    """Print a short-lived token for whoever keeps this deployment running: dead letters, nothing of any brand."""
    caller = Caller(Kind.KEEPER, UUID(int=0), UUID(int=0), shop_ids=None)
    signer = Signer("directory", secrets_of(Settings()).signing_key("directory"))
    typer.echo(signer.token(caller))


@app.command()
def kafka(
    fetch_only: Annotated[bool, typer.Option("--fetch-only", help="fetch the jars and end")] = False,
    port: Annotated[int, typer.Option(help="port on loopback")] = 9092,
) -> None:
    """Fetch Apache Kafka from Maven (once) and run one broker on loopback until told to stop."""
    uvloop.run(fetch())
    if not fetch_only:
        uvloop.run(_run_broker(port))


async def _run_broker(port: int) -> None:
    async with until_signalled():
        broker = await Broker.start(Settings().home.absolute() / "kafka", port=port)
        console.print(f"Kafka answers on {broker.address}; Ctrl-C stops it")
        try:
            await asyncio.Event().wait()
        finally:
            await broker.stop()


app.command()(serve)
app.command()(adopt)
app.command()(brand)
app.command()(topics)
app.command()(partitions)
app.command()(rebuild)


@app.command(name="migrate")
def migrate_all(admin_url: Annotated[str, typer.Option(envvar="DATABASE_URL")]) -> None:
    """Make a database ready for all services: roles, schemas, migrations. Needs a role that may create roles."""
    now = Settings()
    template = now.database_url or template_of(admin_url)
    told = now.model_copy(update={"database_url": template})
    done = uvloop.run(make_ready(admin_url, all_services(), told, secrets_of(now)))
    console.print(f"migrated: {', '.join(done) or 'nothing to do'}")


@app.command()
def migration(service: str, message: str) -> None:
    """Write the next migration of a service, or of what all services carry (`shared`)."""
    written = uvloop.run(_write_migration(service, message))
    if written is not None:
        migrate.tidy(written)
    console.print(f"wrote {written}" if written else "nothing to migrate")


async def _write_migration(name: str, message: str) -> Path | None:
    is_shared = name == "shared"
    service = "trade" if is_shared else name
    async with scratch_database([service]) as scratch:
        line = migrate.Line(service, is_shared)
        return await migrate.write(line, scratch.dsn(f"siyu_{service}"), message)


def main() -> None:
    """What the console script runs; what the machine lacks is said in one sentence."""
    try:
        app()
    except (Interrupted, KafkaError, PostgresError, explain.Unexplained) as error:
        console.print(str(error), style="bold red")
        raise SystemExit(1) from error
