"""Taking partners in."""

from collections.abc import Mapping
from uuid import UUID

from services.directory.credential import actions as credential
from services.directory.credential.queries import Holder
from services.directory.credential.rules import Kind
from services.directory.partner import queries
from services.directory.partner.schemas import PartnerIn
from shared.db import Tx
from shared.errors import NotFound
from shared.events.directory import PartnerSaved


async def save_partners(tx: Tx, brand_id: UUID, partners: Mapping[str, PartnerIn]) -> frozenset[str]:
    """Keep partners by their code; says and answers those that are new or changed."""
    rows = await queries.save(tx, brand_id, {named: partner.name for named, partner in partners.items()})
    for row in rows:
        tx.emit(PartnerSaved(brand_id=brand_id, **row))
    return frozenset(row["code"] for row in rows)


async def issue_credential(tx: Tx, brand_id: UUID, partner_id: UUID) -> credential.Issued:
    """What a partner's accounting signs in by."""
    if await queries.read(tx, brand_id, partner_id) is None:
        raise NotFound(what="partner")
    return await credential.issue(tx, Holder(brand_id, Kind.PARTNER, partner_id))
