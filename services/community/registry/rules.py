"""How folds that come together settle."""

from collections.abc import Mapping, Sequence
from uuid import UUID

SHOWN_AT_TILLS = frozenset({"code", "card", "mobile"})


def settled(folds: Sequence[tuple[UUID, UUID]]) -> Mapping[UUID, UUID]:
    """Into whom each person goes at last, where one fold may lead into the next."""
    last: dict[UUID, UUID] = {}
    for from_id, into_id in folds:
        last[from_id] = into_id
        last = {one: into_id if two == from_id else two for one, two in last.items()}
    return last
