"""A small chain opened through the public doors: some shops, real goods, members; others become members later."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from deploy.demo import opening
from deploy.demo.chain import Chain, build_chain
from deploy.demo.client import Client, DoorClosedError
from deploy.demo.source import BUNDLED, read_source
from deploy.suite.demo import found
from shared.auth.caller import Caller, Kind
from shared.auth.tokens import Signer
from shared.ids import new_id
from tests.faults.papers import TILL_CODE, Body, bodies_of
from tests.faults.place import Place

SHOPS = 8
MEMBERS = 80
LATE_MEMBERS = 30
BODIES = 2_000
TOKEN_LIFETIME_S = 86_400


@dataclass(frozen=True)
class Opened:
    """What is there to work with."""

    office: opening.Badge
    client: Client
    shop_ids: list[str]
    tokens: list[str]
    bodies: list[Body]
    members: dict[str, str]  # card → member, from the beginning
    late: list[tuple[str, str]]  # card and mobile of those who join during the run


@asynccontextmanager
async def opened(here: Place, drawn: random.Random) -> AsyncIterator[Opened]:
    """Open the chain."""
    source = read_source(BUNDLED)
    whole = build_chain(source)
    members = [replace(member, joins_at=None) for member in drawn.sample(whole.members, MEMBERS + LATE_MEMBERS)]
    shops = whole.shops[:SHOPS]
    codes = {shop.code for shop in shops}
    settled = tuple(replace(member, home_shop_code=shops[0].code) for member in members)
    chain: Chain = replace(whole, shops=shops, members=settled[:MEMBERS], opening_stock=())
    founded = await found(here.on)
    client = Client(here.ports[0])
    try:
        badge = await opening.sign_in(
            client, founded.staff_code, founded.one_time_password, here.on.secrets.derive("office").hex()
        )
        shop = await opening.open_chain(client, chain, badge)
        yield Opened(
            office=badge,
            client=client,
            shop_ids=[shop.shop_ids[code] for code in sorted(codes)],
            tokens=[_token(here, founded.brand_id, UUID(shop.shop_ids[code])) for code in sorted(codes)],
            bodies=bodies_of(source, whole, BODIES),
            members={member.card_number: shop.member_ids[member.household_id] for member in chain.members},
            late=[(member.card_number, member.mobile) for member in settled[MEMBERS:]],
        )
    finally:
        client.close()


async def join(chain: Opened, card: str, mobile: str) -> str:
    """Somebody whose card was shown for long becomes a member; answers who she is."""
    row = {"card": card, "mobile": mobile, "joined_at": "2026-01-01T00:00:00+00:00", "shop_id": chain.shop_ids[0]}
    path = "/member/v1/members:import"
    while True:
        try:
            answer = await chain.client.must("POST", path, {"members": [row]}, token=await chain.office.token())
        except DoorClosedError:  # it has tried for long; she is still there
            continue
        member_id: str = answer["answers"][0]["member_id"]
        return member_id


def _token(here: Place, brand_id: UUID, shop_id: UUID) -> str:
    """As directory signs it for a till, for longer than a run lasts."""
    caller = Caller(Kind.TILL, new_id(), brand_id, TILL_CODE, shop_ids=frozenset({shop_id}), credential_id=new_id())
    signer = Signer("directory", here.on.secrets.signing_key("directory"))
    return signer.token(caller, lifetime_s=TOKEN_LIFETIME_S)
