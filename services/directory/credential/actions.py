"""Issuing a credential, replacing a password, revoking either."""

import secrets
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.directory.credential import queries
from services.directory.credential.queries import Holder
from services.directory.credential.rules import SECRET_BYTES, Kind, digest
from shared.db import Tx
from shared.events.directory import CredentialRevoked
from shared.ids import new_id


class Issued(NamedTuple):
    """A new credential with its secret, which is nowhere else."""

    credential_id: UUID
    secret: str


async def issue(tx: Tx, holder: Holder) -> Issued:
    """A new credential beside those that the holder has."""
    issued = Issued(new_id(), secrets.token_urlsafe(SECRET_BYTES))
    await queries.insert(tx, issued.credential_id, holder, digest(issued.secret), is_one_time=False)
    return issued


async def replace_password(tx: Tx, holder: Holder, password_hash: bytes, *, is_one_time: bool) -> list[UUID]:
    """Give the holder this password alone; answers what counts no more."""
    revoked = await revoke_held(tx, holder.brand_id, holder.kind, [holder.holder_id])
    await queries.insert(tx, new_id(), holder, password_hash, is_one_time=is_one_time)
    return revoked


async def revoke_held(tx: Tx, brand_id: UUID, kind: Kind, holder_ids: Sequence[UUID]) -> list[UUID]:
    """Revoke whatever these holders are proven by; answers it."""
    return await revoke(tx, brand_id, await queries.live_of(tx, brand_id, kind, holder_ids))


async def revoke(tx: Tx, brand_id: UUID, credential_ids: Sequence[UUID]) -> list[UUID]:
    """Let credentials count no more, and say so; answers those that counted so far."""
    revoked = await queries.revoke(tx, brand_id, credential_ids, tx.at)
    for credential_id in revoked:
        tx.emit(CredentialRevoked(brand_id=brand_id, credential_id=credential_id))
    return revoked
