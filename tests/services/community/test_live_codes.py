"""Live codes are made in WeCom, kept pointed at groups with room, and counted."""

from shared.auth.caller import Role
from shared.ids import new_id
from tests.services.community.wecom import Corp, opened
from tests.world import Chain


async def test_a_code_leads_into_the_shops_group_and_counts_who_came_by_it(corp: Corp) -> None:
    chat_id = await corp.open_group()
    await corp.settled()
    await corp.put_code(cost_fen=1001)
    await corp.settled()
    code = await corp.read_code()
    assert code["targets"] == [chat_id]
    assert (await corp.scan(code["qr_code"], 1))["chat_id"] == chat_id
    await corp.invite(chat_id, 2)
    await corp.scan(code["qr_code"], 3)
    await corp.settled()
    assert {str(fact.live_code_id) for fact in await corp.joined()} == {code["live_code_id"], "None"}
    code = await corp.read_code()
    assert (code["joins_count"], code["first_joins_count"], code["cost_per_join_fen"]) == (2, 2, 501)


async def test_a_code_waits_for_the_shops_first_group(corp: Corp) -> None:
    await corp.put_code()
    assert (await corp.read_code())["qr_code"] is None
    drawn = await corp.chain.head_office().get("/community/v1/live-codes/till/qr.svg")
    assert (drawn.status_code, drawn.json()["code"]) == (409, "community.live_code_not_made")
    chat_id = await corp.open_group()
    await corp.settled()
    await corp.settled()
    assert (await corp.read_code())["targets"] == [chat_id]


async def test_a_full_group_makes_room_for_the_next_and_the_code_follows(chain: Chain, corp: Corp) -> None:
    small = await opened(type(chain)(chain.world), corp.http, most_members_count=3)
    first = await small.open_group()
    await small.settled()
    await small.put_code()
    await small.settled()
    code = await small.read_code()
    for number in range(3):
        await small.scan(code["qr_code"], number)
    await small.settled()
    (second,) = set(await small.truth()) - {first}
    assert await small.stored() == await small.truth()
    assert (await small.read_code())["targets"] == [second]
    assert (await small.scan(code["qr_code"], 3))["chat_id"] == second
    await small.settled()
    assert (await small.read_code())["joins_count"] == 4


async def test_a_code_to_staff_makes_contacts_and_each_is_said_and_counted(corp: Corp) -> None:
    await corp.put_code("guide", kind="guide", leads_to="staff")
    await corp.settled()
    code = await corp.read_code("guide")
    assert code["targets"] == ["li"]
    await corp.scan(code["qr_code"], 1)
    await corp.settled()
    assert (await corp.read_code("guide"))["contacts_count"] == 1


async def test_a_code_that_is_printed_keeps_its_shop_and_where_it_leads(corp: Corp) -> None:
    assert (await corp.put_code()).status_code == 200
    assert (await corp.put_code(cost_fen=7)).json()["cost_fen"] == 7
    answer = await corp.put_code(leads_to="staff")
    assert (answer.status_code, answer.json()["code"]) == (409, "community.live_code_differs")


async def test_the_picture_is_drawn_for_the_shops_own_till(corp: Corp) -> None:
    await corp.open_group()
    await corp.settled()
    await corp.put_code()
    await corp.settled()
    path = "/community/v1/live-codes/till/qr.svg"
    own, other = corp.chain.till(corp.shop_id), corp.chain.till(new_id())
    drawn = await own.get(path)
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert drawn.text.startswith("<svg")
    assert (await other.get(path)).status_code == 404


async def test_a_manager_puts_codes_for_the_own_shop_alone(corp: Corp) -> None:
    body = {"kind": "shelf", "shop_id": str(corp.shop_id), "channel": "shelf"}
    own = corp.chain.staff(Role.STORE_MANAGER, shops=frozenset({corp.shop_id}))
    other = corp.chain.staff(Role.STORE_MANAGER, shops=frozenset({new_id()}))
    answers = [await client.put("/community/v1/live-codes/shelf", json=body) for client in (other, own)]
    assert [answer.status_code for answer in answers] == [403, 200]
    pages = [(await client.get("/community/v1/live-codes")).json()["items"] for client in (other, own)]
    assert [[one["code"] for one in page] for page in pages] == [[], ["shelf"]]
