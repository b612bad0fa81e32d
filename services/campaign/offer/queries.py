"""Every statement about coupon campaigns."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from uuid import UUID

from services.campaign.offer.rules import Campaign, Kind, Purpose, State
from shared.db import Row, Tx

_FIELDS = """brand_id, campaign_code, campaign_id, kind, purpose, state, amount_fen, percent_bp, cap_fen, threshold_fen,
       gift_sku, skus, starts_at, ends_at, valid_days, most_issued, most_per_person, most_per_shop,
       most_discount_fen"""

_SAVE = """
insert into coupon_campaign (brand_id, campaign_code, campaign_id, kind, purpose, state, amount_fen, percent_bp,
                             cap_fen, threshold_fen, gift_sku, skus, starts_at, ends_at, valid_days, most_issued,
                             most_per_person, most_per_shop, most_discount_fen)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
on conflict (brand_id, campaign_code) do update
   set kind = $4, purpose = $5, state = $6, amount_fen = $7, percent_bp = $8, cap_fen = $9, threshold_fen = $10,
       gift_sku = $11, skus = $12, starts_at = $13, ends_at = $14, valid_days = $15, most_issued = $16,
       most_per_person = $17, most_per_shop = $18, most_discount_fen = $19
"""
_LOCK = f"select {_FIELDS} from coupon_campaign where brand_id = $1 and campaign_code = $2 for update"
_READ = f"select {_FIELDS} from coupon_campaign where brand_id = $1 and campaign_code = $2"
_BY_IDS = f"select {_FIELDS} from coupon_campaign where campaign_id = any($1::uuid[])"
_STARTED = f"""
select {_FIELDS} from coupon_campaign where brand_id = any($1::uuid[]) and purpose = $2 and state = 'started'
"""
_PAGE = (
    f"select {_FIELDS} from coupon_campaign where brand_id = $1 and campaign_code > $2 order by campaign_code limit $3"
)
_OFFER = """
insert into join_offer (brand_id, discount_fen, is_open, version) values ($1, $2, $3, 1)
on conflict (brand_id) do update set discount_fen = $2, is_open = $3, version = join_offer.version + 1
 where (join_offer.discount_fen, join_offer.is_open) is distinct from ($2, $3)
returning version
"""


async def save(tx: Tx, campaign: Campaign) -> None:
    """Write a campaign as it now stands."""
    values = asdict(campaign)
    order = [field.strip() for field in _FIELDS.split(",")]
    await tx.execute(_SAVE, *(list(values[name]) if name == "skus" else values[name] for name in order))


async def lock(tx: Tx, brand_id: UUID, campaign_code: str) -> Campaign | None:
    """One campaign, locked."""
    row = await tx.first(_LOCK, brand_id, campaign_code)
    return None if row is None else _campaign(row)


async def read(tx: Tx, brand_id: UUID, campaign_code: str) -> Campaign | None:
    """One campaign."""
    row = await tx.first(_READ, brand_id, campaign_code)
    return None if row is None else _campaign(row)


async def by_ids(tx: Tx, campaign_ids: Sequence[UUID]) -> Mapping[UUID, Campaign]:
    """These campaigns."""
    return {row["campaign_id"]: _campaign(row) for row in await tx.fetch(_BY_IDS, campaign_ids)}


async def started(tx: Tx, brand_ids: Sequence[UUID], purpose: Purpose) -> Mapping[UUID, Campaign]:
    """The one campaign of a purpose that runs now, for each of these brands."""
    return {row["brand_id"]: _campaign(row) for row in await tx.fetch(_STARTED, brand_ids, purpose)}


async def page(tx: Tx, brand_id: UUID, after: str, most: int) -> list[Campaign]:
    """A brand's campaigns by code."""
    return [_campaign(row) for row in await tx.fetch(_PAGE, brand_id, after, most)]


async def save_join_offer(tx: Tx, brand_id: UUID, discount_fen: int, is_open: bool) -> int | None:
    """What joiners are offered; answers the new version, none where nothing changed."""
    version: int | None = await tx.value(_OFFER, brand_id, discount_fen, is_open)
    return version


def _campaign(row: Row) -> Campaign:
    values = dict(row)
    return Campaign(
        **values
        | {
            "kind": Kind(values["kind"]),
            "purpose": Purpose(values["purpose"]),
            "state": State(values["state"]),
            "skus": tuple(values["skus"]),
        }
    )
