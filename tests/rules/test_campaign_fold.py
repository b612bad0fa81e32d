"""What becomes of coupons when their people prove to be one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.campaign.coupon.rules import Coupon, State, Step
from services.campaign.fold.rules import fold_coupons
from services.campaign.offer.rules import Purpose
from services.campaign.registry.rules import Fold, settle
from shared.ids import new_id

BRAND, LIST, JOIN = new_id(), new_id(), new_id()
ANNA, BERTA, CARLA = (new_id() for _ in range(3))
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


def coupon(person_id: UUID, ordinal: int = 1, campaign_id: UUID = LIST) -> Coupon:
    return Coupon(
        coupon_id=new_id(),
        brand_id=BRAND,
        campaign_id=campaign_id,
        person_id=person_id,
        ordinal=ordinal,
        purpose=Purpose.LIST if campaign_id == LIST else Purpose.JOIN,
        state=State.ISSUED,
        amount_fen=None,
        starts_at=NOON,
        ends_at=NOON + timedelta(days=30),
        issued_at=NOON,
        cause="",
        reward_id=None,
        hold_id=None,
        ticket_id=None,
        shop_id=None,
        taken_fen=None,
    )


def join_coupon(person_id: UUID, after_s: int) -> Coupon:
    return replace(coupon(person_id, campaign_id=JOIN), issued_at=NOON + timedelta(seconds=after_s))


def fold(from_id: UUID, into_id: UUID, cause: str = "") -> Fold:
    return Fold(BRAND, from_id, into_id, cause)


def test_who_is_folded_into_one_who_had_gone_on_is_the_third() -> None:
    steps, standing = settle([fold(ANNA, BERTA)], {BERTA: CARLA})
    assert (steps, standing) == ([fold(ANNA, CARLA)], {ANNA: CARLA})


def test_who_is_folded_into_one_who_goes_on_in_a_later_fold_is_the_third_in_the_end() -> None:
    steps, standing = settle([fold(ANNA, BERTA), fold(BERTA, CARLA)], {})
    assert steps == [fold(ANNA, BERTA), fold(BERTA, CARLA)]
    assert standing == {ANNA: CARLA, BERTA: CARLA}


def test_folds_that_are_heard_in_the_wrong_order_settle_all_the_same() -> None:
    steps, standing = settle([fold(BERTA, CARLA), fold(ANNA, BERTA)], {})
    assert steps == [fold(BERTA, CARLA), fold(ANNA, CARLA)]
    assert standing == {ANNA: CARLA, BERTA: CARLA}


def test_coupons_are_numbered_behind_those_that_the_other_has() -> None:
    hers = [coupon(BERTA, 1), coupon(BERTA, 2)]
    strangers = [coupon(ANNA, 1), coupon(ANNA, 2)]
    folding = fold_coupons([*strangers, *hers], [fold(ANNA, BERTA, "e")])
    assert folding.moved == [
        replace(strangers[0], person_id=BERTA, ordinal=3),
        replace(strangers[1], person_id=BERTA, ordinal=4),
    ]
    assert folding.withdrawn == []
    assert [(told.coupon_id, told.step, told.cause) for told in folding.movements] == [
        (one.coupon_id, Step.FOLD, "e") for one in strangers
    ]


def test_coupons_follow_through_two_folds_and_each_fold_is_told() -> None:
    first, second, third = coupon(ANNA), coupon(BERTA), coupon(CARLA)
    folding = fold_coupons([first, second, third], [fold(ANNA, BERTA, "1"), fold(BERTA, CARLA, "2")])
    assert sorted((one.person_id, one.ordinal) for one in folding.moved) == [(CARLA, 2), (CARLA, 3)]
    assert [(told.coupon_id, told.cause) for told in folding.movements] == [
        (first.coupon_id, "1"),
        (second.coupon_id, "2"),
        (first.coupon_id, "2"),
    ]


def test_of_three_join_coupons_that_meet_the_earliest_stays_and_each_other_is_withdrawn_where_it_was() -> None:
    late, early, middle = join_coupon(ANNA, 3), join_coupon(BERTA, 1), join_coupon(CARLA, 2)
    folding = fold_coupons([late, early, middle], [fold(ANNA, CARLA), fold(BERTA, CARLA)])
    assert folding.withdrawn == [replace(one, state=State.WITHDRAWN) for one in (late, middle)]
    assert {one.coupon_id: (one.person_id, one.state) for one in folding.moved} == {
        late.coupon_id: (CARLA, State.WITHDRAWN),
        early.coupon_id: (CARLA, State.ISSUED),
    }


def test_of_two_join_coupons_a_used_one_stays_though_it_is_the_later() -> None:
    used, earlier = replace(join_coupon(ANNA, 2), state=State.REDEEMED), join_coupon(BERTA, 1)
    held = replace(earlier, state=State.HELD, hold_id=new_id())
    folding = fold_coupons([used, held], [fold(ANNA, BERTA)])
    assert folding.withdrawn == [replace(held, state=State.WITHDRAWN, hold_id=None)]
    assert folding.moved == [replace(used, person_id=BERTA, ordinal=2)]


def test_of_two_join_coupons_one_that_a_till_holds_stays_though_it_is_the_later() -> None:
    held = replace(join_coupon(ANNA, 2), state=State.HELD, hold_id=new_id())
    earlier = join_coupon(BERTA, 1)
    folding = fold_coupons([held, earlier], [fold(ANNA, BERTA)])
    assert folding.withdrawn == [replace(earlier, state=State.WITHDRAWN)]
