"""The doors of a service: every route, with who may come in and what makes it safe to repeat.

A door opens the transaction before the route runs and commits it before the first byte of the answer leaves, so
that "done" is never said of what was not.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from shared.auth.caller import Allowed, Caller, NotAllowed, NotSignedIn
from shared.context import Context
from shared.db.database import ANSWER_LIMIT_S, Database, Tx
from shared.http.hot import HotDoor, HotRoute
from shared.http.idempotency import repeat_of
from shared.http.problem import SCHEMA
from shared.words import Language, preferred

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "refused", "content": {"application/problem+json": {"schema": SCHEMA}}},
    "5XX": {"description": "failed", "content": {"application/problem+json": {"schema": SCHEMA}}},
}


# These are coroutines though they wait for nothing: FastAPI runs plain functions in a thread, a hundred times as dear.
async def _asking(request: Request) -> Context:
    return context_of(request)


async def _transaction(request: Request) -> Tx:
    tx: Tx = request.state.tx
    return tx


async def _database(request: Request) -> Database:
    return context_of(request).database


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


async def _language(request: Request) -> Language:
    return preferred(request.headers.get("accept-language"))


Asking = Annotated[Context, Depends(_asking)]
Answering = Annotated[Tx, Depends(_transaction)]
Reading = Annotated[Tx, Depends(_transaction)]
Data = Annotated[Database, Depends(_database)]
Who = Annotated[Caller, Depends(_caller)]
Spoken = Annotated[Language, Depends(_language)]


def context_of(request: Request) -> Context:
    """What the service that answers has at hand."""
    context: Context = request.app.state.context
    return context


class Door(APIRoute):
    """One route with its walls."""

    allowed: Allowed
    natural_key: str | None = None
    is_flow = False

    def get_route_handler(self) -> Handler:
        """The framework's handler, inside authentication, transaction and idempotency."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            context = context_of(request)
            caller = admit(context, self.allowed, request.headers.get("authorization"))
            request.state.caller = caller
            is_reading = "GET" in (self.methods or ())
            if not is_reading and not self.allowed.everyone:  # signing in goes on: else nobody could read for long
                context.disk.must_have_room()
            if self.is_flow:
                return await inner(request)
            if is_reading:
                async with context.database.reading() as tx:
                    request.state.tx = tx
                    return await inner(request)
            return await self._act(context, caller, request, inner)

        return handle

    async def _act(self, context: Context, caller: Caller | None, request: Request, inner: Handler) -> Response:
        repeat = None if self.natural_key else await repeat_of(request, caller, f"{request.method} {self.path}")

        async def work(tx: Tx) -> Response:
            request.state.tx = tx
            if repeat is not None and (answer := await repeat.earlier(tx)) is not None:
                return answer
            answer = await inner(request)
            if repeat is not None:
                await repeat.keep(tx, answer)
            return answer

        return await context.database.act(work, request.state.request_id, request.state.trace, ANSWER_LIMIT_S)


def admit(context: Context, allowed: Allowed, authorization: str | None) -> Caller | None:
    """Who comes in by a bearer token (RFC 6750); raises where nobody may, answers none where everyone may."""
    if allowed.everyone:
        return None
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn
    caller = context.verifier.caller(token.strip())
    if not allowed.admits(caller):
        raise NotAllowed
    return caller


class Doors:
    """The doors of one noun. Each method is a decorator that adds a route."""

    def __init__(self, prefix: str, noun: str) -> None:
        self.routes: list[Door | HotRoute] = []
        self._prefix = prefix
        self._noun = noun

    def read(self, path: str, *, who: Allowed, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A GET: reads and changes nothing."""
        return self._add("GET", path, who, **options)

    def act(
        self, path: str, *, who: Allowed, natural_key: str | None = None, method: str = "POST", **options: Any
    ) -> Callable[[Endpoint], Endpoint]:
        """A change in one transaction; `natural_key` says what in the request makes a repeat harmless."""
        return self._add(method, path, who, natural_key=natural_key, **options)

    def flow(
        self, path: str, *, who: Allowed, natural_key: str, method: str = "POST", **options: Any
    ) -> Callable[[Endpoint], Endpoint]:
        """Several transactions or a call outside: the route gets the database and begins its own."""
        return self._add(method, path, who, natural_key=natural_key, is_flow=True, **options)

    def hot(
        self, path: str, *, who: Allowed, natural_key: str, most_bytes: int, openapi: dict[str, Any]
    ) -> Callable[[HotDoor], HotDoor]:
        """One of the few routes below FastAPI's machinery: raw body in, bytes out."""

        def add(door: HotDoor) -> HotDoor:
            route = HotRoute(self._prefix + path, door, admit, who, natural_key, most_bytes)
            route.openapi = {"tags": [self._noun], "responses": {}, **openapi}
            route.openapi["responses"] |= {str(status): item for status, item in _PROBLEMS.items()}
            route.openapi |= _extra(who, natural_key)
            route.components = route.openapi.pop("x-components", {})
            self.routes.append(route)
            return door

        return add

    def _add(
        self,
        method: str,
        path: str,
        who: Allowed,
        natural_key: str | None = None,
        is_flow: bool = False,
        **options: Any,
    ) -> Callable[[Endpoint], Endpoint]:
        def add(endpoint: Endpoint) -> Endpoint:
            door = type("Door", (Door,), {"allowed": who, "natural_key": natural_key, "is_flow": is_flow})
            self.routes.append(
                door(
                    self._prefix + path,
                    endpoint,
                    methods=[method],
                    tags=[self._noun],
                    responses=_PROBLEMS,
                    operation_id=f"{self._noun}_{endpoint.__name__}",
                    openapi_extra=_extra(who, natural_key if method != "GET" else ""),
                    **options,
                )
            )
            return endpoint

        return add


def _extra(who: Allowed, natural_key: str | None) -> dict[str, Any]:
    extra: dict[str, Any] = {"x-allowed": who.named(), "security": [] if who.everyone else [{"bearer": []}]}
    if natural_key:
        extra["x-natural-key"] = natural_key
    if natural_key is None:
        extra["parameters"] = [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "maxLength": 200},
            }
        ]
    return extra
