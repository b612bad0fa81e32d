"""The data of the demo is complete and exact to the fen, and the chain built around it is the same each time.

Where the data sets stand beside the checkout the whole year is built and counted; elsewhere the same tests count
the bundled two weeks. Either way every test asserts exact figures.
"""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from deploy.demo.baskets import Basket, baskets, quantity_milli, unit_of
from deploy.demo.chain import CITIES, Chain, Member, build_chain
from deploy.demo.draws import draw, shuffled
from deploy.demo.pairing import Pairings, Unpaired, pair_redemptions
from deploy.demo.source import BUNDLED, Source, read_source, recorded_baskets
from tests.services.demo_figures import (
    CHECKOUT,
    FORTNIGHT,
    HAS_DATA,
    PAIRED_IN_THE_FORTNIGHT,
    PAIRED_IN_THE_YEAR,
    YEAR,
    census,
    content_of,
    extract,
)

CONTENT_OF_THE_EXTRACT = "93629aeac1f4f5bfcaa1e226d816e70307bb4f896235aa79d9ae3ac418cf14b7"
MOST_BYTES = 3_000_000

# The whole year is built once for all of these.
pytestmark = pytest.mark.xdist_group("demo data")


@pytest.fixture(scope="module")
def largest(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The whole year where the data is, else the bundled two weeks."""
    return read_source(extract(tmp_path_factory.mktemp("year"), "--whole") if HAS_DATA else BUNDLED)


@pytest.fixture(scope="module")
def largest_pairings(largest: Source) -> Pairings:
    return pair_redemptions(largest)


@pytest.fixture(scope="module")
def source() -> Source:
    return read_source()


@pytest.fixture(scope="module")
def chain(source: Source) -> Chain:
    return build_chain(source)


@pytest.fixture(scope="module")
def sold(source: Source) -> list[Basket]:
    return list(baskets(source))


def test_every_basket_line_and_fen_of_the_data_is_there(largest: Source) -> None:
    assert census(largest) == (YEAR if HAS_DATA else FORTNIGHT)


def test_every_basket_line_and_fen_of_the_two_weeks_is_bundled(source: Source) -> None:
    assert census(source) == FORTNIGHT


def test_every_redemption_is_paired_or_counted_with_its_reason(largest_pairings: Pairings) -> None:
    paired = (largest_pairings.paired, tuple(largest_pairings.unpaired[reason] for reason in Unpaired))
    assert paired == (PAIRED_IN_THE_YEAR if HAS_DATA else PAIRED_IN_THE_FORTNIGHT)


def test_no_other_fortnight_has_more_redemptions_than_the_bundled(largest: Source, source: Source) -> None:
    redeemed = Counter(redemption.redeemed_on for redemption in largest.redemptions)
    fortnights = {first: sum(redeemed[first + timedelta(days=day)] for day in range(14)) for first in redeemed}
    assert max(fortnights.items(), key=lambda item: item[1]) == (date(2017, 11, 2), 326)
    bundled = [redemption.redeemed_on for redemption in source.redemptions]
    assert (min(bundled), max(bundled), len(bundled)) == (date(2017, 11, 2), date(2017, 11, 15), 326)


def test_the_build_writes_exactly_the_bundled_files(tmp_path: Path) -> None:
    assert content_of(extract(tmp_path) if HAS_DATA else BUNDLED) == CONTENT_OF_THE_EXTRACT
    assert content_of(BUNDLED) == CONTENT_OF_THE_EXTRACT


def test_the_bundle_is_small_and_names_its_licences() -> None:
    assert sum(path.stat().st_size for path in BUNDLED.iterdir()) <= MOST_BYTES
    licences = (BUNDLED / "LICENCE-DATA.md").read_text(encoding="utf-8")
    assert all(word in licences for word in ("Complete Journey", "Online Retail", "CC0", "MIT", "Synthetic"))


# --- the chain ---


def test_each_of_the_457_shops_stands_at_a_place_of_its_own_in_one_of_15_cities(chain: Chain, source: Source) -> None:
    assert len({(shop.longitude, shop.latitude, shop.address) for shop in chain.shops}) == 457
    assert {shop.area_code for shop in chain.shops} == {area.code for area in chain.areas}
    assert len(chain.areas) == 15
    places = {(CITIES[place.city][0], place.name, place.address, place.longitude) for place in source.positions}
    assert {(shop.area_code, shop.name, shop.address, shop.longitude) for shop in chain.shops} == places
    assert all(73 < shop.longitude < 136 and 18 < shop.latitude < 54 for shop in chain.shops)
    assert all(shop.opens_at < shop.closes_at for shop in chain.shops)


def test_a_third_of_the_shops_belongs_to_40_partners(chain: Chain) -> None:
    owners = Counter(shop.partner_code for shop in chain.shops if shop.partner_code)
    assert sum(owners.values()) == 457 // 3
    assert set(owners) == {partner.code for partner in chain.partners}
    assert len(chain.partners) == 40


def test_a_shop_has_one_to_three_tills(chain: Chain) -> None:
    assert {shop.tills for shop in chain.shops} == {("01",), ("01", "02"), ("01", "02", "03")}


def test_no_two_members_share_an_identity_and_none_is_a_real_number(chain: Chain) -> None:
    for kind in ("mobile", "card_number", "openid", "unionid", "external_userid"):
        assert len({getattr(member, kind) for member in chain.members}) == 2_469, kind
    assert all(
        member.mobile.startswith("+86100") and len(member.mobile) == len("+8613800138000") for member in chain.members
    )


def test_a_third_joins_late_and_each_of_them_after_a_ticket_of_hers(chain: Chain, sold: list[Basket]) -> None:
    bought_at = {(basket.household_id, basket.sold_at) for basket in sold}
    late = [member for member in chain.members if member.joins_at is not None]
    assert len(late) == 2_469 // 3
    for member in late:
        assert member.joins_at is not None
        assert (member.household_id, member.joins_at) in bought_at
        assert not member.is_member_at(member.joins_at)
        assert member.is_member_at(member.joins_at + timedelta(seconds=1))


def test_most_shelves_open_with_enough_and_some_run_out(chain: Chain, source: Source) -> None:
    stores = {shop.code: shop.store_id for shop in chain.shops}
    sold_milli: Counter[tuple[int, str]] = Counter()
    for basket in recorded_baskets(source):
        for line in basket.lines:
            unit = unit_of(source.products.get(line.product_id))
            sold_milli[basket.store_id, str(line.product_id)] += quantity_milli(line, unit)
    short = [
        level for level in chain.opening_stock if level.on_hand_milli < sold_milli[stores[level.shop_code], level.sku]
    ]
    assert (len(chain.opening_stock), len(short)) == (50_396, 982)
    assert {level.sku for level in chain.opening_stock} == {sku.code for sku in chain.skus}


def test_petrol_is_measured_in_litres_and_all_else_in_pieces(sold: list[Basket]) -> None:
    milli: Counter[str] = Counter()
    for basket in sold:
        for line in basket.lines:
            milli[line.unit] += line.quantity_milli
    assert milli == {"each": 75_002_000, "l": 6_034_257}


def test_another_process_builds_the_same_chain(chain: Chain) -> None:
    build = "from deploy.demo.chain import build_chain; from deploy.demo.source import read_source"
    command = [sys.executable, "-c", f"{build}; print(build_chain(read_source()), end='')"]
    told = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True, timeout=60)
    assert told.stdout == str(chain)


def test_shops_and_identities_do_not_depend_on_how_much_is_replayed(
    largest: Source, source: Source, chain: Chain
) -> None:
    sizes = (len(source.store_ids), len(source.household_ids), len(source.positions))
    assert sizes == (457, 2_469, 457)
    assert largest.store_ids == source.store_ids
    assert largest.household_ids == source.household_ids
    assert largest.positions == source.positions
    whole = build_chain(largest)
    assert whole.shops == chain.shops
    assert [identities(member) for member in whole.members] == [identities(member) for member in chain.members]


def identities(member: Member) -> Member:
    """What does not tell where she shops and since when she is a member."""
    return replace(member, home_shop_code="", joins_at=None)


def test_a_draw_depends_on_its_purpose_and_not_on_its_neighbours() -> None:
    assert shuffled(range(10), "one")[:4] == [item for item in shuffled(range(12), "one") if item < 10][:4]
    assert shuffled(range(10), "one") != shuffled(range(10), "two")
    assert [draw(1000, "one", item) for item in range(10)] != [draw(1000, "two", item) for item in range(10)]
