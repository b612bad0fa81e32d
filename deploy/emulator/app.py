"""The emulator as one application: WeCom at /cgi-bin, the mini-program at /sns, the controls at /emulator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from deploy.emulator.control_api import Emulator, router
from deploy.emulator.faults import Fault
from deploy.emulator.keeping import Keeper, Touching
from deploy.emulator.outbox import Outbox, Sending
from deploy.emulator.wecom_api import wecom_app
from deploy.emulator.weixin_api import weixin_app
from deploy.emulator.world import World


def create_emulator(
    world: World, client: httpx.AsyncClient, sending: Sending | None = None, keeper: Keeper | None = None
) -> FastAPI:
    """Put it together. Callbacks go out by `client`, the caller's to close, as long as the app's lifespan lasts.

    Without a keeper the world is forgotten in the end.
    """
    outbox = Outbox(world, client, sending or Sending())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with keeper.keeping() if keeper else nullcontext(), outbox.sending():
            yield

    app = FastAPI(title="Emulator of WeCom and the mini-program", lifespan=lifespan)
    app.state.emulator = Emulator(world, outbox)
    app.add_exception_handler(Fault, _refuse)
    app.include_router(router)
    if keeper is not None:
        app.add_middleware(Touching, keeper=keeper)
    app.mount("/cgi-bin", wecom_app(world))
    app.mount("/sns", weixin_app(world))
    return app


async def _refuse(_: Request, error: Exception) -> JSONResponse:
    """A control that makes no sense is a 400: whoever plays the people has a bug."""
    assert isinstance(error, Fault)
    return JSONResponse({"errcode": int(error.errcode), "errmsg": error.errmsg}, 400)
