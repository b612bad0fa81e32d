"""A service as a whole: what it owns, says and hears, put together in one call and run in any mix of roles."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import structlog
from fastapi import FastAPI
from prometheus_client import Counter, Histogram
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared.bus.inbox import Written
from shared.bus.listener import Listener
from shared.context import Context
from shared.db.database import Tx
from shared.db.faults import is_passing
from shared.events.event import Event, Heard
from shared.http import problem
from shared.http.dead_letters import dead_letter_doors
from shared.http.doors import Doors
from shared.http.hot import HotRoute
from shared.ids import new_id
from shared.jobs import Job
from shared.metrics import ANSWERS, BUSY, TOOK
from shared.trace import trace_of
from shared.words import Language, preferred

logger = structlog.get_logger()

Start = Callable[[Context], Awaitable[None]]
TakeWritten = Callable[[Context, Tx, Sequence[Heard[Written]]], Awaitable[None]]


@dataclass(frozen=True)
class Inbox:
    """What a service takes from foreign producers, a brand's records at a time: what acts on them, and what one is.

    `take` raises at what it cannot read, which becomes a dead letter; what is merely odd it stores.
    """

    take: TakeWritten
    shape: Mapping[str, Any]  # JSON Schema 2020-12
    example: Mapping[str, Any]


@dataclass(frozen=True)
class Service:
    """What a service is: its name, its doors, what it hears and says, what it does in time."""

    name: str
    title: str
    doors: tuple[Doors, ...]
    says: tuple[type[Event], ...] = ()
    listeners: tuple[Listener, ...] = ()
    jobs: tuple[Job, ...] = ()
    inbox: Inbox | None = None
    projections: tuple[str, ...] = ()  # tables that are all made of others' events: the rest is its own truth

    @property
    def sources(self) -> list[str]:
        """The services whose logs it reads."""
        return sorted({listener.source for listener in self.listeners})


def create_app(
    name: str,
    *,
    title: str,
    doors: Sequence[Doors],
    says: Sequence[type[Event]] = (),
    hears: Sequence[Listener] = (),
    jobs: Sequence[Job] = (),
    inbox: Inbox | None = None,
    projections: Sequence[str] = (),
) -> Service:
    """Put a service together; nothing runs yet."""
    assert all(kind.TYPE.startswith(name.replace("_", "-") + ".") for kind in says), "a service says its own events"
    own = dead_letter_doors(name.replace("_", "-"))
    return Service(name, title, (*doors, own), tuple(says), tuple(hears), tuple(jobs), inbox, tuple(projections))


class Edge:
    """The service as an ASGI application: request ids, hot doors first, and no bug that shows its inside."""

    def __init__(self, service: Service, context: Context) -> None:
        self.service = service
        self.context = context
        self.api = api_of(service)
        self.api.state.context = context
        self._hot = {route.path: route for route in self.api.routes if isinstance(route, HotRoute)}
        self._in_flight = 0
        BUSY.labels(service.name).set_function(lambda: self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        request_id = headers.get(b"x-request-id", b"").decode("latin-1")[:100] or str(new_id())
        trace = trace_of(headers.get(b"traceparent", b"").decode("latin-1"))
        scope["state"] = {"request_id": request_id, "trace": trace}
        answer = _Answer(send, self.service.name, request_id)
        if self._in_flight >= self.context.settings.most_in_flight:
            await problem.busy(_language(Request(scope)))(scope, receive, answer)
            ANSWERS.labels(self.service.name, "busy", str(answer.status)).inc()
            return
        self._in_flight += 1
        asked = time.perf_counter()
        try:
            await self._answer(scope, receive, answer)
        finally:
            self._in_flight -= 1
        count, took = _meters(self.service.name, _route_name(scope), answer.status)
        count.inc()
        took.observe(time.perf_counter() - asked)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        hot = self._hot.get(scope["path"]) if scope["method"] == "POST" else None
        try:
            if hot is not None:
                scope["app"] = self.api
                await hot(scope, receive, answer)
            else:
                await self.api(scope, receive, answer)
        except Exception as error:  # the edge: whatever comes, the caller gets a clear answer
            if not is_passing(error):
                state = scope["state"]
                logger.exception("bug", service=self.service.name, path=scope["path"], request_id=state["request_id"])
            if not answer.started:
                await _failed(error, Request(scope))(scope, receive, answer)
        except asyncio.CancelledError:  # this process has waited long enough for its end
            if not answer.started:
                await problem.away(_language(Request(scope)))(scope, receive, answer)
            raise


class _Answer:
    """Passes the answer on, with the request's id, and remembers its status."""

    def __init__(self, send: Send, service: str, request_id: str) -> None:
        self._send = send
        self._header = (b"x-request-id", request_id.encode("latin-1", "replace"))
        self.started = False
        self.status = 500

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), self._header]}
        await self._send(message)


def api_of(service: Service) -> FastAPI:
    """The FastAPI application with the service's doors, docs and OpenAPI document."""
    prefix = f"/{service.name.replace('_', '-')}"
    api = FastAPI(
        title=f"Siyu · {service.title}",
        version="1",
        docs_url=None,  # `deploy.suite.documents` serves the page, without a CDN
        redoc_url=None,
        openapi_url=f"{prefix}/openapi.json",
    )
    problem.install(api)
    api.add_exception_handler(Exception, _on_failure)
    for doors in service.doors:
        api.router.routes.extend(doors.routes)
    ordinary = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            hot = [route for route in api.routes if isinstance(route, HotRoute)]
            api.openapi_schema = _with_hot_doors(ordinary(), hot)
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document
    return api


def _with_hot_doors(document: dict[str, Any], hot: Sequence[HotRoute]) -> dict[str, Any]:
    """The OpenAPI document with the security scheme and the routes that FastAPI does not know of."""
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for route in hot:
        document["paths"].setdefault(route.path, {})["post"] = route.openapi
        components.setdefault("schemas", {}).update(route.components)
    return document


def _failed(error: Exception, request: Request) -> Response:
    language = _language(request)
    if is_passing(error):
        return problem.away(language)
    return problem.bug(request.state.request_id, language)


def _language(request: Request) -> Language:
    return preferred(request.headers.get("accept-language"))


async def _on_failure(request: Request, error: Exception) -> Response:
    return _failed(error, request)


@cache
def _meters(service: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """What counts the answers of a route; to find it by its labels each time would cost as much as to route."""
    return ANSWERS.labels(service, route, str(status)), TOOK.labels(service, route)


def _route_name(scope: Scope) -> str:
    route = scope.get("route")
    return str(getattr(route, "path", "")) or "hot"
