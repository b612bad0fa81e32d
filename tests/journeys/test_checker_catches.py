"""The checker finds nothing in a replay that went well, and each kind of error that is planted in one.

A plant is made and taken back in a transaction of its own; exactly the checks that look at what it
spoils must speak up, and no other.
"""

import asyncio
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from tests.checker import standing as looking
from tests.checker import verdict
from tests.checker.rewards import RULE
from tests.checker.sent import Sent
from tests.checker.standing import Standing
from tests.checker.verdict import CHECKS
from tests.journeys.plants import PLANTS, Plant
from tests.journeys.small_replay import Ended, small_replay

pytestmark = pytest.mark.xdist_group("small_replay")  # one process plays it for all


@pytest_asyncio.fixture(scope="module")
async def ended(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ended]:
    """One small replay, played to its end; the errors are planted in what it left."""
    folder: Path = await asyncio.to_thread(tmp_path_factory.mktemp, "small-replay")
    async with small_replay(folder) as ended:
        yield ended


async def test_a_replay_that_went_well_has_no_difference_and_holds_all_that_is_looked_at(ended: Ended) -> None:
    assert speaking(ended.sent, ended.standing) == {}
    standing, sold = ended.standing, ended.sent
    assert len(sold.tickets) > 300
    assert sold.scanned <= standing.joiners
    assert len(standing.memberships) == len(standing.truth) > 0
    assert sold.scanned
    assert {("join", "redeemed"), ("list", "redeemed")} <= {
        (one["purpose"], one["state"]) for one in standing.coupons.values()
    }
    assert {kind for _, kind in standing.splits} == {"paid", "returned"}
    assert {"platform", "royalty", "seller", "takings"} <= standing.accounts.keys()
    assert ended.played.refused == 0
    assert sold.waiting == {}
    assert {"fulfilled", "accrued", "matured", "reversed"} == {one["state"] for one in standing.rewards}
    assert any(0 < one["reversed_fen"] < one["amount_fen"] for one in standing.rewards)
    assert standing.attributions
    assert standing.lots
    assert min(points for points, _ in standing.points.values()) < 0
    exchanges = {
        ticket_id for ticket_id, way in sold.postings if way == "paid" and (ticket_id, "returned") in sold.postings
    }
    assert len(exchanges) == 3


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
async def test_a_planted_error_is_found_by_the_checks_that_look_there(ended: Ended, plant: Plant) -> None:
    transaction = ended.connection.transaction()
    await transaction.start()
    try:
        await ended.connection.execute(plant.sql)
        planted = await looking.tables(ended.connection, ended.sent.brand_id)
    finally:
        await transaction.rollback()
    standing = replace(planted, truth=ended.standing.truth, joiners=ended.standing.joiners)
    found = speaking(ended.sent, standing)
    assert found.keys() == {check.__name__ for check in plant.found_by}
    assert all(found.values())


async def test_a_ticket_that_was_refused_is_a_difference(ended: Ended) -> None:
    sent = deepcopy(ended.sent)
    sent.refused.append("409 trade.ticket_differs")
    assert speaking(sent, ended.standing).keys() == {"nothing_was_refused"}


async def test_one_who_scanned_and_landed_in_no_group_is_a_difference(ended: Ended) -> None:
    sent = deepcopy(ended.sent)
    sent.scanned.add("wm-nobody")
    assert speaking(sent, ended.standing).keys() == {"joiners_have_one_coupon"}


async def test_a_door_that_says_something_else_than_the_tables_is_a_difference(ended: Ended) -> None:
    standing = deepcopy(ended.standing)
    standing.api_days = dict(standing.days)
    standing.api_points = dict(standing.points)
    standing.api_inviters = standing.inviters()
    standing.api_rule = dict(RULE)
    assert speaking(ended.sent, standing) == {}
    day, member = next(iter(standing.days)), next(iter(standing.points))
    standing.api_days[day] = (standing.days[day][0] + 1, standing.days[day][1])
    standing.api_points[member] = (standing.points[member][0], standing.points[member][1] - 1)
    coupons, left, back = standing.api_inviters.popitem()[1]
    standing.api_inviters[next(iter(standing.attributions.values()))] = (coupons + 1, left, back)
    standing.api_rule["rebate_bp"] += 1
    assert [len(found) for found in speaking(ended.sent, standing).values()] == [4]


async def test_every_check_has_been_seen_to_speak(ended: Ended) -> None:
    spoke = {check for plant in PLANTS for check in plant.found_by}
    spoke |= {verdict.nothing_was_refused, verdict.doors_say_the_same}
    assert spoke == set(CHECKS)


def speaking(sent: Sent, standing: Standing) -> dict[str, list[str]]:
    """The checks that find something, and what they find."""
    found = {check.__name__: check(sent, standing) for check in CHECKS}
    return {name: differences for name, differences in found.items() if differences}
