"""What the data of the demo is known to hold, and how that is counted."""

import gzip
import hashlib
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path

from deploy.demo.source import Source, recorded_baskets

CHECKOUT = Path(__file__).parents[2]
DATA = CHECKOUT.parent / "shared" / "data"
HAS_DATA = DATA.is_dir() and find_spec("polars") is not None


@dataclass(frozen=True)
class Census:
    """What a source holds, counted line by line."""

    baskets: int
    lines: int
    stores: int
    households: int
    products: int
    first_at: str
    last_at: str
    in_mid_november: tuple[int, int]
    quantity_0: int
    value_0: int
    quantity_over_100: int
    largest_quantity: int
    unknown_products: int
    coupon_lines: int
    coupon_match_lines: int
    sales_fen: int
    loyalty_fen: int
    coupon_fen: int
    coupon_match_fen: int


YEAR = Census(
    baskets=155_848,
    lines=1_469_307,
    stores=457,
    households=2_469,
    products=68_509,
    first_at="2017-01-01T11:53:26+08:00",
    last_at="2018-01-01T04:01:20+08:00",
    in_mid_november=(5_836, 56_484),
    quantity_0=8_869,
    value_0=11_246,
    quantity_over_100=13_510,
    largest_quantity=89_638,
    unknown_products=4_836,
    coupon_lines=21_889,
    coupon_match_lines=10_300,
    sales_fen=459_603_958,
    loyalty_fen=79_165_064,
    coupon_fen=2_635_990,
    coupon_match_fen=454_265,
)
FORTNIGHT = Census(
    baskets=5_927,
    lines=58_552,
    stores=148,
    households=1_733,
    products=17_217,
    first_at="2017-11-02T04:00:18+08:00",
    last_at="2017-11-16T03:55:28+08:00",
    in_mid_november=(4_158, 39_476),
    quantity_0=440,
    value_0=545,
    quantity_over_100=506,
    largest_quantity=35_077,
    unknown_products=282,
    coupon_lines=1_269,
    coupon_match_lines=635,
    sales_fen=18_253_886,
    loyalty_fen=3_153_573,
    coupon_fen=134_630,
    coupon_match_fen=28_624,
)
PAIRED_IN_THE_YEAR = (1_099, (3, 262, 708, 30))
PAIRED_IN_THE_FORTNIGHT = (172, (3, 26, 122, 3))


def extract(target: Path, *options: str) -> Path:
    command = [sys.executable, "-m", "deploy.demo.extract", str(DATA), str(target), *options]
    subprocess.run(command, cwd=CHECKOUT, check=True, timeout=100)
    return target


def content_of(folder: Path) -> str:
    content = hashlib.sha256()
    for path in sorted(folder.glob("*.gz")):
        content.update(gzip.decompress(path.read_bytes()))
    return content.hexdigest()


def census(source: Source) -> Census:
    counts: Counter[str] = Counter()
    seen: dict[str, set[int]] = {"stores": set(), "households": set(), "products": set()}
    moments: list[datetime] = []
    for basket in recorded_baskets(source):
        moments = [*moments[:1], basket.sold_at]
        seen["stores"].add(basket.store_id)
        seen["households"].add(basket.household_id)
        counts["baskets"] += 1
        in_mid_november = date(2017, 11, 6) <= basket.sold_at.date() <= date(2017, 11, 19)
        counts["mid baskets"] += in_mid_november
        counts["mid lines"] += len(basket.lines) * in_mid_november
        for line in basket.lines:
            seen["products"].add(line.product_id)
            counts["lines"] += 1
            counts["quantity_0"] += line.quantity == 0
            counts["value_0"] += line.sales_fen == 0
            counts["quantity_over_100"] += line.quantity > 100
            counts["largest_quantity"] = max(counts["largest_quantity"], line.quantity)
            counts["unknown_products"] += line.product_id not in source.products
            counts["coupon_lines"] += line.coupon_fen > 0
            counts["coupon_match_lines"] += line.coupon_match_fen > 0
            for money in ("sales_fen", "loyalty_fen", "coupon_fen", "coupon_match_fen"):
                counts[money] += getattr(line, money)
    in_mid_november_counts = (counts.pop("mid baskets"), counts.pop("mid lines"))
    return Census(
        first_at=moments[0].isoformat(),
        last_at=moments[-1].isoformat(),
        in_mid_november=in_mid_november_counts,
        **{kind: len(ids) for kind, ids in seen.items()},
        **counts,
    )
