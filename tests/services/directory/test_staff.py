"""Joining, moving and leaving."""

from typing import Any
from uuid import UUID

from shared.auth.caller import Role
from shared.events.directory import CredentialRevoked, StaffSaved
from tests.services.directory.organisation import PASSWORD, Organisation, bearer, caller_of


async def guide(organisation: Organisation, *shops: str, **more: Any) -> Any:
    return await organisation.put("/staff/li", **({"name": "李导购", "roles": ["guide"], "shops": list(shops)} | more))


async def with_password(organisation: Organisation, staff_id: str) -> None:
    answer = await organisation.head_office.post(f"/directory/v1/staff/{staff_id}/password:reset")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    changed = await organisation.change(told["staff_code"], told["one_time_password"], PASSWORD)
    assert changed.status_code == 204, changed.text


async def test_who_moves_gets_tokens_for_the_new_shops_and_it_is_said_without_a_name(
    organisation: Organisation,
) -> None:
    here, there = [await organisation.shop(code) for code in ("HZ001", "HZ002")]
    saved = await guide(organisation, "HZ001")
    await guide(organisation, "HZ001")
    await with_password(organisation, saved["staff_id"])
    moved = await guide(organisation, "HZ001", "HZ002", roles=["store_manager", "guide"])
    assert (moved["staff_id"], moved["version"]) == (saved["staff_id"], 2)
    caller = caller_of(organisation.world, await organisation.sign_in("li", PASSWORD))
    assert caller.shop_ids == frozenset({UUID(here["shop_id"]), UUID(there["shop_id"])})
    assert caller.roles == {Role.GUIDE, Role.STORE_MANAGER}
    said = [
        fact for fact in await organisation.world.said(StaffSaved, organisation.chain.brand_id) if fact.code == "li"
    ]
    assert [(fact.version, sorted(fact.roles), len(fact.shop_ids)) for fact in said] == [
        (1, ["guide"], 1),
        (2, ["guide", "store_manager"], 2),
    ]
    bodies = await organisation.world.rows("select body from directory.log where type = $1", StaffSaved.TYPE)
    assert all("李导购".encode() not in row["body"] for row in bodies)


async def test_who_leaves_is_shut_out_at_once_and_whoever_comes_back_begins_anew(organisation: Organisation) -> None:
    await organisation.shop("HZ001")
    saved = await guide(organisation, "HZ001")
    await with_password(organisation, saved["staff_id"])
    way = bearer(organisation.world, await organisation.sign_in("li", PASSWORD))
    assert (await way.get("/directory/v1/brand")).status_code == 200
    left = await guide(organisation, "HZ001", has_left=True)
    assert left["left_at"] is not None
    assert (await way.get("/directory/v1/brand")).status_code == 401
    assert (await organisation.sign_in("li", PASSWORD)).status_code == 401
    assert await guide(organisation, "HZ001", has_left=True) == left
    assert (await guide(organisation, "HZ001"))["left_at"] is None
    assert (await organisation.sign_in("li", PASSWORD)).status_code == 401
    brand_id = organisation.chain.brand_id
    said = [fact for fact in await organisation.world.said(StaffSaved, brand_id) if fact.code == "li"]
    assert [fact.left_at is None for fact in said] == [True, False, True]
    revoked = await organisation.world.said(CredentialRevoked, brand_id)
    assert len(revoked) == 2  # the one-time password, and the chosen one


async def test_managers_see_the_staff_of_their_own_shops(organisation: Organisation) -> None:
    shop = await organisation.shop("HZ001")
    await organisation.shop("HZ002")
    saved = await guide(organisation, "HZ001")
    await organisation.put("/staff/wang", name="王", roles=["guide"], shops=["HZ002"])
    chain = organisation.chain
    manager = chain.staff(Role.STORE_MANAGER, shops=frozenset({UUID(shop["shop_id"])}))
    listed = (await manager.get("/directory/v1/staff")).json()["items"]
    assert [(item["code"], item["name"]) for item in listed] == [("li", "李导购")]
    everyone = (await organisation.head_office.get("/directory/v1/staff")).json()["items"]
    assert [item["code"] for item in everyone] == ["li", "wang"]
    stranger = chain.staff(Role.STORE_MANAGER, shops=frozenset({await organisation.of_shop("HZ002")}))
    assert (await stranger.get(f"/directory/v1/staff/{saved['staff_id']}")).status_code == 404


async def test_an_unknown_shop_refuses_the_whole_person(organisation: Organisation) -> None:
    body = {"name": "李", "roles": ["guide"], "shops": ["nowhere"]}
    answer = await organisation.head_office.put("/directory/v1/staff/li", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "directory.unknown_code")
    assert await organisation.world.said(StaffSaved, organisation.chain.brand_id) == []
