"""Writes the files that `source.py` reads, from the data sets as their publishers packed them (needs polars).

    python -m deploy.demo.extract DATA TARGET           about two weeks: what is bundled in `extract/`
    python -m deploy.demo.extract DATA TARGET --whole   everything, for a replay of the whole year

Nothing is changed on the way: rows are chosen and rewritten, dollars become whole cents. The same data
always gives the same bytes. Shop positions are drawn from the fifteen cities of the chain, one for each
store of the year.
"""

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, TextIO

import polars as pl
import typer

from deploy.demo import source as files
from deploy.demo.chain import CITIES
from deploy.demo.draws import shuffled
from deploy.demo.edge_invoices import chosen_invoices
from deploy.demo.online_retail import COLUMNS, invoice_rows

RECORDED_POSITIONS = "cn_starbucks_stores_2024.json.gz"
RECORDED_INVOICES = "online_retail_2010_2011.csv.gz"

# The fortnight with the most recorded redemptions (326); six campaigns run in it.
FIRST_DAY = date(2017, 11, 2)
DAYS = 14

# The positions are used as places, not as the brand that stands there.
BRAND_WORDS = ("星巴克", "臻选", "咖啡", "啡快")

CENTS = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")


@dataclass(frozen=True, slots=True)
class _Journey:
    """The tables of Complete Journey."""

    transactions: pl.DataFrame
    products: pl.DataFrame
    campaigns: pl.DataFrame
    mailings: pl.DataFrame
    coupons: pl.DataFrame
    redemptions: pl.DataFrame


def build(source: Path, target: Path) -> None:
    """Write the bundled extract: two weeks of baskets with what touches them, and some 300 invoices."""
    whole = _read_journey(source)
    _write_journey(_fortnight(whole), whole, target)
    _write_positions(source, target, whole.transactions["store_id"].n_unique())
    rows = chosen_invoices(list(invoice_rows(source / RECORDED_INVOICES)))
    _write_csv(target / files.ONLINE_RETAIL, COLUMNS, rows)


def build_whole(source: Path, target: Path) -> None:
    """Write everything the data sets hold."""
    whole = _read_journey(source)
    _write_journey(whole, whole, target)
    _write_positions(source, target, whole.transactions["store_id"].n_unique())
    (target / files.ONLINE_RETAIL).write_bytes((source / RECORDED_INVOICES).read_bytes())


def main(
    source: Annotated[Path, typer.Argument(help="folder of the data sets")],
    target: Annotated[Path, typer.Argument(help="folder to write into")],
    whole: Annotated[bool, typer.Option(help="write the whole year instead of two weeks")] = False,
) -> None:
    """Prepare the demo's input."""
    target.mkdir(parents=True, exist_ok=True)
    write = build_whole if whole else build
    write(source, target)


def _read_journey(folder: Path) -> _Journey:
    def table(name: str) -> pl.DataFrame:
        return pl.read_parquet(folder / f"completejourney_{name}.parquet")

    in_cents = [(pl.col(column) * 100).round().cast(pl.Int64) for column in CENTS]
    return _Journey(
        transactions=table("transactions").with_columns(in_cents),
        products=table("products"),
        campaigns=table("campaign_descriptions"),
        mailings=table("campaigns"),
        coupons=table("coupons"),
        redemptions=table("coupon_redemptions"),
    )


def _fortnight(whole: _Journey) -> _Journey:
    """The baskets of the chosen business days; of the other tables the rows that touch them."""
    last_day = FIRST_DAY + timedelta(days=DAYS - 1)
    opens = datetime.combine(FIRST_DAY, time()) + timedelta(minutes=files.CUTOVER_MINUTES)
    transactions = whole.transactions.filter(
        (pl.col("transaction_timestamp") >= opens) & (pl.col("transaction_timestamp") < opens + timedelta(days=DAYS))
    )
    campaigns = whole.campaigns.filter(
        (pl.col("start_date").dt.date() <= last_day) & (pl.col("end_date").dt.date() >= FIRST_DAY)
    )
    return _Journey(
        transactions=transactions,
        products=whole.products.join(transactions, on="product_id", how="semi"),
        campaigns=campaigns,
        mailings=whole.mailings.join(campaigns, on="campaign_id", how="semi"),
        coupons=whole.coupons.join(campaigns, on="campaign_id", how="semi").join(
            transactions, on="product_id", how="semi"
        ),
        redemptions=whole.redemptions.filter(pl.col("redemption_date").dt.date().is_between(FIRST_DAY, last_day)),
    )


