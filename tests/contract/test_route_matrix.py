"""Every route of every service, tried by every kind of caller: who is not named at the door does not come in."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from deploy.suite.services import all_services
from shared.app import api_of
from shared.auth.caller import TILL, Allowed, Caller, Kind, Role
from shared.auth.tokens import Signer
from shared.http.doors import Door, Doors
from shared.http.hot import HotRoute
from shared.ids import new_id
from tests.world import World

AT_ONCE = 20
NOT_SIGNED_IN = "not_signed_in"
DOCUMENTS = ("/docs", "/openapi.json")
# FastAPI's own, and behind no service's prefix: the gateway leads nobody there.
BEHIND_THE_DOCS = "/docs/oauth2-redirect"


class Trying(NamedTuple):
    """Somebody at a door: as the document names them, or none whose token counts for nothing."""

    label: str
    named: str | None
    authorization: str | None


class Way(NamedTuple):
    """A door as the OpenAPI document describes it."""

    method: str
    path: str
    allowed: frozenset[str]


def test_every_service_has_nothing_but_doors_with_a_declared_permission() -> None:
    for name, service in all_services().items():
        assert strangers(name, api_of(service).routes) == []


def test_a_mount_a_foreign_route_and_a_door_for_nobody_are_found() -> None:
    async def answer() -> Response:
        return Response()

    undeclared = Route("/directory/v1/undeclared", answer)
    mounted = Mount("/directory/v1/mounted", routes=[undeclared])
    posing = Mount("/directory/docs", routes=[undeclared])
    documents = Route("/directory/docs", answer)
    assert strangers("directory", [undeclared, mounted, posing, documents]) == [undeclared, mounted, posing]
    for_nobody, for_tills = Doors("/directory/v1", "noun"), Doors("/directory/v1", "noun")
    for_nobody.read("/nobody", who=Allowed())(answer)
    for_tills.read("/tills", who=TILL)(answer)
    assert strangers("directory", [*for_nobody.routes, *for_tills.routes]) == for_nobody.routes


def strangers(name: str, routes: Iterable[BaseRoute]) -> list[BaseRoute]:
    """Routes that are no doors, and doors that say nothing of who may come in."""
    prefix = f"/{name.replace('_', '-')}"
    documents = frozenset({BEHIND_THE_DOCS, *(prefix + path for path in DOCUMENTS)})
    return [route for route in routes if not is_door(route) and not is_one_of(documents, route)]


def is_door(route: BaseRoute) -> bool:
    if not isinstance(route, Door | HotRoute):
        return False
    return bool(route.allowed.named())


def is_one_of(documents: frozenset[str], route: BaseRoute) -> bool:
    return isinstance(route, Route) and route.path in documents


def test_every_kind_of_caller_and_every_role_tries() -> None:
    tried = callers(new_id()).values()
    assert {caller.kind for caller in tried} == set(Kind)
    assert {role for caller in tried for role in caller.roles} == set(Role)


@pytest.mark.parametrize("name", sorted(all_services()))
async def test_nobody_comes_in_who_is_not_named_at_the_door(world: World, name: str) -> None:
    document = world.suite.running[name].edge.api.openapi()
    doors = list(doors_of(document))
    routes = [route for route in world.suite.running[name].edge.api.routes if isinstance(route, Door | HotRoute)]
    assert len(doors) == len(routes)
    client, turn = world.client(), asyncio.Semaphore(AT_ONCE)

    async def try_door(door: Way, trying: Trying) -> str | None:
        async with turn:
            return judged(door, trying, await knock(client, door, trying))

    found = await asyncio.gather(*(try_door(door, trying) for door in doors for trying in everybody(world)))
    assert [wrong for wrong in found if wrong is not None] == []


def judged(door: Way, trying: Trying, answer: httpx.Response) -> str | None:
    """What is wrong with an answer."""
    told = f"{door.method} {door.path}: {trying.label} got {answer.status_code} {answer.text[:100]}"
    if answer.status_code == 500:
        return told
    is_in = "everyone" in door.allowed or trying.named in door.allowed
    if is_in:
        return told if f'"{NOT_SIGNED_IN}"' in answer.text else None
    return None if answer.status_code == (401 if trying.named is None else 403) else told


async def knock(client: httpx.AsyncClient, door: Way, trying: Trying) -> httpx.Response:
    headers = {"Idempotency-Key": str(new_id()), "Content-Type": "application/json"}
    if trying.authorization is not None:
        headers["Authorization"] = trying.authorization
    content = None if door.method == "GET" else b"null"
    return await client.request(door.method, door.path, content=content, headers=headers)


def everybody(world: World) -> Iterator[Trying]:
    """Every kind of caller, of two brands; and tokens that count for nothing."""
    for brand_id in (new_id(), new_id()):
        for named, caller in callers(brand_id).items():
            yield Trying(f"{named} of {brand_id}", named, f"Bearer {world.token(caller)}")
    boss = callers(new_id())["staff:head_office"]
    signer = Signer("directory", world.scratch.secrets.signing_key("directory"))
    impostor = Signer("trade", world.scratch.secrets.signing_key("trade"))
    revoked = callers(new_id())["staff:head_office"]
    assert revoked.credential_id is not None
    world.suite.host.verifier.revoke(revoked.credential_id)
    yield Trying("nobody", None, None)
    yield Trying("garbage", None, "Bearer not.a.token")
    yield Trying("another scheme", None, f"Basic {world.token(boss)}")
    yield Trying("an expired token", None, f"Bearer {signer.token(boss, lifetime_s=-1)}")
    yield Trying("a revoked token", None, f"Bearer {world.token(revoked)}")
    yield Trying("a token signed by who may not", None, f"Bearer {impostor.token(boss)}")


def callers(brand_id: UUID) -> dict[str, Caller]:
    shop = frozenset({new_id()})
    found = {
        "till": Caller(Kind.TILL, new_id(), brand_id, "T1", shop_ids=shop, credential_id=new_id()),
        "shopper": Caller(Kind.SHOPPER, new_id(), brand_id),
        "partner": Caller(Kind.PARTNER, new_id(), brand_id, "P01", credential_id=new_id()),
        "service": Caller(Kind.SERVICE, new_id(), brand_id, "community", shop_ids=None),
        "keeper": Caller(Kind.KEEPER, UUID(int=0), UUID(int=0), shop_ids=None),
    }
    for role in Role:
        caller = Caller(Kind.STAFF, new_id(), brand_id, "li", frozenset({role}), None, new_id())
        found[f"staff:{role}"] = caller
    return found


def doors_of(document: Mapping[str, Any]) -> Iterator[Way]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield Way(method.upper(), filled(document, told, path), frozenset(told["x-allowed"]))


def filled(document: Mapping[str, Any], told: Mapping[str, Any], path: str) -> str:
    """The path with a value for each of its parameters."""
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: dummy(document, told, found[1]), path)


def dummy(document: Mapping[str, Any], told: Mapping[str, Any], name: str) -> str:
    """A value of a path's parameter that passes its schema."""
    (schema,) = [item["schema"] for item in told["parameters"] if (item["name"], item["in"]) == (name, "path")]
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return str(schema["enum"][0])
    by_format = {"uuid": str(new_id()), "date": "2026-11-24", "date-time": "2026-11-24T00:00:00Z"}
    return by_format.get(schema.get("format", ""), "1")
