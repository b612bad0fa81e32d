"""What is slow or must reach this process at once: hashing in threads, and the news that a credential is revoked."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID

from services.directory.credential import actions, queries, rules
from services.directory.credential.rules import Kind
from shared.auth.caller import Caller, NotAllowed, Role
from shared.context import Context
from shared.errors import NotFound, Overloaded
from shared.events.event import Asked

Answer = TypeVar("Answer")

_AT_ONCE = 2  # each takes 64 MiB and a quarter of a second
_WAITS_AT_MOST_S = 5.0
_THREADS = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="argon2")


async def hashed(password: str) -> bytes:
    """What is stored of a password."""
    return await _in_thread(lambda: rules.hashed(password))


async def is_password(stored: bytes, password: str) -> bool:
    """Whether it is the one."""
    return await _in_thread(lambda: rules.is_password(stored, password))


async def revoke(context: Context, who: Caller, credential_id: UUID, asked: Asked) -> None:
    """Revoke one credential; in this process its tokens stop at once, in others within two seconds."""
    async with context.database.transaction(*asked) as tx:
        row = await queries.read(tx, who.brand_id, credential_id)
        if row is None:
            raise NotFound(what="credential")
        if row["kind"] == Kind.TILL:
            who.must_serve(row["shop_id"])
        elif Role.HEAD_OFFICE not in who.roles:
            raise NotAllowed
        await actions.revoke(tx, who.brand_id, [credential_id])
    forget(context, [credential_id])


def forget(context: Context, revoked: Iterable[UUID]) -> None:
    """Tell this process what counts no more; called when that is committed."""
    for credential_id in revoked:
        context.verifier.revoke(credential_id)


async def _in_thread(work: Callable[[], Answer]) -> Answer:
    """Two at once; whoever waits too long is sent away, which bounds the queue."""
    try:
        async with asyncio.timeout(_WAITS_AT_MOST_S):
            return await asyncio.get_running_loop().run_in_executor(_THREADS, work)
    except TimeoutError as error:
        raise Overloaded(retry_after_s=int(_WAITS_AT_MOST_S)) from error
