"""The `siyu` command: run the suite, a service alone, migrations."""

from pathlib import Path

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from deploy.suite import migrate
from deploy.suite.scratch import scratch_database
from shared.settings import Settings

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
def migration(service: str, message: str) -> None:
    """Write the next migration of a service, or of what all services carry (`shared`)."""
    written = uvloop.run(_write_migration(service, message))
    console.print(f"wrote {written}" if written else "nothing to migrate")


async def _write_migration(name: str, message: str) -> Path | None:
    is_shared = name == "shared"
    service = "trade" if is_shared else name
    async with scratch_database([service]) as scratch:
        line = migrate.Line(service, is_shared)
        return await migrate.write(line, scratch.dsn(f"siyu_{service}"), message)


def main() -> None:
    """What the console script runs."""
    app()
