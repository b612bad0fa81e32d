"""Moving the coupons of people who proved to be one, and what a second join coupon had taken of the budgets."""

from collections.abc import Sequence

from services.campaign.budget import queries as budget
from services.campaign.coupon import queries as coupons
from services.campaign.coupon.rules import Coupon
from services.campaign.fold.rules import fold_coupons, take_back
from services.campaign.hold import queries as holds
from services.campaign.redemption import queries as redemptions
from services.campaign.redemption.rules import Reason
from services.campaign.registry import queries as registry
from services.campaign.registry.rules import Fold
from shared.db import Tx
from shared.events.event import Heard
from shared.events.member import PersonFolded


async def fold_people(tx: Tx, heard: Sequence[Heard[PersonFolded]]) -> None:
    """Coupons follow their person into the member she proved to be; of two join coupons one stays."""
    await registry.lock_folds(tx, {item.fact.brand_id for item in heard})
    told = [Fold(item.fact.brand_id, item.fact.from_id, item.fact.into_id, str(item.event_id)) for item in heard]
    folds = await registry.fold(tx, told)
    people = {(fold.brand_id, person_id) for fold in folds for person_id in (fold.from_id, fold.into_id)}
    before = await coupons.of_people(tx, people)
    folding = fold_coupons(before, folds)
    withdrawn_ids = {coupon.coupon_id for coupon in folding.withdrawn}
    await _take_back(tx, [coupon for coupon in before if coupon.coupon_id in withdrawn_ids])
    await coupons.change(tx, folding.withdrawn)
    await coupons.change(tx, folding.moved)
    await coupons.tell(tx, folding.movements)


async def _take_back(tx: Tx, going: Sequence[Coupon]) -> None:
    """Write what becomes of the holds and uses of coupons that are withdrawn, as they stood until now."""
    held = await holds.read(tx, [coupon.hold_id for coupon in going if coupon.hold_id])
    booked = await redemptions.booked(tx, [coupon.coupon_id for coupon in going])
    taken = take_back(going, held, booked)
    if not taken.deltas:
        return
    await budget.lock(tx, taken.deltas)
    await holds.close(tx, taken.closed)
    await redemptions.append(tx, [_overrun(coupon) for coupon in taken.overruns])
    await coupons.tell(tx, taken.movements)
    await budget.add(tx, taken.deltas)


def _overrun(used: Coupon) -> redemptions.Overrun:
    assert used.ticket_id is not None
    assert used.shop_id is not None
    return redemptions.Overrun(
        used.ticket_id,
        used.coupon_id,
        used.brand_id,
        used.shop_id,
        used.campaign_id,
        Reason.WITHDRAWN,
        used.taken_fen or 0,
    )
