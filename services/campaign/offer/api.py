"""Coupon campaigns over HTTP: head office plans them, managers see how they do."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from services.campaign.budget import queries as budget
from services.campaign.budget.rules import Counters
from services.campaign.offer import actions, queries
from services.campaign.offer.rules import Campaign, State
from services.campaign.offer.schemas import CampaignIn, CampaignOut, Code
from shared.auth.caller import HEAD_OFFICE, MANAGERS
from shared.db import Tx
from shared.errors import NotFound
from shared.http import Answering, Doors, Reading, Who
from shared.http.pages import After, Page, PageSize, cursor_of, keys_of
from shared.ids import new_id

doors = Doors("/campaign/v1", "coupon_campaign")


@doors.act("/coupon-campaigns/{code}", who=HEAD_OFFICE, natural_key="code and content", method="PUT")
async def save_campaign(code: Code, body: CampaignIn, tx: Answering, who: Who) -> CampaignOut:
    """Save a draft; a started campaign stays as it is."""
    values: dict[str, Any] = body.model_dump() | {"skus": tuple(body.skus)}
    draft = Campaign(campaign_id=new_id(), brand_id=who.brand_id, campaign_code=code, state=State.DRAFT, **values)
    return await _out(tx, await actions.save_campaign(tx, draft))


@doors.act("/coupon-campaigns/{code}:start", who=HEAD_OFFICE, natural_key="code and step")
async def start_campaign(code: Code, tx: Answering, who: Who) -> CampaignOut:
    """Start it: from now on it gives what it promises, and never changes."""
    return await _out(tx, await actions.take_step(tx, who.brand_id, code, State.STARTED))


@doors.act("/coupon-campaigns/{code}:pause", who=HEAD_OFFICE, natural_key="code and step")
async def pause_campaign(code: Code, tx: Answering, who: Who) -> CampaignOut:
    """Issue no more for now; what was issued stays good."""
    return await _out(tx, await actions.take_step(tx, who.brand_id, code, State.PAUSED))


@doors.act("/coupon-campaigns/{code}:end", who=HEAD_OFFICE, natural_key="code and step")
async def end_campaign(code: Code, tx: Answering, who: Who) -> CampaignOut:
    """Issue no more for good; what was issued stays good."""
    return await _out(tx, await actions.take_step(tx, who.brand_id, code, State.ENDED))


@doors.read("/coupon-campaigns/{code}", who=MANAGERS)
async def read_campaign(code: Code, tx: Reading, who: Who) -> CampaignOut:
    """One campaign with its counters."""
    campaign = await queries.read(tx, who.brand_id, code)
    if campaign is None:
        raise NotFound(what="campaign")
    return await _out(tx, campaign)


@doors.read("/coupon-campaigns", who=MANAGERS)
async def list_campaigns(tx: Reading, who: Who, after: After = None, most: PageSize = 50) -> Page[CampaignOut]:
    """All campaigns with their counters."""
    (last,) = keys_of(after, ("",))
    items = await _all_out(tx, await queries.page(tx, who.brand_id, last, most))
    return Page(items=items, next=cursor_of(items[-1].campaign_code) if len(items) == most else None)


async def _out(tx: Tx, campaign: Campaign) -> CampaignOut:
    (out,) = await _all_out(tx, [campaign])
    return out


async def _all_out(tx: Tx, campaigns: Sequence[Campaign]) -> list[CampaignOut]:
    standing = await budget.in_all(tx, [campaign.campaign_id for campaign in campaigns])
    return [
        CampaignOut(**asdict(campaign), **standing.get(campaign.campaign_id, Counters())._asdict())
        for campaign in campaigns
    ]
