"""Keeping what was told, asking for looks, taking and ending them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from services.community.look import queries
from services.community.look.queries import Look, Told
from services.community.look.rules import Subject, wait_ms
from shared.db import Tx


async def keep_callback(tx: Tx, brand_id: UUID, digest: bytes, told: tuple[Subject, str, bytes]) -> None:
    """Keep what a callback told and have its subject looked at; the same callback again changes nothing."""
    subject, name, change = told
    if await queries.keep(tx, brand_id, digest, subject, name, change):
        await queries.ask(tx, brand_id, subject, [name], 0)


async def ask_looks(tx: Tx, brand_id: UUID, subject: Subject, names: Sequence[str], within_s: int = 0) -> None:
    """Have these looked at within some seconds."""
    if names:
        await queries.ask(tx, brand_id, subject, names, within_s)


async def claim_looks(tx: Tx, most: int) -> Mapping[tuple[UUID, Subject], Sequence[Look]]:
    """Take looks that are due, with all that was told, by brand and subject."""
    rows = await queries.claim(tx, most)
    told = defaultdict(list)
    for row in await queries.told(tx, rows) if rows else ():
        told[(row["brand_id"], row["subject"], row["name"])].append(Told(row["digest"], row["change"]))
    claimed = defaultdict(list)
    for row in rows:
        mine = told[(row["brand_id"], row["subject"], row["name"])]
        look = Look(row["name"], row["claim"], row["news"], row["tries"], mine)
        claimed[(row["brand_id"], Subject(row["subject"]))].append(look)
    return claimed


async def put_off_looks(tx: Tx, brand_id: UUID, subject: Subject, looks: Sequence[Look]) -> None:
    """What was seen could not be used: look again, each time after a longer while."""
    await queries.put_off(tx, brand_id, subject, [(look, wait_ms(look.tries)) for look in looks])
