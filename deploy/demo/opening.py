"""Opens the demo chain: everything head office would set up, through the doors it would use, each step repeatable."""

import asyncio
import csv
import io
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5

from deploy.demo.chain import BRAND_CODE, Chain, Shop, Sku, StockLevel
from deploy.demo.client import Client
from shared.ids import new_id

JOIN_CAMPAIGN = "join"
REWARD_CAMPAIGN = "friend-joined"
JOIN_COUPON_FEN = 500
SPLIT_RULE = {"platform_bp": 60, "royalty_bp": 500, "owner_bp": 300, "guide_bp": 100}

_FRESH_FOR_S = 600.0
_AT_ONCE = 16

Item = TypeVar("Item")


@dataclass
class Badge:
    """What a program gets tokens with; asks for a new one before the old one ends."""

    client: Client
    grant: dict[str, str]
    _token: str = ""
    _got_at: float = float("-inf")

    async def token(self) -> str:
        """A token that is good for some minutes more."""
        if time.monotonic() - self._got_at > _FRESH_FOR_S:
            answer = await self.client.must("POST", "/directory/v1/tokens", self.grant)
            self._token, self._got_at = answer["access_token"], time.monotonic()
        return self._token


@dataclass
class Opened:
    """The chain as it stands in the product."""

    office: Badge
    shop_ids: dict[str, str] = field(default_factory=dict)
    tills: dict[tuple[str, str], Badge] = field(default_factory=dict)
    member_ids: dict[int, str] = field(default_factory=dict)  # household → member


async def sign_in(client: Client, staff_code: str, one_time_password: str | None, password: str) -> Badge:
    """Head office signs in; the first time it chooses its password."""
    who = {"brand": BRAND_CODE, "staff": staff_code}
    if one_time_password is not None:
        change = {**who, "password": one_time_password, "new_password": password}
        await client.must("POST", "/directory/v1/passwords:change", change)
    return Badge(client, {"grant": "password", **who, "password": password})


async def open_chain(client: Client, chain: Chain, office: Badge) -> Opened:
    """Shops, tills, goods, members, stock, split rules; done again, nothing changes but the tills' credentials."""
    opened = Opened(office)
    await _open_areas(client, chain, office)
    await save_skus(client, chain.skus, office)
    await open_shops(client, chain.shops, opened)
    await _bring_members(client, chain, opened)
    await _fill_shelves(client, chain.opening_stock, opened)
    token = await office.token()
    await client.must("PUT", "/settlement/v1/split-rules/franchise", SPLIT_RULE, token=token)
    return opened


async def start_campaign(client: Client, office: Badge, code: str, content: dict[str, object]) -> None:
    """Save a coupon campaign and start it."""
    token = await office.token()
    await client.must("PUT", f"/campaign/v1/coupon-campaigns/{code}", content, token=token)
    await client.must("POST", f"/campaign/v1/coupon-campaigns/{code}:start", token=token)


async def _open_areas(client: Client, chain: Chain, office: Badge) -> None:
    token = await office.token()
    for region in chain.regions:
        await client.must("PUT", f"/directory/v1/regions/{region.code}", {"name": region.name}, token=token)
    for area in chain.areas:
        await client.must("PUT", f"/directory/v1/areas/{area.code}", {"name": area.name}, token=token)
    await _import(client, office, "partners", [{"code": item.code, "name": item.name} for item in chain.partners])


async def save_skus(client: Client, skus: Sequence[Sku], office: Badge) -> None:
    """Take goods into the catalogue."""
    token = await office.token()
    for page in _pages(skus, 5000):
        named = [
            {"sku": sku.code, "name": sku.name or sku.code, "unit": str(sku.unit), "product_class": sku.department}
            for sku in page
        ]
        await client.must("POST", "/directory/v1/skus:save", {"skus": named}, token=token)


