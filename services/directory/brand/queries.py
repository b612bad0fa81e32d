"""Every statement about brands and their mini-programs."""

from uuid import UUID

from shared.db import Row, Tx

_FOUND = "insert into brand (brand_id, code, name) values ($1, $2, $3) on conflict (code) do nothing"
_ID = "select brand_id from brand where code = $1"
_READ = "select brand_id, code, name from brand where brand_id = $1"
_APP_HOLDER = "select brand_id from mini_program where app_id = $1"
_SAVE_PROGRAM = """
insert into mini_program (brand_id, app_id, sealed_secret) values ($1, $2, $3)
on conflict (brand_id) do update set app_id = excluded.app_id, sealed_secret = excluded.sealed_secret
"""
_PROGRAM = """
select mini_program.brand_id, app_id, sealed_secret from mini_program join brand using (brand_id)
 where brand.code = $1 or app_id = $2
"""


async def found(tx: Tx, brand_id: UUID, code: str, name: str) -> UUID:
    """The id of the brand with this code, which begins here where it is new."""
    await tx.execute(_FOUND, brand_id, code, name)
    standing: UUID = await tx.value(_ID, code)
    return standing


async def read(tx: Tx, brand_id: UUID) -> Row | None:
    """One brand."""
    return await tx.first(_READ, brand_id)


async def app_holder(tx: Tx, app_id: str) -> UUID | None:
    """The brand whose mini-program this is."""
    holder: UUID | None = await tx.value(_APP_HOLDER, app_id)
    return holder


async def save_program(tx: Tx, brand_id: UUID, app_id: str, box: bytes) -> None:
    """Keep a brand's mini-program."""
    await tx.execute(_SAVE_PROGRAM, brand_id, app_id, box)


async def program(tx: Tx, brand_code: str | None, app_id: str | None) -> Row | None:
    """A mini-program by its brand's code or by its own id."""
    return await tx.first(_PROGRAM, brand_code, app_id)
