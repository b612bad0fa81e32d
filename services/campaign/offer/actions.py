"""Making campaigns and taking them through their life."""

from dataclasses import replace
from uuid import UUID

from services.campaign.offer import queries
from services.campaign.offer.rules import Campaign, CampaignStarted, Purpose, State, must_be_whole, step
from shared.db import Tx
from shared.errors import NotFound
from shared.events.campaign import JoinOfferSaved


async def save_campaign(tx: Tx, campaign: Campaign) -> Campaign:
    """Save a draft; saved again as it is, a started one is answered, otherwise refused."""
    must_be_whole(campaign)
    earlier = await queries.lock(tx, campaign.brand_id, campaign.campaign_code)
    if earlier is not None:
        campaign = replace(campaign, campaign_id=earlier.campaign_id)
        if earlier.state is not State.DRAFT:
            if replace(campaign, state=earlier.state) != earlier:
                raise CampaignStarted(campaign=campaign.campaign_code)
            return earlier
    await queries.save(tx, campaign)
    return campaign


async def take_step(tx: Tx, brand_id: UUID, campaign_code: str, to: State) -> Campaign:
    """Start, pause or end a campaign; doing it again changes nothing."""
    campaign = await queries.lock(tx, brand_id, campaign_code)
    if campaign is None:
        raise NotFound(what="campaign")
    if campaign.state is to:
        return campaign
    step(campaign, to)
    moved = replace(campaign, state=to)
    await queries.save(tx, moved)
    if campaign.purpose is Purpose.JOIN:
        await offer_to_joiners(tx, moved, is_open=to is State.STARTED)
    return moved


async def offer_to_joiners(tx: Tx, campaign: Campaign, *, is_open: bool) -> None:
    """Say what joiners are offered now, if that changed."""
    discount_fen = campaign.amount_fen or 0
    version = await queries.save_join_offer(tx, campaign.brand_id, discount_fen, is_open)
    if version is not None:
        tx.emit(JoinOfferSaved(brand_id=campaign.brand_id, discount_fen=discount_fen, is_open=is_open, version=version))
