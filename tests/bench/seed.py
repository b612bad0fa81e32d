"""The chain that is measured on: 10,000 shops, 25,000 groups, members by the million.

No door takes a million members in a minute, so `chain.sql` writes them. Ids are made of numbers, so that a till of
the bench knows its shop and its members without asking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg

from shared.secrets import Secrets

SHOPS = 10_000
GROUPS = 25_000
SHELVES = 60
BRAND_ID = UUID("00000000-0000-7000-8000-00000000b5a0")
SCRIPT = Path(__file__).with_name("chain.sql")


@dataclass(frozen=True)
class Seed:
    """What to make: how many members, which goods with their class, and which shops sell which of them."""

    members: int
    goods: Sequence[tuple[str, str]]
    sold: Sequence[tuple[UUID, str]]


def shop_id(number: int) -> UUID:
    """The shop of this number."""
    return UUID(f"00000000-0000-7000-8000-5000{number:08x}")


def person_id(number: int) -> UUID:
    """The member of this number."""
    return UUID(f"00000000-0000-7000-8000-9000{number:08x}")


def card(number: int) -> str:
    """Her card."""
    return f"88{number:09d}"


async def seed(connection: "asyncpg.Connection[asyncpg.Record]", secrets: Secrets, wanted: Seed) -> None:
    """Fill the tables and have them analysed; the database is new."""
    given = {
        "made_shop": ("n int, shop_id uuid", ((n, shop_id(n)) for n in range(SHOPS))),
        "made_sku": ("n int, sku text, class text", ((n, *goods) for n, goods in enumerate(wanted.goods))),
        "made_sold": ("shop_id uuid, sku text", wanted.sold),
        "made_person": (
            "n int, person_id uuid, lookup uuid",
            ((n, person_id(n), secrets.lookup(BRAND_ID, "card", card(n))) for n in range(wanted.members)),
        ),
    }
    for table, (columns, rows) in given.items():
        await connection.execute(f"create temporary table {table} ({columns})")
        await connection.copy_records_to_table(table, records=rows)
    script = SCRIPT.read_text(encoding="utf-8")
    for name, value in (("brand", f"'{BRAND_ID}'::uuid"), ("shops", SHOPS), ("groups", GROUPS), ("shelves", SHELVES)):
        script = script.replace(f":{name}", str(value))
    await connection.execute(script)
    await connection.execute("vacuum analyze")
