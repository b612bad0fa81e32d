"""Taking in what was seen of groups: who joined and left is stored and said, exactly once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.community.corp import actions as corps_actions
from services.community.corp import queries as corps
from services.community.corp.schemas import CorpStaffIn
from services.community.group import queries
from services.community.group.queries import GroupRow, MembershipRow
from services.community.group.rules import Here, Seen, Step, cause_of, compare, is_full, without_leavers
from services.community.live_code import actions as live_codes
from services.community.look import actions as looks_actions
from services.community.look import queries as looks
from services.community.look.queries import Look
from services.community.look.rules import Subject
from services.community.registry import queries as registry
from shared.db import Row, Tx
from shared.events.community import MembershipJoined
from shared.events.event import Asked
from shared.events.member import PersonFolded
from shared.ids import new_id


class Reading(NamedTuple):
    """What was seen of a group. `seen` is none where callbacks were followed instead."""

    look: Look
    steps: Sequence[Step]
    name: str
    owner_userid: str
    version: str | None
    opened_at: datetime
    seen: Sequence[Seen] | None
    is_dismissed: bool = False


class Change(NamedTuple):
    """What changes in one group."""

    reading: Reading
    group: Row
    joined: Sequence[Seen]
    left: Sequence[tuple[UUID, datetime]]
    passed_by: Sequence[Seen]


async def take_readings(
    tx: Tx, brand_id: UUID, readings: Sequence[Reading], persons: Mapping[UUID, UUID], trace: str
) -> None:
    """Make the groups what was seen of them. `persons` says who is behind each lookup that may be new.

    Whoever's look was taken over by another process is passed over; that process looks anew.
    """
    held = await looks.held(tx, brand_id, Subject.GROUP, [reading.look for reading in readings])
    readings = [reading for reading in readings if reading.look.name in held]
    if not readings:
        return
    await registry.lock_people(tx, brand_id)
    before = await queries.known(tx, brand_id, [reading.look.name for reading in readings])
    here = await _here(tx, list(before.values()))
    groups = await queries.save(tx, brand_id, [_row(tx, one, here[one.look.name]) for one in readings])
    changes = [_change(tx, one, groups[one.look.name], here[one.look.name]) for one in readings]
    await _write(tx, brand_id, changes, persons, trace)
    await _refresh_live_codes(tx, brand_id, readings, before, groups)
    await looks.finish(tx, brand_id, Subject.GROUP, [reading.look for reading in readings])


async def fold_memberships(tx: Tx, folded: Sequence[PersonFolded], folds: Mapping[UUID, UUID]) -> None:
    """What was a person's before she proved to be a member is the member's."""
    brands = {fact.from_id: fact.brand_id for fact in folded}
    await queries.fold(tx, [(brands[from_id], from_id, into_id) for from_id, into_id in folds.items()])


async def assign_owner(tx: Tx, brand_id: UUID, userid: str, staff: CorpStaffIn) -> None:
    """Keep for which shop somebody stands, and have the groups that she owns and that shop's live codes follow."""
    await corps_actions.save_corp_staff(tx, brand_id, userid, staff)
    await looks_actions.ask_looks(tx, brand_id, Subject.GROUP, await queries.chats_of(tx, brand_id, userid))
    await live_codes.refresh_codes_of(tx, brand_id, [staff.shop_id])


async def _here(tx: Tx, groups: Sequence[Row]) -> dict[str, list[Here]]:
    chats = {row["group_id"]: row["chat_id"] for row in groups}
    found: dict[str, list[Here]] = defaultdict(list)
    for row in await queries.here(tx, list(chats)):
        found[chats[row["group_id"]]].append(Here(row["membership_id"], row["lookup"], row["joined_at"]))
    return found


def _seen(reading: Reading, here: Sequence[Here]) -> Sequence[Seen]:
    return reading.seen if reading.seen is not None else without_leavers(here, reading.steps)


def _row(tx: Tx, reading: Reading, here: Sequence[Here]) -> GroupRow:
    return GroupRow(
        chat_id=reading.look.name,
        name=reading.name,
        owner_userid=reading.owner_userid,
        member_version=reading.version,
        members_count=len(_seen(reading, here)),
        opened_at=reading.opened_at,
        dismissed_at=tx.at if reading.is_dismissed else None,
    )


