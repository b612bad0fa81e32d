"""Hot doors: the two or three routes that a queue at a till waits for, below FastAPI's request machinery.

They keep what makes a route a route: a declared permission, a size limit, problems for refusals, and a place in
the OpenAPI document.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from shared.auth.caller import Allowed, Caller
from shared.context import Context
from shared.errors import Refusal, TooLarge
from shared.http.problem import refused
from shared.words import Language, preferred


class Ask(NamedTuple):
    """A hot request: who, what, and in which language to answer."""

    context: Context
    caller: Caller
    body: bytes
    language: Language
    request_id: str
    trace: str


class Reply(NamedTuple):
    """A hot answer: JSON bytes."""

    status: int
    body: bytes


HotDoor = Callable[[Ask], Awaitable[Reply]]
Admit = Callable[[Context, Allowed, str | None], Caller | None]

_START = {"type": "http.response.start"}
_JSON = (b"content-type", b"application/json")


class HotRoute(Route):
    """A POST on one fixed path."""

    def __init__(
        self, path: str, door: HotDoor, admit: Admit, allowed: Allowed, natural_key: str, most_bytes: int
    ) -> None:
        super().__init__(path, self, methods=["POST"], include_in_schema=False, name=getattr(door, "__name__", path))
        self.allowed = allowed
        self.natural_key = natural_key
        self.openapi: dict[str, Any] = {}
        self.components: dict[str, Any] = {}  # schemas that the document refers to
        self._door = door
        self._admit = admit
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        language = preferred(headers.get(b"accept-language", b"").decode("latin-1"))
        context: Context = scope["app"].state.context
        try:
            authorization = headers.get(b"authorization")
            caller = self._admit(context, self.allowed, authorization.decode("latin-1") if authorization else None)
            assert caller is not None, "a hot door is never open to everyone"
            body = await read_body(receive, self._most_bytes)
            state = scope["state"]
            ask = Ask(context, caller, body, language, state["request_id"], state["trace"])
            status, answer = await self._door(ask)
        except Refusal as refusal:
            await refused(refusal, language)(scope, receive, send)
            return
        await send({**_START, "status": status, "headers": [_JSON, (b"content-length", b"%d" % len(answer))]})
        await send({"type": "http.response.body", "body": answer})


async def read_body(receive: Receive, most_bytes: int) -> bytes:
    """The whole body; raises `TooLarge` before more than the limit is in memory."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > most_bytes:
            raise TooLarge(limit_bytes=most_bytes)
        if not message.get("more_body"):
            return body
