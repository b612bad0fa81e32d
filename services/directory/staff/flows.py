"""What takes hashing outside a transaction, or must reach this process once it is committed."""

import secrets
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from services.directory.brand import actions as brand_actions
from services.directory.credential import flows as credential
from services.directory.credential import queries as credentials
from services.directory.credential.rules import (
    LOCKED_S,
    NOBODYS,
    CredentialRefused,
    must_be_strong,
    tries_name,
)
from services.directory.shop.rules import Outcome
from services.directory.staff import actions, queries
from services.directory.staff.schemas import ChangeIn, OneTimeOut, StaffIn
from shared.context import Context
from shared.db import Database, Row, Tx
from shared.errors import NotFound, TooManyRequests
from shared.events.event import Asked

_ONE_TIME_BYTES = 15


class Founding(NamedTuple):
    """A brand to be founded, and who speaks for it first."""

    code: str
    name: str
    staff_code: str = "head-office"
    staff_name: str = "总部"


class Founded(NamedTuple):
    """The brand; the one-time password is none once head office has chosen its own."""

    brand_id: UUID
    staff_code: str
    one_time_password: str | None


async def found_brand(database: Database, brand: Founding) -> Founded:
    """Found a brand with its first member of head office; done again, the brand stays and an unused password is new."""
    one_time = secrets.token_urlsafe(_ONE_TIME_BYTES)
    password_hash = await credential.hashed(one_time)

    async def found(tx: Tx) -> Founded:
        brand_id = await brand_actions.create_brand(tx, brand.code, brand.name)
        first = await actions.found_head_office(tx, brand_id, brand.staff_code, brand.staff_name)
        standing = await queries.signing_in(tx, brand.code, brand.staff_code)
        if first["left_at"] is not None or (standing is not None and not standing["is_one_time"]):
            return Founded(brand_id, brand.staff_code, None)
        await actions.give_one_time_password(tx, brand_id, first["staff_id"], password_hash)
        return Founded(brand_id, brand.staff_code, one_time)

    return await database.act(found)


async def save_staff(context: Context, brand_id: UUID, people: Mapping[str, StaffIn], asked: Asked) -> Outcome:
    """Keep staff; whoever left is shut out of this process at once, of others within two seconds."""
    saved = await context.database.act(lambda tx: actions.save_staff(tx, brand_id, people), *asked)
    credential.forget(context, saved.revoked)
    return saved.outcome


async def reset_password(context: Context, brand_id: UUID, staff_id: UUID, asked: Asked) -> OneTimeOut:
    """Let somebody in once, to set an own password; the old one counts no more."""
    one_time = secrets.token_urlsafe(_ONE_TIME_BYTES)
    password_hash = await credential.hashed(one_time)

    async def reset(tx: Tx) -> tuple[str, list[UUID]]:
        row = await queries.read(tx, brand_id, staff_id, None)
        if row is None or row["left_at"] is not None:
            raise NotFound(what="staff")
        return row["code"], await actions.give_one_time_password(tx, brand_id, staff_id, password_hash)

    staff_code, revoked = await context.database.act(reset, *asked)
    credential.forget(context, revoked)
    return OneTimeOut(staff_code=staff_code, one_time_password=one_time)


async def change_password(context: Context, change: ChangeIn, asked: Asked) -> None:
    """Somebody who knows the password sets another one; tokens got by the old one count no more."""
    row = await prove(context, change.brand, change.staff, change.password)
    must_be_strong(change.new_password, change.password, row["code"])
    password_hash = await credential.hashed(change.new_password)
    revoked = await context.database.act(
        lambda tx: actions.set_own_password(tx, row["brand_id"], row["staff_id"], password_hash), *asked
    )
    credential.forget(context, revoked)


async def prove(context: Context, brand_code: str, staff_code: str, password: str) -> Row:
    """Who this is, by password; an unknown name takes as long as a wrong password and is answered alike.

    A try is counted before it is made, so that many at once guess no more often than one after the other.
    """
    name = tries_name("staff", brand_code, staff_code)
    async with context.database.transaction() as tx:
        if not await credentials.take_try(tx, name):
            raise TooManyRequests(retry_after_s=LOCKED_S)
        row = await queries.signing_in(tx, brand_code, staff_code)
    is_known = await credential.is_password(NOBODYS if row is None else row["secret"], password)
    if row is None or not is_known:
        raise CredentialRefused
    async with context.database.transaction() as tx:
        await credentials.forget_tries(tx, name)
    return row
