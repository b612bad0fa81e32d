"""Revoked credentials: directory says so, every service keeps the news and every process looks at it."""

from collections.abc import Sequence

from shared.bus.listener import on
from shared.context import Context
from shared.db.database import Tx
from shared.events.directory import CredentialRevoked
from shared.events.event import Heard

_KEEP = "insert into revoked_credential (credential_id) select unnest($1::uuid[]) on conflict do nothing"
_FORGET = "delete from revoked_credential where at < now() - interval '1 day'"
_ALL = "select credential_id from revoked_credential"


@on(CredentialRevoked)
async def keep_revoked(tx: Tx, heard: Sequence[Heard[CredentialRevoked]]) -> None:
    """Keep which credentials count no more; tokens outlive them by minutes, so a day is plenty."""
    await tx.execute(_FORGET)
    await tx.execute(_KEEP, sorted({item.fact.credential_id for item in heard}))


async def refresh(context: Context) -> None:
    """Tell this process's verifier."""
    async with context.database.reading() as tx:
        for row in await tx.fetch(_ALL):
            context.verifier.revoke(row["credential_id"])
