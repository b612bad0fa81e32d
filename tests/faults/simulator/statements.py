"""What the product's SQL means, acted out: one function for each statement, found by the statement itself.

A statement that is changed in the product and not here is not found, and every seed fails: look at both together.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared.bus import cursors, dead_letters, knocks, leases, log_source
from shared.events.event import Record
from shared.log.append import _APPEND
from tests.faults.simulator.postgres import Act, Row, Work

SAVE_ITEMS = "insert items, on conflict do nothing, returning those that are new"
COUNT_ITEMS = "insert counted items, as often as one asks"

Rows = Sequence[Row]


async def _save_items(work: Work, numbers: Sequence[int]) -> Rows:
    fresh = []
    for number in sorted(numbers):
        await work.lock("item", number)
        if work.get("item", number) is None:
            work.put("item", number, number)
            fresh.append(Row(number=number))
    return fresh


async def _count_items(work: Work, serials: Sequence[UUID], numbers: Sequence[int]) -> Rows:
    for serial, number in zip(serials, numbers, strict=True):
        await work.lock("effect", serial)
        work.put("effect", serial, number)
    return ()


async def _append_log(
    work: Work, at: datetime, parts: Sequence[int], places: Sequence[int], *columns: Sequence[Any]
) -> Rows:
    firsts = {}
    for part in sorted(set(parts)):
        await work.lock("log_head", part)
    for part in sorted(set(parts)):
        firsts[part], incarnation = work.get("log_head", part)
        work.put("log_head", part, (firsts[part] + parts.count(part), incarnation))
    for part, place, event_id, key, type_, *facts in zip(parts, places, *columns, strict=True):
        off = firsts[part] + place
        await work.lock("log", (part, off))
        if work.get("log", (part, off)) is not None:
            raise asyncpg.UniqueViolationError("log_pkey")
        record = (part, off, event_id, key, type_, at, *facts)
        work.put("log", (part, off), Row(zip(Record._fields, record, strict=True)))
    return [Row(partitions=len(work.rows("log_head")), taken=len(firsts))]


async def _heads(work: Work) -> Rows:
    heads = work.rows("log_head")
    return [Row(part=part, next=heads[part][0], incarnation=heads[part][1]) for part in sorted(heads)]


async def _fetch_log(work: Work, parts: Sequence[int], offs: Sequence[int], most: int) -> Rows:
    found: list[Row] = []
    for part, off in zip(parts, offs, strict=True):
        end = work.get("log_head", part)[0]
        places = (work.get("log", (part, place)) for place in range(off, end))
        found += [row for row in places if row is not None][:most]
    return found


async def _read_cursors(work: Work, source: str, parts: Sequence[int]) -> Rows:
    found = []
    for part in parts:
        place = work.get("cursor", (source, part))
        if place is not None:
            found.append(Row(part=part, off=place[0], mirror_off=place[1], incarnation=place[2]))
    return found


async def _move_cursors(work: Work, source: str, parts: Sequence[int], *columns: Sequence[Any]) -> Rows:
    has_dead = any(key[0] == source for key in work.rows("dead_letter"))  # as of the statement's beginning
    for part in sorted(parts):
        await work.lock("cursor", (source, part))
    moved = 0
    for part, old, new, mirror, incarnation in zip(parts, *columns, strict=True):
        if work.get("cursor", (source, part))[0] == old:
            work.put("cursor", (source, part), (new, mirror, incarnation))
            moved += 1
    return [Row(moved=moved, has_dead=has_dead)]


async def _begin_cursors(work: Work, source: str, parts: Sequence[int], incarnations: Sequence[UUID]) -> Rows:
    for part, incarnation in zip(parts, incarnations, strict=True):
        if work.get("cursor", (source, part)) is None:
            await work.lock("cursor", (source, part))
            if work.get("cursor", (source, part)) is None:
                work.put("cursor", (source, part), (0, 0, incarnation))
    return ()


async def _begin_leases(work: Work, source: str, parts: Sequence[int]) -> Rows:
    for part in parts:
        if work.get("lease", (source, part)) is None:
            await work.lock("lease", (source, part))
            if work.get("lease", (source, part)) is None:
                work.put("lease", (source, part), ("", work.now - 1))
    return ()


async def _beat(work: Work, sources: Sequence[str], owner: str, lease_s: float) -> Rows:
    """Whatever is locked is passed by: a row of its own is all that a beat may wait for."""
    held = []
    for source in sources:
        others = {name: until for (of, name), until in work.rows("reader").items() if of == source and name != owner}
        for name, until in others.items():
            if until < work.now and work.is_free("reader", (source, name)):
                await work.lock("reader", (source, name))
                work.put("reader", (source, name), None)
        await work.lock("reader", (source, owner))
        work.put("reader", (source, owner), work.now + lease_s)
        partitions = sum(of == source for of, _ in work.rows("lease"))
        share = -(-partitions // (1 + sum(until >= work.now for until in others.values())))
        held += [Row(source=source, part=part) for part in await _keep_leases(work, (source, owner), lease_s, share)]
    return held


def _leased(work: Work, source: str, owner: str) -> list[int]:
    found = work.rows("lease").items()
    return sorted(part for (name, part), (who, until) in found if (name, who) == (source, owner) and until >= work.now)


async def _keep_leases(work: Work, whose: tuple[str, str], lease_s: float, share: int) -> list[int]:
    source, owner = whose
    mine = [part for part in _leased(work, source, owner) if work.is_free("lease", (source, part))]
    found = sorted((part, until) for (name, part), (_, until) in work.rows("lease").items() if name == source)
    free = [part for part, until in found if until < work.now and work.is_free("lease", (source, part))]
    held = mine[:share] + free[: max(0, share - len(mine))]
    for part in sorted({*mine, *held}):
        await work.lock("lease", (source, part))
        work.put("lease", (source, part), (owner, work.now + lease_s if part in held else work.now))
    return held


async def _release_leases(work: Work, source: str, owner: str) -> Rows:
    for part in _leased(work, source, owner):
        await work.lock("lease", (source, part))
        if work.get("lease", (source, part))[0] == owner:
            work.put("lease", (source, part), (owner, work.now))
    return ()


async def _leave(work: Work, source: str, owner: str) -> Rows:
    await work.lock("reader", (source, owner))
    work.put("reader", (source, owner), None)
    return ()


def _letters(work: Work, source: str) -> list[dict[str, Any]]:
    return [letter for (name, _, _), letter in work.rows("dead_letter").items() if name == source]


async def _any_letter(work: Work, source: str) -> Rows:
    return [Row(exists=bool(_letters(work, source)))]


async def _parked_keys(work: Work, source: str, keys: Sequence[str]) -> Rows:
    return [Row(key=key) for key in sorted({letter["key"] for letter in _letters(work, source)} & set(keys))]


async def _bury_letter(work: Work, source: str, *values: Any) -> Rows:
    record = Row(zip(("part", "off", "event_id", "key", "type", "at", "cause", "trace", "body"), values, strict=False))
    place = source, record["part"], record["off"]
    await work.lock("dead_letter", place)
    if work.get("dead_letter", place) is not None:
        raise asyncpg.UniqueViolationError("dead_letter_pkey")
    letter = {"key": record["key"], "record": record, "attempts": 1, "next_try_at": work.now + 1}
    work.put("dead_letter", place, letter)
    return [record]


async def _due_letter(work: Work, source: str) -> Rows:
    letters = _letters(work, source)
    first: dict[str, int] = {}
    for letter in letters:
        first[letter["key"]] = min(letter["record"]["off"], first.get(letter["key"], letter["record"]["off"]))
    due = [letter for letter in letters if letter["next_try_at"] <= work.now]
    for letter in sorted(due, key=lambda letter: float(letter["next_try_at"])):
        record: Row = letter["record"]
        place = source, record["part"], record["off"]
        if record["off"] == first[letter["key"]] and work.is_free("dead_letter", place):
            await work.lock("dead_letter", place)
            return [record]
    return ()


async def _postpone_letter(work: Work, source: str, part: int, off: int, _error: str) -> Rows:
    place = source, part, off
    await work.lock("dead_letter", place)
    letter = work.get("dead_letter", place)
    if letter is None:
        return ()
    again = {"attempts": letter["attempts"] + 1, "next_try_at": work.now + min(3600, 2 ** letter["attempts"])}
    work.put("dead_letter", place, letter | again)
    return [Row(part=part)]


async def _delete_letter(work: Work, source: str, part: int, off: int) -> Rows:
    await work.lock("dead_letter", (source, part, off))
    if work.get("dead_letter", (source, part, off)) is None:
        return ()
    work.put("dead_letter", (source, part, off), None)
    return [Row(part=part)]


async def _knock(work: Work, channel: str) -> Rows:
    work.knock(channel)
    return [Row(pg_notify="")]


ACTS: Mapping[str, Act] = {
    SAVE_ITEMS: _save_items,
    COUNT_ITEMS: _count_items,
    _APPEND: _append_log,
    log_source._HEADS: _heads,
    log_source._FETCH: _fetch_log,
    knocks._KNOCK: _knock,
    cursors._READ: _read_cursors,
    cursors._MOVE: _move_cursors,
    cursors._BEGIN: _begin_cursors,
    leases._BEGIN: _begin_leases,
    leases._BEAT: _beat,
    leases._RELEASE: _release_leases,
    leases._LEAVE: _leave,
    dead_letters._ANY: _any_letter,
    dead_letters._KEYS: _parked_keys,
    dead_letters._BURY: _bury_letter,
    dead_letters._DUE: _due_letter,
    dead_letters._POSTPONE: _postpone_letter,
    dead_letters._DELETE: _delete_letter,
}
