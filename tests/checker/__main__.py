"""`python -m tests.checker`: says what was compared and lists every difference; exit status 1 where there is one."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.checker import sent as sending
from tests.checker import standing as looking
from tests.checker.verdict import CHECKS

MOST_LISTED = 10


def main(
    journal: Annotated[Path, typer.Option(help="what was sent")],
    admin_dsn: Annotated[str, typer.Option(help="the database")],
    emulator_url: Annotated[str, typer.Option(help="the world outside")],
    url: Annotated[str, typer.Option(help="the public port")] = "",
    token: Annotated[str, typer.Option(envvar="CHECKER_TOKEN", help="head office's token")] = "",
) -> None:
    """Compare."""
    sent = sending.read(journal)
    standing = asyncio.run(looking.read(admin_dsn, sent.brand_id, emulator_url, url, token))
    console = Console(highlight=False)
    table = Table("reconciliation", "differences", title=f"{len(sent.tickets):,} tickets sent to {url}")
    listed: list[str] = []
    for check in CHECKS:
        differences = check(sent, standing)
        table.add_row((check.__doc__ or "").strip(), str(len(differences)) if differences else "none")
        listed += differences[:MOST_LISTED]
    console.print(table)
    for difference in listed:
        console.print(f"  {difference}", style="red")
    raise typer.Exit(1 if listed else 0)


app = typer.Typer(pretty_exceptions_enable=False)
app.command()(main)
app()
