"""Saving a brand's corp, and who in it stands for which shop."""

import secrets
from uuid import UUID

import msgspec

from services.community.corp import queries
from services.community.corp.rules import NONCE_BYTES, Corp, CorpTaken, sealed
from services.community.corp.schemas import CorpIn, CorpStaffIn
from services.community.registry import queries as registry
from shared.db import Tx
from shared.errors import NotFound


async def save_corp(tx: Tx, brand_id: UUID, corp: CorpIn, key: bytes) -> None:
    """Keep as whom the brand speaks to WeCom, sealed under `key`."""
    if await queries.holder(tx, corp.corp_id) not in (None, brand_id):
        raise CorpTaken(corp_id=corp.corp_id)
    plain = msgspec.json.encode(Corp(corp.corp_id, corp.secret, corp.callback_token, corp.encoding_aes_key))
    box = sealed(key, secrets.token_bytes(NONCE_BYTES), plain, brand_id)
    await queries.save(tx, brand_id, corp.corp_id, box, (corp.most_members_count, corp.sweep_s))


async def save_corp_staff(tx: Tx, brand_id: UUID, userid: str, staff: CorpStaffIn) -> None:
    """Keep for which shop somebody in WeCom stands."""
    if not await registry.has_shop(tx, brand_id, staff.shop_id):
        raise NotFound(what="shop")
    if staff.guide_id is not None and not await registry.has_staff(tx, brand_id, staff.guide_id):
        raise NotFound(what="guide")
    await queries.save_staff(tx, brand_id, userid, staff.shop_id, staff.guide_id)


async def keep_token(tx: Tx, brand_id: UUID, token: str, key: bytes, good_for_s: int) -> None:
    """Keep an access token, sealed as the keys are: whoever has it speaks for the brand."""
    box = sealed(key, secrets.token_bytes(NONCE_BYTES), token.encode(), brand_id)
    await queries.save_token(tx, brand_id, box, good_for_s)
