"""The files the demo is made of.

`extract.py` writes them: about two weeks into the folder `extract/` beside this file, or the whole year into
a folder of one's own; both are read here in the same way. Every file is gzip over UTF-8 text:

baskets.jsonl.gz      one basket a line, in time order, as arrays without names:
                      [basket, household, store, "2017-11-02T09:15:30",
                       [[product, quantity, sales, retail_disc, coupon_disc, coupon_match_disc], …]]
                      money in cents (a cent is taken as a fen); quantities and time as recorded
products.csv.gz       product, department, brand, category, type, package size; the last three may be empty
stores.csv.gz         every store of the year
households.csv.gz     every household of the year
campaigns.csv.gz      campaign, type, first and last day
mailings.csv.gz       campaign, household it was sent to
coupons.csv.gz        coupon, campaign, product
redemptions.csv.gz    household, coupon, campaign, day
positions.csv.gz      name, city, address, longitude, latitude, opening, closing: one for each store
online_retail.csv.gz  the eight columns of Online Retail as its donor named them, see `online_retail.py`

All CSV files begin with a line of column names.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

BUNDLED = Path(__file__).parent / "extract"

BASKETS = "baskets.jsonl.gz"
PRODUCTS = "products.csv.gz"
STORES = "stores.csv.gz"
HOUSEHOLDS = "households.csv.gz"
CAMPAIGNS = "campaigns.csv.gz"
MAILINGS = "mailings.csv.gz"
COUPONS = "coupons.csv.gz"
REDEMPTIONS = "redemptions.csv.gz"
POSITIONS = "positions.csv.gz"
ONLINE_RETAIL = "online_retail.csv.gz"

SHOP_ZONE = ZoneInfo("Asia/Shanghai")

# The clock of the recorded baskets runs some hours ahead of their shops (its busiest hours are 21 to 23),
# while the redemptions name the shops' day. A day that ends at four holds 2,099 of the 2,102 redemptions,
# one that ends at midnight 1,869; so the chain's tills close their business day at four in the morning.
CUTOVER_MINUTES = 4 * 60


class RecordedLine(NamedTuple):
    """One line of a basket as recorded, money in fen."""

    product_id: int
    quantity: int
    sales_fen: int
    loyalty_fen: int
    coupon_fen: int
    coupon_match_fen: int


class RecordedBasket(NamedTuple):
    """One basket as recorded: one store, one household, one moment."""

    basket_id: int
    household_id: int
    store_id: int
    sold_at: datetime
    lines: tuple[RecordedLine, ...]


_basket = msgspec.json.Decoder(RecordedBasket)


class RecordedRedemption(NamedTuple):
    """A household used a coupon of a campaign on a day; which basket that was is not recorded."""

    household_id: int
    coupon_upc: int
    campaign_id: int
    redeemed_on: date


class CouponKey(NamedTuple):
    """A coupon is printed for a campaign; the same code may return in a later one."""

    coupon_upc: int
    campaign_id: int


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the recorded catalogue; a few sold products are missing from it."""

    product_id: int
    department: str
    brand: str
    category: str
    kind: str
    package_size: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A mailing of coupons: when they were valid and which households got them."""

    campaign_id: int
    kind: str
    starts_on: date
    ends_on: date
    household_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Position:
    """A real place where a shop may stand."""

    name: str
    city: str
    address: str
    longitude: float
    latitude: float
    opens_at: time
    closes_at: time


@dataclass(frozen=True)
class Source:
    """What is small enough to be kept; the baskets are streamed by `recorded_baskets`."""

    folder: Path
    store_ids: tuple[int, ...]
    household_ids: tuple[int, ...]
    products: dict[int, Product]
    positions: tuple[Position, ...]
    campaigns: dict[int, Campaign]
    coupons: dict[CouponKey, frozenset[int]]
    redemptions: tuple[RecordedRedemption, ...]


def read_source(folder: Path = BUNDLED) -> Source:
    """Read everything but the baskets."""
    return Source(
        folder=folder,
        store_ids=tuple(int(store) for (store,) in _rows(folder / STORES)),
        household_ids=tuple(int(household) for (household,) in _rows(folder / HOUSEHOLDS)),
        products={int(row[0]): Product(int(row[0]), *row[1:]) for row in _rows(folder / PRODUCTS)},
        positions=tuple(_position(row) for row in _rows(folder / POSITIONS)),
        campaigns=_campaigns(folder),
        coupons=_coupons(folder),
        redemptions=tuple(
            RecordedRedemption(int(household), int(coupon), int(campaign), date.fromisoformat(day))
            for household, coupon, campaign, day in _rows(folder / REDEMPTIONS)
        ),
    )


def recorded_baskets(source: Source) -> Iterator[RecordedBasket]:
    """Every basket in time order; those of the same second by their id."""
    with gzip.open(source.folder / BASKETS, "rt", encoding="utf-8") as file:
        for text in file:
            basket = _basket.decode(text)
            yield basket._replace(sold_at=basket.sold_at.replace(tzinfo=SHOP_ZONE))


def business_day(at: datetime) -> date:
    """The day of the till at a moment of the shops' own clock."""
    return (at - timedelta(minutes=CUTOVER_MINUTES)).date()


def _campaigns(folder: Path) -> dict[int, Campaign]:
    mailed: defaultdict[int, set[int]] = defaultdict(set)
    for campaign, household in _rows(folder / MAILINGS):
        mailed[int(campaign)].add(int(household))
    return {
        int(campaign): Campaign(
            campaign_id=int(campaign),
            kind=kind,
            starts_on=date.fromisoformat(starts_on),
            ends_on=date.fromisoformat(ends_on),
            household_ids=frozenset(mailed[int(campaign)]),
        )
        for campaign, kind, starts_on, ends_on in _rows(folder / CAMPAIGNS)
    }


def _coupons(folder: Path) -> dict[CouponKey, frozenset[int]]:
    products: defaultdict[CouponKey, set[int]] = defaultdict(set)
    for coupon, campaign, product in _rows(folder / COUPONS):
        products[CouponKey(int(coupon), int(campaign))].add(int(product))
    return {coupon: frozenset(product_ids) for coupon, product_ids in products.items()}


def _position(row: list[str]) -> Position:
    name, city, address, longitude, latitude, opens_at, closes_at = row
    return Position(
        name=name,
        city=city,
        address=address,
        longitude=float(longitude),
        latitude=float(latitude),
        opens_at=time.fromisoformat(opens_at),
        closes_at=time.fromisoformat(closes_at),
    )


def _rows(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows
