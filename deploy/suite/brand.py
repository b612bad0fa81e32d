"""Founding a brand: the one thing that no door does. Its head office then does the rest through the doors."""

from typing import Annotated

import typer
import uvloop

from deploy.suite.secret import secrets_of
from services.directory.staff.flows import Founded, Founding, found_brand
from shared.clock import Clock, system_now
from shared.db.database import Database
from shared.log.append import append
from shared.secrets import Secrets
from shared.settings import Settings


def brand(
    code: Annotated[str, typer.Argument(help="what staff type to say whose they are: `four-seasons`")],
    name: Annotated[str, typer.Argument(help="what shoppers read: `四季生鲜`")],
) -> None:
    """Found a brand and print the one-time password of its head office; again, and an unused one is replaced."""
    settings = Settings()
    founded = uvloop.run(found(settings, secrets_of(settings), system_now, Founding(code, name)))
    typer.echo(f"brand {code} is {founded.brand_id}")
    if founded.one_time_password is None:
        typer.echo(f"{founded.staff_code} has chosen a password already")
    else:
        typer.echo(f"{founded.staff_code} signs in once with {founded.one_time_password}")


async def found(settings: Settings, secrets: Secrets, clock: Clock, founding: Founding) -> Founded:
    """Found a brand in this deployment."""
    dsn = settings.dsn("siyu_directory", secrets.password("siyu_directory"))
    database = Database(dsn, clock, append(settings.partitions), said=lambda: None)
    await database.open()
    try:
        return await found_brand(database, founding)
    finally:
        await database.close()
