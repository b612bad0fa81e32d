"""Taking in who is whose contact; each time somebody becomes one it is said."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from services.community.contact import queries
from services.community.contact.queries import ContactRow
from services.community.contact.rules import Follow, passed_by
from services.community.look import queries as looks
from services.community.look.queries import Look
from services.community.look.rules import Subject
from services.community.registry import queries as registry
from shared.db import Tx
from shared.events.community import ContactAdded
from shared.events.event import Asked


class Acquaintance(NamedTuple):
    """What WeCom answered about a person, and what callbacks told of her."""

    look: Look
    lookup: UUID
    person_id: UUID
    follows: Sequence[Follow]
    told: Sequence[Follow]


async def take_acquaintances(tx: Tx, brand_id: UUID, met: Sequence[Acquaintance], trace: str) -> None:
    """Make these persons' contacts what they are in WeCom."""
    held = await looks.held(tx, brand_id, Subject.CONTACT, [one.look for one in met])
    met = [one for one in met if one.look.name in held]
    if not met:
        return
    await registry.lock_people(tx, brand_id)
    folded = await registry.folded(tx, [one.person_id for one in met])
    present = [(one.lookup, follow.userid) for one in met for follow in one.follows]
    await queries.remove_others(tx, brand_id, [one.lookup for one in met], present)
    rows = [row for one in met for row in _rows(tx, one, folded)]
    causes = {(one.lookup, told.userid): told.cause for one in met for told in one.told}
    for row in await queries.save(tx, brand_id, rows):
        added = ContactAdded(
            brand_id=brand_id,
            person_id=row["person_id"],
            shop_id=row["shop_id"],
            guide_id=row["guide_id"],
            live_code_id=row["live_code_id"],
            added_at=row["added_at"],
        )
        tx.emit(added, because=Asked(causes.get((row["lookup"], row["userid"]), ""), trace))
    await looks.finish(tx, brand_id, Subject.CONTACT, [one.look for one in met])


def _rows(tx: Tx, one: Acquaintance, folded: Mapping[UUID, UUID]) -> list[ContactRow]:
    person_id = folded.get(one.person_id, one.person_id)
    ended = [(follow, tx.at) for follow in passed_by(one.follows, one.told)]
    return [
        ContactRow(one.lookup, follow.userid, one.look.name, person_id, follow.state, follow.added_at, removed_at)
        for follow, removed_at in [*((follow, None) for follow in one.follows), *ended]
    ]
