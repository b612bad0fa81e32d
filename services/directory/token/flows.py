"""From what somebody proves to a token."""

import secrets

from services.directory import peers
from services.directory.brand import queries as brand
from services.directory.brand.rules import PURPOSE, opened
from services.directory.credential import queries as credentials
from services.directory.credential.rules import (
    LOCKED_S,
    SECRET_BYTES,
    CredentialRefused,
    Kind,
    PasswordMustChange,
    is_secret,
    tries_name,
)
from services.directory.staff import flows as staff
from services.directory.token import queries
from services.directory.token.rules import login_refused
from services.directory.token.schemas import MiniProgramGrant, PasswordGrant, SecretGrant
from shared.auth import caller as auth
from shared.auth.caller import Caller, Role
from shared.context import Context
from shared.db import Row
from shared.errors import NotFound, TooManyRequests

_KINDS = frozenset({("device", Kind.TILL), ("client", Kind.PARTNER)})
_NOBODYS_DIGEST = secrets.token_bytes(SECRET_BYTES)


async def by_secret(context: Context, grant: SecretGrant) -> Caller:
    """A till or a partner. Only what fails is counted: a till may ask as often as it likes."""
    name = tries_name("credential", str(grant.credential_id))
    async with context.database.reading() as tx:
        if not await credentials.has_try(tx, name):
            raise TooManyRequests(retry_after_s=LOCKED_S)
        row = await queries.holder(tx, grant.credential_id)
    is_right = is_secret(_NOBODYS_DIGEST if row is None else row["secret"], grant.secret)
    if row is None or not is_right or (grant.grant, row["kind"]) not in _KINDS:
        async with context.database.transaction() as tx:
            await credentials.take_try(tx, name)
        raise CredentialRefused
    return _machine(row, grant)


async def by_password(context: Context, grant: PasswordGrant) -> Caller:
    """A member of staff, with the roles and shops of this moment."""
    row = await staff.prove(context, grant.brand, grant.staff, grant.password)
    if row["is_one_time"]:
        raise PasswordMustChange
    return Caller(
        auth.Kind.STAFF,
        row["staff_id"],
        row["brand_id"],
        row["code"],
        frozenset(Role(role) for role in row["roles"]),
        None if row["shop_ids"] is None else frozenset(row["shop_ids"]),
        row["credential_id"],
    )


async def by_mini_program(context: Context, grant: MiniProgramGrant) -> Caller:
    """A shopper: WeChat says which identities she has, member says who that is."""
    async with context.database.reading() as tx:
        program = await brand.program(tx, grant.brand, grant.app_id)
    if program is None:
        raise NotFound(what="mini-program")
    brand_id, app_id = program["brand_id"], program["app_id"]
    app_secret = opened(context.secrets.derive(PURPOSE), program["sealed_secret"], brand_id, app_id)
    session = await peers.code_to_session(context.peers, context.settings.weixin_url, app_id, app_secret, grant.js_code)
    refusal = login_refused(session.errcode)
    if refusal is not None:
        raise refusal
    person_id = await peers.resolve_person(context.peers, brand_id, session)
    return Caller(auth.Kind.SHOPPER, person_id, brand_id, shop_ids=frozenset())


def _machine(row: Row, grant: SecretGrant) -> Caller:
    is_till = row["kind"] == Kind.TILL
    return Caller(
        auth.Kind.TILL if is_till else auth.Kind.PARTNER,
        row["holder_id"],
        row["brand_id"],
        row["name"],
        shop_ids=frozenset({row["shop_id"]}) if is_till else frozenset(),
        credential_id=grant.credential_id,
    )
