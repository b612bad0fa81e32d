"""The caller's own brand over HTTP."""

from services.directory.brand import actions, queries
from services.directory.brand.rules import PURPOSE
from services.directory.brand.schemas import BrandOut, MiniProgramIn, MiniProgramOut
from shared.auth.caller import EVERY_CALLER, HEAD_OFFICE
from shared.errors import NotFound
from shared.http import Answering, Asking, Doors, Reading, Who

doors = Doors("/directory/v1", "brand")


@doors.read("/brand", who=EVERY_CALLER)
async def read_brand(tx: Reading, who: Who) -> BrandOut:
    """Whose token this is."""
    row = await queries.read(tx, who.brand_id)
    if row is None:
        raise NotFound(what="brand")
    return BrandOut(**row)


@doors.act("/mini-program", who=HEAD_OFFICE, natural_key="the brand", method="PUT")
async def set_mini_program(body: MiniProgramIn, tx: Answering, who: Who, asking: Asking) -> MiniProgramOut:
    """The mini-program by which the brand's shoppers log in."""
    await actions.keep_mini_program(tx, who.brand_id, body, asking.secrets.derive(PURPOSE))
    return MiniProgramOut(app_id=body.app_id)
