"""What community keeps of what directory, member and campaign say."""

from collections.abc import Sequence

from services.community.registry import actions, queries
from services.community.registry.rules import SHOWN_AT_TILLS
from shared.bus import on
from shared.db import Tx
from shared.events.campaign import JoinOfferSaved
from shared.events.directory import ShopSaved, StaffSaved
from shared.events.event import Heard
from shared.events.member import IdentityBound, PersonFolded


@on(ShopSaved)
async def keep_shops(tx: Tx, heard: Sequence[Heard[ShopSaved]]) -> None:
    """Keep the newest of each shop."""
    newest = {item.fact.shop_id: item.fact for item in heard}
    await queries.save_shops(tx, list(newest.values()))


@on(StaffSaved)
async def keep_staff(tx: Tx, heard: Sequence[Heard[StaffSaved]]) -> None:
    """Keep who works here."""
    newest = {item.fact.staff_id: item.fact for item in heard}
    await queries.save_staff(tx, list(newest.values()))


@on(JoinOfferSaved)
async def keep_offers(tx: Tx, heard: Sequence[Heard[JoinOfferSaved]]) -> None:
    """Keep what a joiner is offered."""
    newest = {item.fact.brand_id: item.fact for item in heard}
    await queries.save_offers(tx, list(newest.values()))


@on(IdentityBound)
async def keep_identities(tx: Tx, heard: Sequence[Heard[IdentityBound]]) -> None:
    """Keep whose each identity is that a till may show."""
    shown = [item.fact for item in heard if item.fact.kind in SHOWN_AT_TILLS]
    if shown:
        await queries.save_identities(tx, shown)


@on(PersonFolded)
async def fold_people(tx: Tx, heard: Sequence[Heard[PersonFolded]]) -> None:
    """Follow a person into the member she proved to be."""
    await queries.fold(tx, await actions.settle_folds(tx, heard))
