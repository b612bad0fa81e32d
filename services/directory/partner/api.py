"""Partners over HTTP."""

from uuid import UUID

from services.directory.brand.schemas import Code
from services.directory.credential import queries as credentials
from services.directory.credential.schemas import CredentialOut, IssuedOut
from services.directory.partner import actions, queries
from services.directory.partner.schemas import PartnerIn, PartnerOut
from shared.auth.caller import HEAD_OFFICE, MANAGERS, SERVICE
from shared.errors import NotFound
from shared.http import Answering, Doors, Reading, Who
from shared.http.pages import MOST_ON_PAGE, After, Page, PageSize, cursor_of, keys_of

doors = Doors("/directory/v1", "partner")


@doors.act("/partners/{code}", who=HEAD_OFFICE, natural_key="the code", method="PUT")
async def save_partner(code: Code, body: PartnerIn, tx: Answering, who: Who) -> PartnerOut:
    """Take a partner in, or change what it is called."""
    await actions.save_partners(tx, who.brand_id, {code: body})
    row = await queries.by_code(tx, who.brand_id, code)
    assert row is not None
    return PartnerOut(**row)


@doors.read("/partners", who=MANAGERS | SERVICE)
async def list_partners(tx: Reading, who: Who, after: After = None, most: PageSize = 100) -> Page[PartnerOut]:
    """All partners."""
    (last,) = keys_of(after, ("",))
    items = [PartnerOut(**row) for row in await queries.page(tx, who.brand_id, last, most)]
    return Page(items=items, next=cursor_of(items[-1].code) if len(items) == most else None)


@doors.act(
    "/partners/{partner_id}/credentials",
    who=HEAD_OFFICE,
    natural_key="none: each is another one, and what is not used is revoked",
    status_code=201,
)
async def issue_partner_credential(partner_id: UUID, tx: Answering, who: Who) -> IssuedOut:
    """A client credential for the partner's accounting; the secret is shown this once."""
    issued = await actions.issue_credential(tx, who.brand_id, partner_id)
    return IssuedOut(credential_id=issued.credential_id, secret=issued.secret)


@doors.read("/partners/{partner_id}/credentials", who=HEAD_OFFICE)
async def list_partner_credentials(partner_id: UUID, tx: Reading, who: Who) -> list[CredentialOut]:
    """What the partner signs in by, without the secrets."""
    if await queries.read(tx, who.brand_id, partner_id) is None:
        raise NotFound(what="partner")
    rows = await credentials.page(tx, who.brand_id, partner_id, UUID(int=0), MOST_ON_PAGE)
    return [CredentialOut(**row) for row in rows]