def _change(tx: Tx, reading: Reading, group: Row, here: Sequence[Here]) -> Change:
    if group["shop_id"] is None:  # nobody's group yet: those in it join when it is somebody's
        return Change(reading, group, (), (), ())
    return Change(reading, group, *compare(here, _seen(reading, here), reading.steps, tx.at))


async def _write(tx: Tx, brand_id: UUID, changes: Sequence[Change], persons: Mapping[UUID, UUID], trace: str) -> None:
    """Store who left and who joined, and say each join with whether it was the person's first."""
    left = [one for change in changes for one in change.left]
    if left:
        await queries.leave(tx, left)
    rows = await _fresh(tx, brand_id, changes, persons)
    if not rows:
        return
    ranked = sorted(rows, key=lambda row: (row.person_id, row.joined_at))
    first = await queries.take_first(
        tx, brand_id, [(row.person_id, row.membership_id, row.joined_at) for row in ranked]
    )
    rows = [row._replace(is_first=row.membership_id in first) for row in rows]
    await queries.join(tx, brand_id, rows)
    shops = {change.group["group_id"]: change.group["shop_id"] for change in changes}
    for row in rows:
        joined = MembershipJoined(
            brand_id=brand_id,
            membership_id=row.membership_id,
            group_id=row.group_id,
            shop_id=shops[row.group_id],
            person_id=row.person_id,
            live_code_id=row.live_code_id,
            is_first=row.is_first,
            joined_at=row.joined_at,
        )
        tx.emit(joined, because=Asked(row.cause, trace))


async def _fresh(
    tx: Tx, brand_id: UUID, changes: Sequence[Change], persons: Mapping[UUID, UUID]
) -> list[MembershipRow]:
    """The memberships that begin; those who only passed by end as they begin."""
    folded = await registry.folded(tx, list(set(persons.values())))
    states = sorted({one.state for change in changes for one in change.joined if one.state})
    codes = await queries.live_codes(tx, brand_id, states) if states else {}
    passed = [(change.group["group_id"], one.lookup) for change in changes for one in change.passed_by]
    last_left = await queries.last_left(tx, passed)
    rows = []
    for change in changes:
        group_id = change.group["group_id"]
        unseen = [one for one in change.passed_by if _is_new(last_left.get((group_id, one.lookup)), one)]
        for one, left_at in [*((one, None) for one in change.joined), *((one, tx.at) for one in unseen)]:
            person_id = persons[one.lookup]
            cause = cause_of(one.lookup, change.reading.steps) or f"{change.reading.look.name}@{change.reading.version}"
            rows.append(
                MembershipRow(
                    membership_id=new_id(),
                    group_id=group_id,
                    lookup=one.lookup,
                    person_id=folded.get(person_id, person_id),
                    live_code_id=codes.get(one.state or ""),
                    is_first=False,
                    joined_at=one.joined_at,
                    left_at=left_at,
                    cause=cause,
                )
            )
    return rows


def _is_new(last_left_at: datetime | None, told: Seen) -> bool:
    """Whether what a callback told is not what is stored already, told late."""
    return last_left_at is None or last_left_at < told.joined_at


async def _refresh_live_codes(
    tx: Tx, brand_id: UUID, readings: Sequence[Reading], before: Mapping[str, Row], groups: Mapping[str, Row]
) -> None:
    """Where a shop's groups came, went, filled or emptied, its live codes may have to lead elsewhere."""
    corp = await corps.read(tx, brand_id)
    assert corp is not None, "a group was read by a corp"
    most = corp["most_members_count"]
    now = await queries.known(tx, brand_id, list(groups))
    shop_ids = set()
    for reading in readings:
        chat_id = reading.look.name
        was, row = before.get(chat_id), now[chat_id]
        if was is None or _standing(was, most) != _standing(row, most):
            shop_ids.add(row["shop_id"])
    await live_codes.refresh_codes_of(tx, brand_id, sorted(shop_id for shop_id in shop_ids if shop_id))


def _standing(group: Row, most: int) -> tuple[object, ...]:
    return group["shop_id"], group["dismissed_at"] is None, is_full(group["members_count"], most)
