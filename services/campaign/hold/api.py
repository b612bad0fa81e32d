"""Holds over HTTP: a till asks before it gives a discount."""

from uuid import UUID

from services.campaign.hold import actions
from services.campaign.hold.schemas import HoldIn, HoldOut
from shared.auth.caller import TILL
from shared.http import Answering, Asking, Data, Doors, Who

doors = Doors("/campaign/v1", "coupon_hold")


@doors.flow("/coupons/holds", who=TILL, natural_key="hold id", status_code=201)
async def hold_coupon(body: HoldIn, asking: Asking, data: Data, who: Who) -> HoldOut:
    """Keep a coupon for this till and say what it takes off; tills that ask together are answered together."""
    wish = actions.Wish(
        body.hold_id, who.brand_id, who.shop_id, who.name, body.coupon_id, body.person_id, body.basket()
    )
    return HoldOut.of(await asking.together(actions.hold, wish))


@doors.act("/coupons/holds/{hold_id}:release", who=TILL, natural_key="hold id")
async def release_coupon(hold_id: UUID, tx: Answering, who: Who) -> None:
    """Let a coupon go: the shopper changed her mind."""
    await actions.release(tx, who.brand_id, hold_id, who.shop_id)
