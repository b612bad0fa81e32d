"""A brand's corp over HTTP."""

from services.community.corp import actions, queries
from services.community.corp.rules import PURPOSE, NoCorp
from services.community.corp.schemas import CorpIn, CorpOut, CorpStaffOut
from shared.auth.caller import HEAD_OFFICE
from shared.db import Tx
from shared.http import Answering, Asking, Doors, Reading, Who
from shared.http.pages import After, Page, PageSize, cursor_of, keys_of

doors = Doors("/community/v1", "corp")


@doors.act("/wecom", who=HEAD_OFFICE, natural_key="the brand", method="PUT")
async def put_corp(body: CorpIn, tx: Answering, who: Who, asking: Asking) -> CorpOut:
    """Save as whom the brand speaks to WeCom. Then enter the callback's address, token and key in WeCom's console."""
    await actions.save_corp(tx, who.brand_id, body, asking.secrets.derive(PURPOSE))
    return await _corp(tx, who)


@doors.read("/wecom", who=HEAD_OFFICE)
async def read_corp(tx: Reading, who: Who) -> CorpOut:
    """The corp, without what is secret."""
    return await _corp(tx, who)


@doors.read("/wecom/staff", who=HEAD_OFFICE)
async def list_corp_staff(tx: Reading, who: Who, after: After = None, most: PageSize = 50) -> Page[CorpStaffOut]:
    """Who in WeCom stands for which shop."""
    (last,) = keys_of(after, ("",))
    items = [CorpStaffOut(**row) for row in await queries.staff(tx, who.brand_id, last, most)]
    return Page(items=items, next=cursor_of(items[-1].userid) if len(items) == most else None)


async def _corp(tx: Tx, who: Who) -> CorpOut:
    row = await queries.read(tx, who.brand_id)
    if row is None:
        raise NoCorp
    return CorpOut(
        corp_id=row["corp_id"],
        most_members_count=row["most_members_count"],
        sweep_s=row["sweep_s"],
        swept_at=row["swept_at"],
        callback_path=f"/community/v1/wecom/callbacks/{who.brand_id}",
    )
