"""What becomes of the coupons of people who proved to be one."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from services.campaign.budget.rules import IN_ALL, Counters, Deltas, count
from services.campaign.coupon.rules import Coupon, Movement, State, Step
from services.campaign.hold.rules import Hold
from services.campaign.hold.rules import State as HoldState
from services.campaign.offer.rules import Purpose
from services.campaign.redemption.rules import Reason
from services.campaign.registry.rules import Fold

_STAYS = (State.REDEEMED, State.HELD, State.ISSUED)  # of two join coupons, the one further on in this


class Folding(NamedTuple):
    """What folds change, in the order in which it is written: two join coupons of one person are never there."""

    withdrawn: list[Coupon]  # still with whom they were
    moved: list[Coupon]
    movements: list[Movement]


def fold_coupons(coupons: Sequence[Coupon], folds: Sequence[Fold]) -> Folding:
    """The coupons of all these people, fold by fold; of two join coupons of one person one goes."""
    now = {coupon.coupon_id: coupon for coupon in coupons}
    hers: dict[UUID, list[UUID]] = defaultdict(list)
    for coupon in coupons:
        hers[coupon.person_id].append(coupon.coupon_id)
    movements: list[Movement] = []
    for fold in folds:
        coming, having = hers.pop(fold.from_id, []), hers[fold.into_id]
        extra = _second_join([now[coupon_id] for coupon_id in (*coming, *having)])
        if extra is not None:
            now[extra.coupon_id] = replace(extra, state=State.WITHDRAWN, hold_id=None)
            movements.append(_told(extra.coupon_id, Step.WITHDRAW, fold, "second join coupon of one person"))
        moved = _behind([now[coupon_id] for coupon_id in coming], [now[coupon_id] for coupon_id in having], fold)
        now |= {coupon.coupon_id: coupon for coupon in moved}
        movements += [_told(coupon_id, Step.FOLD, fold) for coupon_id in coming]
        having += coming
    after = [(coupon, now[coupon.coupon_id]) for coupon in coupons]
    return Folding(
        [replace(old, state=new.state, hold_id=new.hold_id) for old, new in after if new.state is not old.state],
        [new for old, new in after if new.person_id != old.person_id],
        movements,
    )


def _second_join(coupons: Sequence[Coupon]) -> Coupon | None:
    """A used one stays, else one that a till holds, else the earlier; the other goes, for one person joins once."""
    joins = [c for c in coupons if c.purpose is Purpose.JOIN and c.state is not State.WITHDRAWN]
    joins.sort(key=lambda coupon: (_STAYS.index(coupon.state), coupon.issued_at, coupon.coupon_id))
    return joins[1] if len(joins) > 1 else None


def _behind(coming: Sequence[Coupon], having: Sequence[Coupon], fold: Fold) -> list[Coupon]:
    """Coupons that become another's, numbered behind those that she has of their campaigns."""
    ordinals: dict[UUID, int] = defaultdict(int)
    for coupon in having:
        ordinals[coupon.campaign_id] = max(ordinals[coupon.campaign_id], coupon.ordinal)
    moved = []
    for coupon in coming:
        ordinals[coupon.campaign_id] += 1
        moved.append(replace(coupon, person_id=fold.into_id, ordinal=ordinals[coupon.campaign_id]))
    return moved


def _told(coupon_id: UUID, step: Step, fold: Fold, note: str = "") -> Movement:
    return Movement(coupon_id, step, None, None, None, None, fold.cause, note)


class TakenBack(NamedTuple):
    """What holds and tickets had of the budgets with coupons that are withdrawn, and have no more."""

    closed: dict[UUID, HoldState]
    overruns: list[Coupon]
    movements: list[Movement]
    deltas: Deltas


def take_back(going: Sequence[Coupon], held: Mapping[UUID, Hold], booked: Collection[tuple[UUID, UUID]]) -> TakenBack:
    """A hold of such a coupon ends; a use of one was one discount too many, and becomes its shop's overrun.

    `held` are their holds, `booked` those uses that are overruns already: ticket and coupon.
    """
    taken = TakenBack({}, [], [], {})
    for coupon in going:
        hold = held.get(coupon.hold_id) if coupon.hold_id else None
        if hold is not None:
            _end(taken, hold)
        elif coupon.ticket_id and (coupon.ticket_id, coupon.coupon_id) not in booked:
            _disown(taken, coupon)
    return taken


def _end(taken: TakenBack, hold: Hold) -> None:
    taken.closed[hold.hold_id] = HoldState.RELEASED
    count(taken.deltas, hold.campaign_id, (hold.shop_id, IN_ALL), hold.room_freed)
    taken.movements.append(hold.movement(Step.RELEASE))


def _disown(taken: TakenBack, used: Coupon) -> None:
    assert used.shop_id is not None, "a ticket has used it"
    fen = used.taken_fen or 0
    more = Counters(redeemed=-1, redeemed_fen=-fen, overruns=1, overrun_fen=fen)
    count(taken.deltas, used.campaign_id, (used.shop_id, IN_ALL), more)
    taken.overruns.append(used)
    cause = f"ticket {used.ticket_id}"
    taken.movements.append(
        Movement(used.coupon_id, Step.OVERRUN, used.shop_id, used.ticket_id, None, fen, cause, Reason.WITHDRAWN)
    )
