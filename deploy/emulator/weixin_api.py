"""The mini-program's API below /sns: who is it that logs in?"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, FastAPI

from deploy.emulator.faults import Errcode, Fault
from deploy.emulator.wecom_api import answer_fault, world_of
from deploy.emulator.world import World

GRANT = "authorization_code"


def weixin_app(world: World) -> FastAPI:
    """The API, to be mounted at /sns."""
    app = FastAPI(title="Mini-program")
    app.state.world = world
    app.add_exception_handler(Fault, answer_fault)
    app.get("/jscode2session")(code_to_session)
    return app


async def code_to_session(
    world: Annotated[World, Depends(world_of)],
    appid: str = "",
    secret: str = "",
    js_code: str = "",
    grant_type: str = GRANT,
) -> Mapping[str, Any]:
    """The visitor's ids for the code of her phone. A success bears no errcode at all."""
    if grant_type != GRANT:
        raise Fault(Errcode.INVALID_PARAMETER, "grant_type")
    login = world.program(appid).log_in(secret, js_code, world.machine_clock())
    person = login.person
    return {"openid": person.openid, "session_key": login.session_key, "unionid": person.unionid}
