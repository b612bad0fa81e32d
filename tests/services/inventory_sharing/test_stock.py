"""Stock moves with tickets and by hand, once each, and every figure is the sum of its moves."""

import asyncio
from typing import Any
from uuid import UUID

import httpx

from shared.events.directory import SkuSaved
from shared.events.trade import SoldLine
from shared.ids import new_id
from tests.services.tickets import paid, returned, shop_saved
from tests.world import Chain


async def change(
    client: httpx.AsyncClient, shop_id: UUID, kind: str, change_id: UUID | None = None, **lines: int
) -> Any:
    body = {"kind": kind, "lines": [{"sku": sku, "quantity_milli": milli} for sku, milli in lines.items()]}
    path = f"/inventory-sharing/v1/shops/{shop_id}/stock-changes/{change_id or new_id()}"
    return await client.put(path, json=body)


async def stock(chain: Chain, shop_id: UUID) -> dict[str, int]:
    await chain.world.settled()
    answer = await chain.head_office().get(f"/inventory-sharing/v1/shops/{shop_id}/stock")
    return {item["sku"]: item["on_hand_milli"] for item in answer.json()["items"]}


async def test_tickets_take_from_the_shelf_and_returns_put_back(chain: Chain) -> None:
    shop = shop_saved(chain)
    await chain.world.say(shop)
    await change(chain.head_office(), shop.shop_id, "set", milk=5_000)
    lines = [
        SoldLine(sku="milk", quantity_milli=1_500, net_fen=300),
        SoldLine(sku="milk", quantity_milli=500, net_fen=100),
    ]
    sale = paid(chain, shop.shop_id, 400, lines=lines)
    await chain.world.say(sale, returned(sale, 0, 200))
    assert await stock(chain, shop.shop_id) == {"milk": 4_000}
    assert (await chain.head_office().get("/inventory-sharing/v1/reconciliation")).json() == []


async def test_what_is_no_goods_has_no_stock(chain: Chain) -> None:
    shop = shop_saved(chain)
    fee = SkuSaved(
        brand_id=chain.brand_id, sku="POST", name="postage", unit="each", product_class="fee", is_goods=False, version=1
    )
    await chain.world.say(shop, fee)
    await chain.world.settled()
    await chain.world.say(
        paid(chain, shop.shop_id, 100, lines=[SoldLine(sku="POST", quantity_milli=1_000, net_fen=100)])
    )
    assert await stock(chain, shop.shop_id) == {}


async def test_a_change_sent_many_times_at_once_is_made_once(chain: Chain) -> None:
    shop_id, change_id = new_id(), new_id()
    office = chain.head_office()
    answers = await asyncio.gather(*(change(office, shop_id, "received", change_id, milk=700) for _ in range(30)))
    assert {answer.status_code for answer in answers} == {200}
    assert await stock(chain, shop_id) == {"milk": 700}


async def test_a_change_id_used_for_something_else_is_refused(chain: Chain) -> None:
    shop_id, change_id = new_id(), new_id()
    await change(chain.head_office(), shop_id, "received", change_id, milk=700)
    answer = await change(chain.head_office(), shop_id, "received", change_id, milk=701)
    assert (answer.status_code, answer.json()["code"]) == (409, "inventory_sharing.change_differs")
    assert await stock(chain, shop_id) == {"milk": 700}


async def test_a_count_says_what_is_there_and_a_write_off_what_is_gone(chain: Chain) -> None:
    shop_id = new_id()
    for kind, milli in (("received", 1_000), ("counted", 900), ("written_off", 100), ("adjusted", -50)):
        await change(chain.head_office(), shop_id, kind, milk=milli)
    assert await stock(chain, shop_id) == {"milk": 750}
    moves = (await chain.head_office().get(f"/inventory-sharing/v1/shops/{shop_id}/stock-moves")).json()["items"]
    assert sorted((move["kind"], move["deltas_milli"][0]) for move in moves) == [
        ("adjusted", -50),
        ("counted", -100),
        ("received", 1_000),
        ("written_off", -100),
    ]


async def test_a_shops_page_shows_the_stock_of_its_whole_area(chain: Chain) -> None:
    area_id = new_id()
    here, near, shut = (shop_saved(chain, area_id=area_id, is_open=is_open) for is_open in (True, True, False))
    far = shop_saved(chain, area_id=new_id())
    await chain.world.say(here, near, shut, far)
    for shop, milli in ((here, 1_000), (near, 4_000), (shut, 8_000), (far, 16_000)):
        await change(chain.head_office(), shop.shop_id, "set", milk=milli)
    safety = {"lines": [{"sku": "milk", "safety_milli": 500}]}
    await chain.head_office().put(f"/inventory-sharing/v1/shops/{near.shop_id}/safety-stock", json=safety)
    await chain.world.settled()
    answer = await chain.shopper(new_id()).get(
        f"/inventory-sharing/v1/shops/{here.shop_id}/availability", params={"sku": ["milk", "bread"]}
    )
    assert answer.json() == [
        {"sku": "bread", "here_milli": 0, "area_milli": 0},
        {"sku": "milk", "here_milli": 1_000, "area_milli": 4_500},
    ]
