"""From a sealed callback to a row, and from rows to what they are about."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
import structlog

from services.community import peers
from services.community.contact import flows as contacts
from services.community.corp import flows as corps
from services.community.corp.rules import CallbackRefused, NoCorp
from services.community.group import flows as groups
from services.community.look import actions as looks
from services.community.look import queries
from services.community.look.queries import Look
from services.community.look.rules import Subject
from shared.clock import system_now
from shared.context import Context
from shared.wecom.callbacks import BadCallback, Callbacks
from shared.wecom.changes import ChatChange, ContactChange, OtherChange

logger = structlog.get_logger()


async def echo(context: Context, brand_id: UUID, query: Mapping[str, str]) -> bytes:
    """The echo that WeCom asks back; raises `CallbackRefused`."""
    callbacks = await _callbacks(context, brand_id)
    try:
        return callbacks.verify_url(query, system_now())
    except BadCallback as bad:
        raise _refused(brand_id, bad) from bad


async def take(context: Context, brand_id: UUID, query: Mapping[str, str], body: bytes) -> None:
    """Keep what WeCom tells; raises `CallbackRefused` where it is not WeCom who tells it."""
    callbacks = await _callbacks(context, brand_id)
    try:
        told = callbacks.open(query, body, system_now())
    except BadCallback as bad:
        raise _refused(brand_id, bad) from bad
    match told.change:
        case ChatChange(chat_id=name):
            subject = Subject.GROUP
        case ContactChange(external_userid=name):
            subject = Subject.CONTACT
        case OtherChange():
            return
    kept = (subject, name, msgspec.json.encode(told.change))
    await context.database.act(lambda tx: looks.keep_callback(tx, brand_id, told.digest, kept))


async def take_looks(context: Context, most: int) -> int:
    """Look at what is due; answers how much that was."""
    async with context.database.reading() as tx:  # a claim is one statement
        claimed = await looks.claim_looks(tx, most)
    looks_by_brand = (_look(context, brand_id, subject, mine) for (brand_id, subject), mine in claimed.items())
    for outcome in await asyncio.gather(*looks_by_brand, return_exceptions=True):
        if isinstance(outcome, BaseException):  # a bug with one brand holds up no other
            raise outcome
    return sum(len(mine) for mine in claimed.values())


async def forget(context: Context, most: int) -> int:
    """Forget old callbacks; answers how many."""
    async with context.database.transaction() as tx:
        return await queries.forget(tx, most)


async def _look(context: Context, brand_id: UUID, subject: Subject, claimed: Sequence[Look]) -> None:
    """Look at one brand's groups or contacts; where WeCom or member is away, all of it waits."""
    try:
        match subject:
            case Subject.GROUP:
                await groups.look_at_groups(context, brand_id, claimed)
            case Subject.CONTACT:
                await contacts.look_at_contacts(context, brand_id, claimed)
    except peers.WAITED_FOR as failure:
        logger.warning("wecom is not to be asked", brand_id=str(brand_id), error=type(failure).__name__)
        async with context.database.transaction() as tx:
            await looks.put_off_looks(tx, brand_id, subject, claimed)


async def _callbacks(context: Context, brand_id: UUID) -> Callbacks:
    try:
        corp = await corps.corp_of(context, brand_id)
    except NoCorp as nobody:
        raise CallbackRefused from nobody
    return Callbacks(corp.token, corp.encoding_aes_key, corp.corp_id)


def _refused(brand_id: UUID, bad: BadCallback) -> CallbackRefused:
    logger.warning("callback refused", brand_id=str(brand_id), reason=str(bad.reason))
    return CallbackRefused()
