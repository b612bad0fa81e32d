"""Founding a brand, and giving it its mini-program."""

import secrets
from uuid import UUID

from services.directory.brand import queries
from services.directory.brand.rules import NONCE_BYTES, MiniProgramTaken, sealed
from services.directory.brand.schemas import MiniProgramIn
from shared.db import Tx
from shared.ids import new_id


async def create_brand(tx: Tx, brand_code: str, name: str) -> UUID:
    """The brand with this code; the first time it is asked for, it is founded."""
    return await queries.found(tx, new_id(), brand_code, name)


async def keep_mini_program(tx: Tx, brand_id: UUID, program: MiniProgramIn, key: bytes) -> None:
    """Keep which mini-program is the brand's, its secret sealed under `key`."""
    if await queries.app_holder(tx, program.app_id) not in (None, brand_id):
        raise MiniProgramTaken(app_id=program.app_id)
    box = sealed(key, secrets.token_bytes(NONCE_BYTES), program.app_secret, brand_id, program.app_id)
    await queries.save_program(tx, brand_id, program.app_id, box)
