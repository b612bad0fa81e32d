"""Who joined and who left: what is stored against what was seen and told. Versions are opaque: the same or not."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

MOST_STALE_READS = 5


class Step(NamedTuple):
    """What one callback told of a group: who came or went, from one version to the next."""

    cause: str
    at: datetime
    last_version: str | None
    current_version: str | None
    joined: Sequence[UUID] = ()
    left: Sequence[UUID] = ()


class Here(NamedTuple):
    """Somebody who is stored to be in the group."""

    membership_id: UUID
    lookup: UUID
    joined_at: datetime


class Seen(NamedTuple):
    """Somebody who was seen in the group, and through which live code she came."""

    lookup: UUID
    joined_at: datetime
    state: str | None


class Difference(NamedTuple):
    """What has to change: who joined, who left when, who came and went unseen."""

    joined: Sequence[Seen]
    left: Sequence[tuple[UUID, datetime]]
    passed_by: Sequence[Seen]


def followed(version: str | None, steps: Sequence[Step]) -> str | None:
    """The version at the end of the steps, if they lead up from `version` and only took people out; else none.

    Joins are not followed: only the detail tells through which live code somebody came.
    """
    steps_from = {step.last_version: step for step in steps}
    if version is None or len(steps_from) < len(steps) or any(step.joined or not step.left for step in steps):
        return None
    for _ in steps:
        step = steps_from.get(version)
        if step is None or step.current_version is None:
            return None
        version = step.current_version
    return version if steps else None


def is_behind(version: str, steps: Sequence[Step]) -> bool:
    """Whether a callback told that the group has left this version behind."""
    return any(step.last_version == version for step in steps)


def without_leavers(here: Sequence[Here], steps: Sequence[Step]) -> list[Seen]:
    """Who is still here after the steps."""
    gone = {lookup for step in steps for lookup in step.left}
    return [Seen(one.lookup, one.joined_at, None) for one in here if one.lookup not in gone]


def compare(here: Sequence[Here], seen: Sequence[Seen], steps: Sequence[Step], at: datetime) -> Difference:
    """What makes `here` become `seen`. Who left and joined again in between did both."""
    stored = {one.lookup: one for one in here}
    present = {one.lookup: one for one in seen}
    left_at = {lookup: step.at for step in steps for lookup in step.left}
    joined = [
        one for one in present.values() if one.lookup not in stored or one.joined_at > stored[one.lookup].joined_at
    ]
    left = []
    for one in here:
        back = present.get(one.lookup)
        if back is None:
            left.append((one.membership_id, max(left_at.get(one.lookup, at), one.joined_at)))
        elif back.joined_at > one.joined_at:
            left.append((one.membership_id, back.joined_at))
    return Difference(joined, left, _passed_by(stored, present, steps))


def _passed_by(stored: Collection[UUID], present: Collection[UUID], steps: Sequence[Step]) -> list[Seen]:
    """Who was told to join and is not there: she came and went before anybody looked."""
    told = {lookup: step.at for step in steps for lookup in step.joined}
    return [Seen(lookup, at, None) for lookup, at in told.items() if lookup not in stored and lookup not in present]


def cause_of(lookup: UUID, steps: Sequence[Step]) -> str | None:
    """The callback that told of somebody's joining."""
    return next((step.cause for step in steps if lookup in step.joined), None)


def is_full(members_count: int, most_members_count: int) -> bool:
    """Whether nobody fits in any more; the owner counts too."""
    return members_count + 1 >= most_members_count