async def open_shops(client: Client, shops: Sequence[Shop], opened: Opened) -> None:
    """Open shops and equip their tills."""
    await _import(client, opened.office, "shops", [_shop_row(shop) for shop in shops])
    token, after = await opened.office.token(), ""
    while True:
        page = await client.must("GET", f"/directory/v1/shops?most=200{after}", token=token)
        opened.shop_ids.update({shop["code"]: shop["shop_id"] for shop in page["items"]})
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    async def equip(shop: Shop) -> None:
        for code in shop.tills:
            opened.tills[shop.code, code] = await equip_till(client, opened, shop.code, code)

    await _together(equip, shops)


async def equip_till(client: Client, opened: Opened, shop_code: str, code: str) -> Badge:
    """Give a till its credential, as whoever installs it would."""
    token = await opened.office.token()
    path = f"/directory/v1/shops/{opened.shop_ids[shop_code]}/tills/{code}"
    till = await client.must("PUT", path, token=token)
    issued = await client.must(
        "POST",
        f"/directory/v1/tills/{till['till_id']}/credentials",
        token=token,
        headers={"idempotency-key": str(new_id())},
    )
    return Badge(client, {"grant": "device", "credential_id": issued["credential_id"], "secret": issued["secret"]})


async def _bring_members(client: Client, chain: Chain, opened: Opened) -> None:
    """The households that were members before the replay begins; the others join during it."""
    token = await opened.office.token()
    before = [member for member in chain.members if member.joins_at is None]
    for page in _pages(before, 1000):
        rows = [
            {
                "card": member.card_number,
                "mobile": member.mobile,
                "joined_at": "2016-12-31T16:00:00+00:00",
                "shop_id": opened.shop_ids[member.home_shop_code],
            }
            for member in page
        ]
        answer = await client.must("POST", "/member/v1/members:import", {"members": rows}, token=token)
        for member, imported in zip(page, answer["answers"], strict=True):
            opened.member_ids[member.household_id] = imported["member_id"]


async def _fill_shelves(client: Client, levels: Iterable[StockLevel], opened: Opened) -> None:
    shelves: dict[str, list[dict[str, object]]] = defaultdict(list)
    for level in levels:
        shelves[level.shop_code].append({"sku": level.sku, "quantity_milli": level.on_hand_milli})
    token = await opened.office.token()

    async def fill(shop_code: str) -> None:
        shop_id = opened.shop_ids[shop_code]
        for number, page in enumerate(_pages(shelves[shop_code], 5000)):
            change_id = uuid5(NAMESPACE_URL, f"opening stock {shop_id} {number}")
            path = f"/inventory-sharing/v1/shops/{shop_id}/stock-changes/{change_id}"
            await client.must("PUT", path, {"kind": "set", "lines": page, "note": "opening stock"}, token=token)

    await _together(fill, sorted(shelves))


def _shop_row(shop: Shop) -> dict[str, object]:
    return {
        "code": shop.code,
        "name": shop.name,
        "area": shop.area_code,
        "partner": shop.partner_code or "",
        "cutover_minutes": shop.cutover_minutes,
        "longitude": f"{shop.longitude:.6f}",
        "latitude": f"{shop.latitude:.6f}",
    }


async def _import(client: Client, office: Badge, kind: str, rows: Sequence[dict[str, object]]) -> None:
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    report = await client.must(
        "POST",
        f"/directory/v1/imports/{kind}",
        sheet.getvalue().encode(),
        token=await office.token(),
        headers={"content-type": "text/csv"},
    )
    assert report["refused"] == 0, [row for row in report["rows"] if row["result"] == "refused"][:5]


def _pages(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


async def _together(work: Callable[[Item], Awaitable[None]], items: Iterable[Item]) -> None:
    """Do it for every item, some at a time."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Item) -> None:
        async with gate:
            await work(item)

    await asyncio.gather(*(one(item) for item in items))


def listed_campaign(amount_fen: int) -> dict[str, Any]:
    """A campaign whose coupons head office hands out by name, each for so many fen."""
    return {"kind": "amount", "purpose": "list", "amount_fen": amount_fen, "valid_days": 400, "most_per_person": 1000}
