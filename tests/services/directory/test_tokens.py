"""Who proves what gets which token, how long guessing lasts, and what revoking does."""

import asyncio
from typing import Any
from uuid import UUID

import httpx

from services.directory.credential import jobs
from services.directory.credential.rules import MOST_TRIES, NOBODYS, hashed
from shared.auth.caller import Caller, Kind, Role
from shared.events.directory import CredentialRevoked
from shared.ids import new_id
from shared.jobs import run_now
from tests.services.directory.organisation import (
    PASSWORD,
    Organisation,
    another_process,
    bearer,
    caller_of,
    found,
    opened,
)
from tests.world import World

TOKENS = "/directory/v1/tokens"


async def till_grant(organisation: Organisation, shop_code: str = "HZ001") -> tuple[Any, dict[str, str]]:
    shop = await organisation.shop(shop_code)
    till = await organisation.till(shop["shop_id"])
    return till, {"grant": "device", **await organisation.till_credential(till["till_id"])}


async def ask(world: World, grant: dict[str, Any]) -> httpx.Response:
    return await world.client().post(TOKENS, json=grant)


async def test_a_tills_credential_gets_a_token_for_that_till_at_that_shop(organisation: Organisation) -> None:
    till, grant = await till_grant(organisation)
    answer = await ask(organisation.world, grant)
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("bearer", 900)
    assert answer.headers["cache-control"] == "no-store"
    assert caller_of(organisation.world, answer) == Caller(
        Kind.TILL,
        UUID(till["till_id"]),
        organisation.chain.brand_id,
        "T1",
        shop_ids=frozenset({UUID(till["shop_id"])}),
        credential_id=UUID(grant["credential_id"]),
    )


async def test_a_partners_credential_gets_a_partners_token_and_nothing_as_a_till(organisation: Organisation) -> None:
    partner = await organisation.put("/partners/P01", name="合作商")
    issued = await organisation.head_office.post(f"/directory/v1/partners/{partner['partner_id']}/credentials")
    answer = await ask(organisation.world, {"grant": "client", **issued.json()})
    caller = caller_of(organisation.world, answer)
    assert (caller.kind, caller.id, caller.shop_ids) == (Kind.PARTNER, UUID(partner["partner_id"]), frozenset())
    assert (await ask(organisation.world, {"grant": "device", **issued.json()})).status_code == 401


async def test_secrets_are_kept_as_digests_and_shown_once(organisation: Organisation) -> None:
    till, grant = await till_grant(organisation)
    (row,) = await organisation.world.rows(
        "select secret from directory.credential where credential_id = $1", UUID(grant["credential_id"])
    )
    assert len(row["secret"]) == 32
    listed = await organisation.head_office.get(f"/directory/v1/tills/{till['till_id']}/credentials")
    assert set(listed.json()[0]) == {"credential_id", "kind", "holder_id", "made_at", "revoked_at"}
    kept = await organisation.world.rows("select count(*) as many from directory.answer")
    assert kept[0]["many"] == 0


async def test_a_wrong_secret_and_an_unknown_credential_are_answered_alike(organisation: Organisation) -> None:
    _, grant = await till_grant(organisation)
    wrong = await ask(organisation.world, grant | {"secret": "wrong"})
    unknown = await ask(organisation.world, grant | {"credential_id": str(new_id())})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "directory.credential_refused")
    assert wrong.json() == unknown.json()


async def test_ten_wrong_secrets_lock_that_credential_for_a_while_and_no_other(organisation: Organisation) -> None:
    _, grant = await till_grant(organisation)
    _, other = await till_grant(organisation, "HZ002")
    for _ in range(MOST_TRIES):
        assert (await ask(organisation.world, grant | {"secret": "wrong"})).status_code == 401
    locked = await ask(organisation.world, grant)
    assert (locked.status_code, locked.json()["code"], locked.headers["retry-after"]) == (429, "rate_limited", "300")
    assert (await ask(organisation.world, other)).status_code == 200
    await let_time_pass(organisation.world)
    assert (await ask(organisation.world, grant)).status_code == 200


async def let_time_pass(world: World) -> None:
    """Tries count by the machine's clock, which no test moves: so they began earlier."""
    await world.rows("update directory.sign_in_try set began_at = began_at - interval '301 seconds'")


async def test_two_hundred_guesses_at_once_through_two_processes_are_ten_tries(organisation: Organisation) -> None:
    """A password's try is counted before it is made."""
    world = organisation.world
    body = {"grant": "password", "brand": organisation.brand_code, "staff": "nobody", "password": "guess"}
    async with another_process(world, "directory") as elsewhere:
        ways = [world.client(), elsewhere] * 100
        counted = await asyncio.gather(*(guess(way, body) for way in ways))
    assert (counted.count(401), counted.count(429)) == (MOST_TRIES, 200 - MOST_TRIES)


async def guess(way: httpx.AsyncClient, body: dict[str, str]) -> int:
    """How it was answered, once somebody had time to look at it."""
    while (answer := await way.post(TOKENS, json=body)).status_code == 503:
        await asyncio.sleep(int(answer.headers["retry-after"]))
    return answer.status_code


