"""Saving live codes, and keeping note of what WeCom made of them."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from services.community.live_code import queries
from services.community.live_code.rules import STATE_BYTES, LiveCodeDiffers
from services.community.live_code.schemas import LiveCodeIn
from services.community.registry import queries as registry
from shared.db import Tx
from shared.errors import NotFound
from shared.ids import new_id


async def save_live_code(tx: Tx, brand_id: UUID, live_code: str, wanted: LiveCodeIn) -> None:
    """Keep a live code as it is wanted; a job makes it in WeCom."""
    if not await registry.has_shop(tx, brand_id, wanted.shop_id):
        raise NotFound(what="shop")
    state = secrets.token_hex(STATE_BYTES)
    facts = (wanted.kind, wanted.leads_to, wanted.shop_id, wanted.guide_id, wanted.channel, wanted.cost_fen)
    if await queries.save(tx, (new_id(), brand_id, live_code, state, *facts)) is None:
        raise LiveCodeDiffers(live_code=live_code)


async def refresh_codes_of(tx: Tx, brand_id: UUID, shop_ids: Sequence[UUID]) -> None:
    """Where these shops' groups or staff changed, their codes may have to lead elsewhere."""
    if shop_ids:
        await queries.refresh(tx, brand_id, shop_ids)
