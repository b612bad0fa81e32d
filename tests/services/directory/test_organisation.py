"""Shops, divisions, partners, tills and goods: saved by code, said once for each real change."""

from math import asin, cos, radians, sin, sqrt
from typing import Any
from uuid import UUID

from shared.auth.caller import Role
from shared.events.directory import PartnerSaved, ShopSaved, SkuSaved
from shared.ids import new_id
from tests.services.directory.organisation import Organisation, opened, shop_body
from tests.world import World


async def test_a_shop_is_said_whole_and_saved_the_same_again_says_nothing(organisation: Organisation) -> None:
    area = await organisation.put("/areas/hangzhou", name="杭州")
    partner = await organisation.put("/partners/P01", name="合作商 01")
    first = await organisation.shop(area="hangzhou", partner="P01", hours=["09:00-22:00"])
    again = await organisation.shop(area="hangzhou", partner="P01", hours=["09:00-22:00"])
    assert first == again
    (said,) = await organisation.world.said(ShopSaved, organisation.chain.brand_id)
    assert said == ShopSaved(
        brand_id=organisation.chain.brand_id,
        shop_id=UUID(first["shop_id"]),
        code="HZ001",
        name="湖滨店",
        region_id=None,
        branch_id=None,
        area_id=UUID(area["division_id"]),
        partner_id=UUID(partner["partner_id"]),
        zone="Asia/Shanghai",
        cutover_minutes=0,
        longitude_e6=120_150_000,
        latitude_e6=30_250_000,
        is_open=True,
        version=1,
    )


async def test_each_real_change_of_a_shop_counts_its_version_up(organisation: Organisation) -> None:
    first = await organisation.shop()
    await organisation.put("/partners/P01", name="合作商 01")
    for change in ({"is_open": False}, {"is_open": False, "partner": "P01"}, {"deliveries_per_hour": 7}):
        changed = await organisation.shop(**change)
    assert (changed["shop_id"], changed["version"]) == (first["shop_id"], 4)
    said = await organisation.world.said(ShopSaved, organisation.chain.brand_id)
    assert [(fact.version, fact.is_open, fact.partner_id is None) for fact in said] == [
        (1, True, True),
        (2, False, True),
        (3, False, False),
        (4, True, True),
    ]


async def test_a_code_that_leads_nowhere_is_refused_and_saves_nothing(organisation: Organisation) -> None:
    await organisation.put("/regions/hangzhou", name="not an area")
    answer = await organisation.head_office.put("/directory/v1/shops/HZ001", json=shop_body(area="hangzhou"))
    assert (answer.status_code, answer.json()["code"]) == (422, "directory.unknown_code")
    assert await organisation.world.said(ShopSaved, organisation.chain.brand_id) == []


async def test_bodies_that_make_no_sense_are_refused_before_anything_happens(organisation: Organisation) -> None:
    for nonsense in (
        {"zone": "Mars/Olympus"},
        {"latitude_e6": 90_000_001},
        {"cutover_minutes": 2**70},
        {"name": "a\u0000b"},
        {"hours": ["9-22"]},
        {"hours": ["09:00-22:00"] * 2},
        {"is_open": "true"},
        {"colour": "red"},
    ):
        answer = await organisation.head_office.put("/directory/v1/shops/HZ001", json=shop_body(**nonsense))
        assert (answer.status_code, nonsense) == (422, nonsense)


