"""After a backup: a restored log begins a new life, and who listened to the old one is held until a person decides.

To be run when the backup is restored and before anything is started, so that all that is said from then on is heard.
"""

from typing import Annotated, NamedTuple
from uuid import UUID

import typer
import uvloop

from deploy.suite.secret import secrets_of
from deploy.suite.services import all_services, service_named
from shared.db.pool import plain_connection
from shared.secrets import Secrets
from shared.settings import Settings

_HEADS = "select part, next, incarnation from log_head order by part"
_ADOPT = """
with head as (select * from unnest($2::smallint[], $3::bigint[], $4::uuid[]) as head (part, next, incarnation))
update cursor set incarnation = head.incarnation, off = least(cursor.off, head.next)
  from head where cursor.source = $1 and cursor.part = head.part and (cursor.off <= head.next or $5)
"""
_AHEAD = """
with head as (select * from unnest($2::smallint[], $3::bigint[]) as head (part, next))
select coalesce(sum(cursor.off - head.next), 0)::bigint from cursor join head using (part)
 where cursor.source = $1 and cursor.off > head.next
"""


class Held(NamedTuple):
    """A listener that heard so many events which the restored log does not have."""

    listener: str
    lost: int


def adopt(
    service: Annotated[str, typer.Argument(help="whose log was restored")],
    even_ahead: Annotated[
        bool, typer.Option("--even-ahead", help="also listeners that heard what is lost: its effects stay with them")
    ] = False,
) -> None:
    """Let the listeners of a service go on in the new life of its log, restored from a backup."""
    settings = Settings()
    name = service_named(service).name
    held = uvloop.run(adopt_life(settings, secrets_of(settings), name, even_ahead=even_ahead))
    for listener, lost in held:
        typer.echo(f"{listener} heard {lost} events that {service}'s log no longer has")
    if held and not even_ahead:
        typer.echo("they stay held: restore them from the same backup, or say --even-ahead to keep what they heard")
        raise typer.Exit(1)


async def adopt_life(settings: Settings, secrets: Secrets, source: str, *, even_ahead: bool) -> list[Held]:
    """Give every listener's cursors the log's incarnation; answers who stood ahead of it."""

    def dsn(role: str) -> str:
        return settings.dsn(role, secrets.password(role))

    async with plain_connection(dsn(f"siyu_{source}_reader")) as connection:
        heads: list[tuple[int, int, UUID]] = [tuple(row) for row in await connection.fetch(_HEADS)]
    parts, nexts, lives = (list(column) for column in zip(*heads, strict=True))
    held = []
    for listener, its_service in all_services().items():
        if source not in its_service.sources:
            continue
        async with plain_connection(dsn(f"siyu_{listener}")) as connection:
            lost = await connection.fetchval(_AHEAD, source, parts, nexts)
            await connection.execute(_ADOPT, source, parts, nexts, lives, even_ahead)
        if lost:
            held.append(Held(listener, lost))
    return held