async def test_a_till_asks_for_tokens_as_often_as_it_likes(organisation: Organisation) -> None:
    _, grant = await till_grant(organisation)
    answers = await asyncio.gather(*(ask(organisation.world, grant) for _ in range(30)))
    assert {answer.status_code for answer in answers} == {200}


async def test_revoking_stops_tokens_at_once_here_and_within_two_seconds_elsewhere(organisation: Organisation) -> None:
    world = organisation.world
    _, grant = await till_grant(organisation)
    path = f"/directory/v1/shops/{await organisation.of_shop('HZ001')}"
    answer = await ask(world, grant)
    till = bearer(world, answer)
    revoke = f"/directory/v1/credentials/{grant['credential_id']}:revoke"
    async with another_process(world, "directory") as elsewhere:
        elsewhere.headers["Authorization"] = till.headers["Authorization"]
        assert [(await way.get(path)).status_code for way in (till, elsewhere)] == [200, 200]
        assert (await organisation.head_office.post(revoke)).status_code == 204
        assert (await till.get(path)).status_code == 401
        assert (await ask(world, grant)).status_code == 401
        await asyncio.wait_for(until_refused(elsewhere, path), 4)
    assert (await organisation.head_office.post(revoke)).status_code == 204
    said = await world.said(CredentialRevoked, organisation.chain.brand_id)
    assert [str(fact.credential_id) for fact in said] == [grant["credential_id"]]


async def until_refused(way: httpx.AsyncClient, path: str) -> None:
    while (await way.get(path)).status_code != 401:
        await asyncio.sleep(0.05)


async def test_managers_issue_and_revoke_for_their_own_shop_alone(organisation: Organisation, world: World) -> None:
    till, grant = await till_grant(organisation)
    issue = f"/directory/v1/tills/{till['till_id']}/credentials"
    revoke = f"/directory/v1/credentials/{grant['credential_id']}:revoke"
    chain = organisation.chain
    own = chain.staff(Role.STORE_MANAGER, shops=frozenset({UUID(till["shop_id"])}))
    elsewhere = chain.staff(Role.STORE_MANAGER, shops=frozenset({new_id()}))
    guide = chain.staff(Role.GUIDE, shops=frozenset({UUID(till["shop_id"])}))
    stranger = (await opened(world)).head_office
    askers = (elsewhere, guide, stranger, own)
    assert [(await way.post(issue)).status_code for way in askers] == [403, 403, 404, 201]
    assert [(await way.post(revoke)).status_code for way in askers] == [403, 403, 404, 204]


async def test_head_office_signs_in_with_its_one_time_password_only_to_set_an_own_one(
    organisation: Organisation,
) -> None:
    one_time = (await found(organisation)).one_time_password
    assert one_time is not None
    answer = await organisation.sign_in("head-office", one_time)
    assert (answer.status_code, answer.json()["code"]) == (403, "directory.password_must_change")
    weak = await organisation.change("head-office", one_time, "head-office-1234")
    assert (weak.status_code, weak.json()["code"]) == (422, "directory.password_weak")
    assert (await organisation.change("head-office", one_time, PASSWORD)).status_code == 204
    assert (await organisation.sign_in("head-office", one_time)).status_code == 401
    signed_in = await organisation.sign_in("head-office", PASSWORD)
    caller = caller_of(organisation.world, signed_in)
    assert (caller.kind, caller.roles, caller.shop_ids) == (Kind.STAFF, frozenset({Role.HEAD_OFFICE}), None)
    way = bearer(organisation.world, signed_in)
    assert (await way.put("/directory/v1/regions/east", json={"name": "华东"})).status_code == 200


async def test_founding_again_renews_an_unused_password_and_leaves_a_chosen_one(organisation: Organisation) -> None:
    await found(organisation)
    again = await found(organisation)
    assert again.brand_id == organisation.chain.brand_id
    assert again.one_time_password is not None
    assert (await organisation.change("head-office", again.one_time_password, PASSWORD)).status_code == 204
    assert (await found(organisation)).one_time_password is None
    assert (await organisation.sign_in("head-office", PASSWORD)).status_code == 200


async def test_a_changed_password_takes_the_tokens_of_the_old_one_along(organisation: Organisation) -> None:
    one_time = (await found(organisation)).one_time_password
    assert one_time is not None
    await organisation.change("head-office", one_time, PASSWORD)
    before = bearer(organisation.world, await organisation.sign_in("head-office", PASSWORD))
    assert (await before.get("/directory/v1/brand")).status_code == 200
    assert (await organisation.change("head-office", PASSWORD, "another of good length")).status_code == 204
    assert (await before.get("/directory/v1/brand")).status_code == 401


def test_an_unknown_name_costs_as_much_as_a_known_one() -> None:
    costs = [stored.split(b"$")[1:4] for stored in (NOBODYS, hashed("anything"))]
    assert costs[0] == costs[1]


async def test_old_tries_are_forgotten(organisation: Organisation, world: World) -> None:
    _, grant = await till_grant(organisation)
    await ask(world, grant | {"secret": "wrong"})
    await world.rows("update directory.sign_in_try set began_at = began_at - interval '2 days'")
    assert await run_now(world.suite.running["directory"].context, jobs.forget_old_tries) >= 1
    assert await world.rows("select name from directory.sign_in_try") == []
