"""Where WeCom calls back. The door is open to everyone: the signature decides."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.community.callback import flows
from shared.auth.caller import EVERYONE
from shared.http import Asking, Doors
from shared.http.hot import read_body
from shared.wecom.xml import MOST_BYTES

doors = Doors("/community/v1", "callback")


@doors.flow(
    "/wecom/callbacks/{brand_id}",
    who=EVERYONE,
    natural_key="an echo: nothing changes",
    method="GET",
    response_class=Response,
)
async def echo(brand_id: UUID, request: Request, asking: Asking) -> Response:
    """Prove to WeCom that this address is the brand's."""
    return Response(await flows.echo(asking, brand_id, request.query_params), media_type="text/plain")


@doors.flow("/wecom/callbacks/{brand_id}", who=EVERYONE, natural_key="the callback's digest", response_class=Response)
async def take_callback(brand_id: UUID, request: Request, asking: Asking) -> Response:
    """Take a callback; answers as soon as it is kept."""
    body = await read_body(request.receive, MOST_BYTES)
    await flows.take(asking, brand_id, request.query_params, body)
    return Response("success", media_type="text/plain")
