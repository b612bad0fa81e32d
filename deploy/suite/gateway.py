"""One port for all services in a process: the first segment of the path says whose request it is."""

import asyncio
from collections.abc import Mapping

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared.app import Edge
from shared.db.faults import is_passing
from shared.http.problem import problem

READY_LIMIT_S = 3.0


class Gateway:
    """Hands each request to its service; `/health` says that the process lives, `/ready` that it can work."""

    def __init__(self, edges: Mapping[str, Edge]) -> None:
        self._edges = {name.replace("_", "-"): edge for name, edge in edges.items()}
        self._asked: dict[str, asyncio.Task[bool]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        segment = scope["path"].split("/", 2)[1]
        edge = self._edges.get(segment)
        if edge is not None:
            await edge(scope, receive, send)
            return
        await (await self._own(segment))(scope, receive, send)

    async def _own(self, segment: str) -> Response:
        if segment == "health":
            return _json(200, {"healthy": True})
        if segment == "ready":
            return await self._ready()
        where = [f"/{name}/docs" for name in self._edges]
        return problem(404, "not_found", "没有这个地址 · No such address: the services are at …", services=where)

    async def _ready(self) -> Response:
        can_work = await asyncio.gather(*map(self._can_work, self._edges))
        waiting = [name for name, can in zip(self._edges, can_work, strict=True) if not can]
        return _json(503 if waiting else 200, {"ready": not waiting, "waiting": waiting})

    async def _can_work(self, name: str) -> bool:
        """Whether its database answers, and soon."""
        asked = self._asked.get(name)
        if asked is None or asked.done():
            asked = self._asked[name] = asyncio.create_task(_answers(self._edges[name]))
        # Never cancelled: that would wait for the server too, which is to cancel its work and hangs.
        await asyncio.wait({asked}, timeout=READY_LIMIT_S)
        return asked.done() and asked.result()


async def _answers(edge: Edge) -> bool:
    """Whether its database answers at last."""
    try:
        async with edge.context.database.reading() as tx:
            await tx.value("select 1")
    except Exception as error:  # the edge: not ready, for whatever reason
        if not is_passing(error):
            raise
        return False
    return True


def _json(status: int, body: object) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
