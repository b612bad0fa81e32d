"""Staff over HTTP."""

from uuid import UUID

from starlette.requests import Request

from services.directory.brand.schemas import Code
from services.directory.staff import flows, queries
from services.directory.staff.schemas import ChangeIn, OneTimeOut, StaffIn, StaffOut
from shared.auth.caller import EVERYONE, HEAD_OFFICE, MANAGERS, SERVICE
from shared.errors import NotFound
from shared.events.event import Asked
from shared.http import Asking, Doors, Reading, Who
from shared.http.pages import After, Page, PageSize, cursor_of, keys_of

doors = Doors("/directory/v1", "staff")


@doors.flow("/staff/{code}", who=HEAD_OFFICE, natural_key="the code", method="PUT")
async def save_staff(code: Code, body: StaffIn, request: Request, who: Who, asking: Asking) -> StaffOut:
    """Somebody joins, moves to other shops or roles, or leaves."""
    outcome = await flows.save_staff(asking, who.brand_id, {code: body}, _asked(request))
    for refusal in outcome.refused.values():
        raise refusal
    async with asking.database.reading() as tx:
        row = await queries.by_code(tx, who.brand_id, code)
    assert row is not None
    return StaffOut(**row)


@doors.read("/staff", who=MANAGERS)
async def list_staff(tx: Reading, who: Who, after: After = None, most: PageSize = 100) -> Page[StaffOut]:
    """Who works at the shops that the caller serves, by code."""
    (last,) = keys_of(after, ("",))
    items = [StaffOut(**row) for row in await queries.page(tx, who.brand_id, last, who.shop_ids, most)]
    return Page(items=items, next=cursor_of(items[-1].code) if len(items) == most else None)


@doors.read("/staff/{staff_id}", who=MANAGERS | SERVICE)
async def read_staff(staff_id: UUID, tx: Reading, who: Who) -> StaffOut:
    """One member of staff of a shop that the caller serves."""
    row = await queries.read(tx, who.brand_id, staff_id, who.shop_ids)
    if row is None:
        raise NotFound(what="staff")
    return StaffOut(**row)


@doors.flow("/staff/{staff_id}/password:reset", who=HEAD_OFFICE, natural_key="none: the newest password counts")
async def reset_password(staff_id: UUID, request: Request, who: Who, asking: Asking) -> OneTimeOut:
    """A one-time password, shown this once; whatever the person signed in by counts no more."""
    return await flows.reset_password(asking, who.brand_id, staff_id, _asked(request))


@doors.flow("/passwords:change", who=EVERYONE, natural_key="the old password", status_code=204)
async def change_password(body: ChangeIn, request: Request, asking: Asking) -> None:
    """Set one's own password in place of the one that stands, one-time or not."""
    await flows.change_password(asking, body, _asked(request))


def _asked(request: Request) -> Asked:
    return Asked(request.state.request_id, request.state.trace)
