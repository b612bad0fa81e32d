"""Holds over HTTP: tills set points aside and let them go; the ticket posts them."""

from uuid import UUID

from services.member.hold import actions
from services.member.hold.rules import Asked
from services.member.hold.schemas import HoldBody, HoldOut, hold_out
from shared.auth.caller import TILL
from shared.http import Answering, Asking, Doors, Who

doors = Doors("/member/v1", "hold")


@doors.flow("/points/holds", who=TILL, natural_key="hold_id", status_code=201)
async def hold_points(body: HoldBody, who: Who, asking: Asking) -> HoldOut:
    """Hold points while the ticket is rung up; those that arrive together are held together."""
    shown = body.member
    lookup = asking.secrets.lookup(who.brand_id, shown.kind, shown.value) if shown else None
    asked = Asked(body.hold_id, who.brand_id, who.shop_id, body.points, body.member_id, lookup)
    return hold_out(await asking.together(actions.hold_points, asked))


@doors.act("/points/holds/{hold_id}:release", who=TILL, natural_key="hold_id")
async def release_hold(hold_id: UUID, tx: Answering, who: Who) -> HoldOut:
    """Let the points go; a hold that a ticket has posted stays spent."""
    return hold_out(await actions.release_hold(tx, who.brand_id, who.shop_id, hold_id))