async def test_another_brands_things_look_like_they_do_not_exist(organisation: Organisation, world: World) -> None:
    shop = await organisation.shop()
    till = await organisation.till(shop["shop_id"])
    partner = await organisation.put("/partners/P01", name="合作商")
    other = (await opened(world)).head_office
    answers = [
        await other.get(f"/directory/v1/shops/{shop['shop_id']}"),
        await other.put(f"/directory/v1/shops/{shop['shop_id']}/tills/T9"),
        await other.post(f"/directory/v1/tills/{till['till_id']}/credentials"),
        await other.get(f"/directory/v1/tills/{till['till_id']}/credentials"),
        await other.post(f"/directory/v1/partners/{partner['partner_id']}/credentials"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert (await other.get("/directory/v1/shops")).json()["items"] == []
    assert (await other.get(f"/directory/v1/shops/{shop['shop_id']}/tills")).json() == []


async def test_staff_list_the_shops_they_serve_page_by_page(organisation: Organisation) -> None:
    shops = [await organisation.shop(f"HZ{number:03}") for number in range(5)]
    seen: list[str] = []
    after = None
    while True:
        params = {"most": "2"} | ({"after": after} if after else {})
        page = (await organisation.head_office.get("/directory/v1/shops", params=params)).json()
        seen += [item["code"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [shop["code"] for shop in shops]
    own = organisation.chain.staff(Role.GUIDE, shops=frozenset({UUID(shops[3]["shop_id"])}))
    assert [item["code"] for item in (await own.get("/directory/v1/shops")).json()["items"]] == ["HZ003"]


async def test_the_nearest_shops_are_the_nearest_in_metres_not_in_degrees(organisation: Organisation) -> None:
    """In the north a degree of longitude is short: the flat nearest is not the true nearest."""
    here = (127_000_000, 50_000_000)
    places = {
        "east": (127_120_000, 50_000_000),  # 8.6 km
        "north": (127_000_000, 50_100_000),  # 11.1 km
        "closed": (127_001_000, 50_000_000),
        "far": (128_000_000, 51_000_000),
    }
    for code, (longitude_e6, latitude_e6) in places.items():
        is_open = code != "closed"
        await organisation.shop(code, longitude_e6=longitude_e6, latitude_e6=latitude_e6, is_open=is_open)
    shopper = organisation.chain.shopper(new_id())
    for most, expected in ((1, ["east"]), (2, ["east", "north"]), (9, ["east", "north", "far"])):
        params = {"longitude_e6": here[0], "latitude_e6": here[1], "most": most}
        near = (await shopper.get("/directory/v1/shops:near", params=params)).json()
        assert [shop["code"] for shop in near] == expected
    for shop in near:
        assert abs(shop["metres"] - metres(here, places[shop["code"]])) <= 1


def metres(one: tuple[int, int], other: tuple[int, int]) -> float:
    (east, north), (east_too, north_too) = ([radians(part / 1e6) for part in place] for place in (one, other))
    chord = sin((north_too - north) / 2) ** 2 + cos(north) * cos(north_too) * sin((east_too - east) / 2) ** 2
    return 2 * 6_371_008.8 * asin(sqrt(chord))


async def test_partners_and_goods_say_only_what_changed(organisation: Organisation) -> None:
    brand_id = organisation.chain.brand_id
    await organisation.put("/partners/P01", name="合作商")
    await organisation.put("/partners/P01", name="合作商")
    skus: list[dict[str, Any]] = [
        {"sku": str(number), "name": f"货品 {number}", "product_class": "乳品"} for number in range(5000)
    ]
    save = organisation.head_office.post
    first = await save("/directory/v1/skus:save", json={"skus": skus})
    skus[7] |= {"unit": "kg", "is_goods": False}
    second = await save("/directory/v1/skus:save", json={"skus": skus})
    assert [answer.json() for answer in (first, second)] == [
        {"saved": 5000, "unchanged": 0},
        {"saved": 1, "unchanged": 4999},
    ]
    assert [fact.version for fact in await organisation.world.said(PartnerSaved, brand_id)] == [1]
    said = await organisation.world.said(SkuSaved, brand_id)
    assert len(said) == 5001
    (changed,) = [fact for fact in said if fact.version == 2]
    assert (changed.sku, changed.unit, changed.is_goods, changed.product_class) == ("7", "kg", False, "乳品")
    twice = await save("/directory/v1/skus:save", json={"skus": [skus[0], skus[0]]})
    assert (twice.status_code, twice.json()["code"]) == (400, "unreadable")


async def test_every_caller_sees_the_own_brand_and_its_shops(organisation: Organisation) -> None:
    found = await organisation.head_office.get("/directory/v1/brand")
    assert found.json() == {
        "brand_id": str(organisation.chain.brand_id),
        "code": organisation.brand_code,
        "name": "四季生鲜",
    }
    shop = await organisation.shop()
    anyone = organisation.chain.shopper(new_id())
    assert (await anyone.get(f"/directory/v1/shops/{shop['shop_id']}")).json() == shop
