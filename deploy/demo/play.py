"""The whole demo, act by act: the chain is opened, joined to the world outside, and its tickets are sent."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from deploy.demo.chain import Chain, build_chain
from deploy.demo.client import Client
from deploy.demo.edge import Tally, open_edge, play_edge
from deploy.demo.journal import Journal
from deploy.demo.opening import (
    JOIN_CAMPAIGN,
    JOIN_COUPON_FEN,
    REWARD_CAMPAIGN,
    Badge,
    Opened,
    listed_campaign,
    open_chain,
    sign_in,
    start_campaign,
)
from deploy.demo.outside import Outside, sync_groups, tell_community
from deploy.demo.pairing import pair_redemptions
from deploy.demo.replay import Replay, signs_of
from deploy.demo.source import Source, recorded_baskets
from shared.clock import ReplayClock

STALE_READS = 3  # as the emulator's weather has it, a group's detail may lag behind so often


@dataclass(frozen=True)
class Stage:
    """Where the demo plays: the ports of the product and of the emulator, the clock, and the journal."""

    port: int
    emulator_port: int
    clock: ReplayClock
    journal: Path
    staff_code: str
    one_time_password: str | None
    password: str
    online_retail: Path | None = None  # the whole file; the bundled invoices if none is given


@dataclass(frozen=True)
class Played:
    """What was sent, and how long it took."""

    brand_id: str
    tickets: int
    refused: int
    opening_s: float
    replay_s: float
    edge: Tally


class Show(Protocol):
    """What a viewer sees of the demo."""

    def say(self, text: str) -> None:
        """One line."""

    def baskets(self, total: int) -> Callable[[int], None]:
        """A bar for the baskets sold; answers what moves it on."""
        ...


async def play(stage: Stage, source: Source, show: Show, caught_up: Callable[[], Awaitable[float]]) -> Played:
    """Open the chain and replay its tickets; what was sent is in the journal."""
    begun = time.monotonic()
    client, outside_client = Client(stage.port), Client(stage.emulator_port)
    show.say("reading the recorded baskets")
    chain = await asyncio.to_thread(build_chain, source)
    first = next(iter(recorded_baskets(source)))
    stage.clock.set(first.sold_at)
    office = await sign_in(client, stage.staff_code, stage.one_time_password, stage.password)
    show.say(f"opening {len(chain.shops)} shops, {len(chain.skus)} goods, {len(chain.members)} households")
    opened = await open_chain(client, chain, office)
    edge = await open_edge(client, chain, opened, stage.online_retail)
    brand = await client.must("GET", "/directory/v1/brand", token=await office.token())
    await caught_up()  # who was opened is known elsewhere by hearsay only
    outside = await _join_outside(stage, client, Outside(outside_client), opened, chain, brand["brand_id"])
    await caught_up()  # a till can hand over only codes that have been made
    await _start_campaigns(client, office)
    coupon_ids = await _hand_out_coupons(client, opened, source)
    opening_s = time.monotonic() - begun
    total = sum(1 for _ in recorded_baskets(source))
    begun = time.monotonic()
    with Journal(stage.journal) as journal:
        _leave_a_till(stage, opened)
        _note_opening(journal, brand["brand_id"], chain, opened)
        replay = Replay(client, chain, opened, outside, stage.clock, journal, coupon_ids)
        sent = await replay.run(source, show.baskets(total))
        replay_s = time.monotonic() - begun
        tally = await play_edge(client, edge, opened, journal)
    await outside.settle()  # what the weather still holds back is delivered; what it lost stays lost
    for _ in range(STALE_READS + 1):
        await client.must("POST", "/community/v1/wecom:sync", token=await office.token())
        await caught_up()
    client.close()
    outside_client.close()
    return Played(brand["brand_id"], sent, replay.refused, opening_s, replay_s, tally)


def _leave_a_till(stage: Stage, opened: Opened) -> None:
    """A till's credential for whoever wants to try the doors by hand: the body of a request for its token."""
    path = stage.journal.with_name("till.json")
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.encode(next(iter(opened.tills.values())).grant))


def _note_opening(journal: Journal, brand_id: str, chain: Chain, opened: Opened) -> None:
    """Who and what there was before the first ticket."""
    journal.note("brand", brand_id=brand_id, shop_ids=opened.shop_ids)
    for member in chain.members:
        if member.household_id in opened.member_ids:
            journal.note("member", member_id=opened.member_ids[member.household_id], signs=signs_of(member))
    shelves: dict[str, dict[str, int]] = defaultdict(dict)
    for level in chain.opening_stock:
        shelves[level.shop_code][level.sku] = level.on_hand_milli
    for shop, levels in shelves.items():
        journal.note("shelf", shop=shop, levels=levels)


async def _join_outside(
    stage: Stage, client: Client, outside: Outside, opened: Opened, chain: Chain, brand_id: str
) -> Outside:
    await tell_community(client, opened, chain)
    callback_url = f"http://127.0.0.1:{stage.port}/community/v1/wecom/callbacks/{brand_id}"
    await outside.open_program()
    await outside.open_corp(chain, callback_url)
    await sync_groups(client, opened, chain)
    return outside


async def _start_campaigns(client: Client, office: Badge) -> None:
    join = {"kind": "amount", "purpose": "join", "amount_fen": JOIN_COUPON_FEN, "valid_days": 90}
    await start_campaign(client, office, JOIN_CAMPAIGN, join)
    reward = {"kind": "amount", "purpose": "reward", "valid_days": 90, "most_per_person": 20}
    await start_campaign(client, office, REWARD_CAMPAIGN, reward)


async def _hand_out_coupons(client: Client, opened: Opened, source: Source) -> dict[tuple[int, int], str]:
    """Coupons for the redemptions that the data holds, issued to the households that redeemed them.

    One campaign for each recorded campaign and amount; a household's coupons of one are numbered.
    """
    paired = pair_redemptions(source).by_basket
    wanted: dict[tuple[int, int], list[tuple[int, int, str]]] = {}
    for basket in recorded_baskets(source):
        member_id = opened.member_ids.get(basket.household_id)
        if member_id is not None:
            for item in paired.get(basket.basket_id, ()):
                place = (basket.basket_id, item.line_index, member_id)
                wanted.setdefault((item.campaign_id, item.amount_fen), []).append(place)
    issued = {}
    for (campaign_id, amount_fen), places in sorted(wanted.items()):
        code = f"cj-{campaign_id}-{amount_fen}"
        await start_campaign(client, opened.office, code, listed_campaign(amount_fen))
        ordinals: dict[str, int] = {}
        for basket_id, line_index, member_id in places:
            ordinals[member_id] = ordinals.get(member_id, 0) + 1
            body = {"person_ids": [member_id], "ordinal": ordinals[member_id]}
            path = f"/campaign/v1/coupon-campaigns/{code}:issue"
            answer = await client.must("POST", path, body, token=await opened.office.token())
            if member_id in answer["coupons"]:
                issued[basket_id, line_index] = answer["coupons"][member_id]
    return issued