def _write_journey(chosen: _Journey, whole: _Journey, target: Path) -> None:
    """Write the chosen rows; stores and households are always those of the whole year."""
    with _text(target / files.BASKETS) as file:
        for basket in _baskets(chosen.transactions):
            file.write(json.dumps(basket, separators=(",", ":")) + "\n")
    for column, name in (("store_id", files.STORES), ("household_id", files.HOUSEHOLDS)):
        _write_table(target / name, whole.transactions.select(pl.col(column).unique()))
    _write_table(
        target / files.PRODUCTS,
        chosen.products.select("product_id", "department", "brand", "product_category", "product_type", "package_size"),
    )
    days = [pl.col(column).dt.date() for column in ("start_date", "end_date")]
    _write_table(target / files.CAMPAIGNS, chosen.campaigns.select("campaign_id", "campaign_type", *days))
    _write_table(target / files.MAILINGS, chosen.mailings.select("campaign_id", "household_id"))
    _write_table(target / files.COUPONS, chosen.coupons.select("coupon_upc", "campaign_id", "product_id"))
    _write_table(
        target / files.REDEMPTIONS,
        chosen.redemptions.select("household_id", "coupon_upc", "campaign_id", pl.col("redemption_date").dt.date()),
    )


def _baskets(transactions: pl.DataFrame) -> Iterator[list[Any]]:
    """Each basket as the array `source.py` describes; its lines stay in the arrangement of the data."""
    grouped = (
        transactions.sort("transaction_timestamp", "basket_id", maintain_order=True)
        .group_by("basket_id", maintain_order=True)
        .agg(
            pl.col("household_id", "store_id", "transaction_timestamp").first(),
            pl.col("product_id", "quantity", *CENTS),
        )
    )
    for basket_id, household_id, store_id, sold_at, *columns in grouped.iter_rows():
        lines = list(zip(*columns, strict=True))
        yield [basket_id, household_id, store_id, sold_at.isoformat(timespec="seconds"), lines]


def _write_positions(source: Path, target: Path, count: int) -> None:
    with gzip.open(source / RECORDED_POSITIONS, "rt", encoding="utf-8") as file:
        recorded = {shop["id"]: shop for shop in json.load(file)["data"]}
    usable = [number for number, shop in recorded.items() if _is_usable(shop)]
    chosen = shuffled(usable, "positions")[:count]
    columns = ("name", "city", "address", "longitude", "latitude", "opens_at", "closes_at")
    _write_csv(target / files.POSITIONS, columns, (_position(recorded[number]) for number in chosen))


def _is_usable(shop: dict[str, Any]) -> bool:
    is_open_by_day = shop["today"]["openTime"] < shop["today"]["closeTime"]
    is_neutral = not any(word in shop["name"] for word in BRAND_WORDS)
    return shop["address"]["city"] in CITIES and is_open_by_day and is_neutral


def _position(shop: dict[str, Any]) -> list[str]:
    address, coordinates, today = shop["address"], shop["coordinates"], shop["today"]
    return [
        shop["name"],
        address["city"],
        address["streetAddressLine3"],
        f"{coordinates['longitude']:.6f}",
        f"{coordinates['latitude']:.6f}",
        today["openTime"],
        today["closeTime"],
    ]


def _write_table(path: Path, table: pl.DataFrame) -> None:
    _write_csv(path, table.columns, table.sort(table.columns).iter_rows())


def _write_csv(path: Path, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    with _text(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


@contextmanager
def _text(path: Path) -> Iterator[TextIO]:
    """A gzip file without its name and time, so that equal content is equal bytes."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=6, mtime=0, fileobj=raw) as packed,
        TextIOWrapper(packed, encoding="utf-8", newline="") as file,
    ):
        yield file


if __name__ == "__main__":
    typer.run(main)
