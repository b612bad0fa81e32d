"""Commands for whoever keeps a deployment, or this code: settings, tokens, migrations, the catalogue, a broker."""

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from deploy.kafka.broker import Broker, fetch
from deploy.processes import until_signalled
from deploy.suite import catalogue, migrations
from deploy.suite.database import make_ready, template_of
from deploy.suite.lines import Line
from deploy.suite.names import service_names
from deploy.suite.scratch import scratch_database
from deploy.suite.secret import secrets_of
from shared.auth.caller import Caller, Kind
from shared.auth.tokens import Signer
from shared.settings import Settings

console = Console()


def settings() -> None:
    """Print every setting with its value."""
    table = Table("variable", "value", "meaning")
    now = Settings()
    for name, field in Settings.model_fields.items():
        table.add_row(f"SIYU_{name.upper()}", str(getattr(now, name)), field.description)
    console.print(table)


def events() -> None:
    """Write the catalogue of events and the AsyncAPI document anew."""
    catalogue.write()
    console.print(f"wrote {catalogue.CATALOGUE} and {catalogue.ASYNCAPI}")


def keeper_token() -> None:
    """Print a short-lived token for whoever keeps this deployment running: dead letters, nothing of any brand."""
    caller = Caller(Kind.KEEPER, UUID(int=0), UUID(int=0), shop_ids=None)
    signer = Signer("directory", secrets_of(Settings()).signing_key("directory"))
    typer.echo(signer.token(caller))


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


def migrate_all(admin_url: Annotated[str, typer.Option(envvar="DATABASE_URL")]) -> None:
    """Make a database ready for all services: roles, schemas, migrations. Needs a role that may create roles."""
    now = Settings()
    template = now.database_url or template_of(admin_url)
    told = now.model_copy(update={"database_url": template})
    done = uvloop.run(make_ready(admin_url, service_names(), told, secrets_of(now)))
    console.print(f"migrated: {', '.join(done) or 'nothing to do'}")


def migration(service: str, message: str) -> None:
    """Write the next migration of a service, or of what all services carry (`shared`)."""
    written = uvloop.run(_write_migration(service, message))
    if written is not None:
        migrations.tidy(written)
    console.print(f"wrote {written}" if written else "nothing to migrate")


async def _write_migration(name: str, message: str) -> Path | None:
    is_shared = name == "shared"
    service = "trade" if is_shared else name
    async with scratch_database([service]) as scratch:
        line = Line(service, is_shared)
        return await migrations.write(line, scratch.dsn(f"siyu_{service}"), message)
