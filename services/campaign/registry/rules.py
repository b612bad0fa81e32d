"""How folds that are heard together settle."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID


class Fold(NamedTuple):
    """The one person proved to be the other; what said so."""

    brand_id: UUID
    from_id: UUID
    into_id: UUID
    cause: str


def settle(folds: Sequence[Fold], gone_on: Mapping[UUID, UUID]) -> tuple[list[Fold], dict[UUID, UUID]]:
    """The folds, each into whom its other is by then, and who each person is after all; `gone_on`: who had been folded.

    The other may have gone on into a third before, or go on in a later fold.
    """
    standing = dict(gone_on)
    steps = []
    for fold in folds:
        last_id = standing.get(fold.into_id, fold.into_id)
        standing |= {one_id: last_id for one_id, into_id in standing.items() if into_id == fold.from_id}
        standing[fold.from_id] = last_id
        steps.append(fold._replace(into_id=last_id))
    return steps, {fold.from_id: standing[fold.from_id] for fold in folds}
