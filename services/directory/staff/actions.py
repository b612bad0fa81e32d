"""Joining, moving and leaving; and the passwords that go with it."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from services.directory.credential import actions as credential
from services.directory.credential.queries import Holder
from services.directory.credential.rules import Kind
from services.directory.division.rules import UnknownCode
from services.directory.shop import queries as shop
from services.directory.shop.rules import Outcome
from services.directory.staff import queries
from services.directory.staff.queries import StaffRow
from services.directory.staff.schemas import StaffIn
from shared.auth.caller import Role
from shared.db import Row, Tx
from shared.errors import Refusal
from shared.events.directory import StaffSaved


class Saved(NamedTuple):
    """What became of the rows, and which credentials count no more because their holders left."""

    outcome: Outcome
    revoked: list[UUID]


async def save_staff(tx: Tx, brand_id: UUID, people: Mapping[str, StaffIn]) -> Saved:
    """Keep staff by their code; says those that are new or changed. Who left can sign in no more."""
    named = {one for person in people.values() for one in person.shops or ()}
    shop_ids = await shop.ids(tx, brand_id, sorted(named)) if named else {}
    rows: list[StaffRow] = []
    refused: dict[str, Refusal] = {}
    for staff_code, person in people.items():
        unknown = [one for one in person.shops or () if one not in shop_ids]
        if unknown:
            refused[staff_code] = UnknownCode(what="shops", named=unknown[0])
            continue
        found = None if person.shops is None else [shop_ids[one] for one in person.shops]
        rows.append(StaffRow(staff_code, person.name, person.roles, found, person.joined_on, person.has_left))
    changed = await queries.save(tx, brand_id, rows, tx.at)
    for row in changed:
        _say(tx, brand_id, row)
    gone = [row["staff_id"] for row in changed if row["left_at"] is not None]
    revoked = await credential.revoke_held(tx, brand_id, Kind.STAFF, gone) if gone else []
    return Saved(Outcome(frozenset(row["code"] for row in changed), refused), revoked)


async def found_head_office(tx: Tx, brand_id: UUID, staff_code: str, name: str) -> Row:
    """The first of the staff, who saves all others; answers who has that code."""
    is_new = await queries.add(tx, brand_id, (staff_code, name), [Role.HEAD_OFFICE])
    row = await queries.by_code(tx, brand_id, staff_code)
    if is_new:
        _say(tx, brand_id, row)
    return row


async def give_one_time_password(tx: Tx, brand_id: UUID, staff_id: UUID, password_hash: bytes) -> list[UUID]:
    """Let somebody in once, to set an own password; answers what counts no more."""
    holder = Holder(brand_id, Kind.STAFF, staff_id)
    return await credential.replace_password(tx, holder, password_hash, is_one_time=True)


async def set_own_password(tx: Tx, brand_id: UUID, staff_id: UUID, password_hash: bytes) -> list[UUID]:
    """Somebody chose a password; answers what counts no more."""
    holder = Holder(brand_id, Kind.STAFF, staff_id)
    return await credential.replace_password(tx, holder, password_hash, is_one_time=False)


def _say(tx: Tx, brand_id: UUID, row: Row) -> None:
    tx.emit(
        StaffSaved(
            brand_id=brand_id,
            staff_id=row["staff_id"],
            code=row["code"],
            roles=row["roles"],
            shop_ids=row["shop_ids"],
            left_at=row["left_at"],
            version=row["version"],
        )
    )
