"""Overruns and the campaign's reconciliation over HTTP."""

from uuid import UUID

from services.campaign.budget.rules import IN_ALL
from services.campaign.redemption import queries
from services.campaign.redemption.rules import REASONS, Reason
from services.campaign.redemption.schemas import OverrunOut, ReconciliationOut
from shared.auth.caller import MANAGERS, OPERATOR
from shared.http import Doors, Reading, Spoken, Who
from shared.http.pages import FIRST_ID, After, Page, PageSize, cursor_of, keys_of

doors = Doors("/campaign/v1", "redemption")


@doors.read("/shops/{shop_id}/overruns", who=MANAGERS)
async def list_overruns(
    shop_id: UUID, tx: Reading, who: Who, language: Spoken, after: After = None, most: PageSize = 50
) -> Page[OverrunOut]:
    """What a shop's tills gave that nobody had promised: theirs to bear."""
    who.must_serve(shop_id)
    place = keys_of(after, (FIRST_ID, FIRST_ID))
    rows = await queries.page(tx, who.brand_id, shop_id, place, most)
    items = [OverrunOut(**row, words=REASONS[Reason(row["reason"])].say(language)) for row in rows]
    end = items[-1] if len(items) == most else None
    return Page(items=items, next=cursor_of(end.ticket_id, end.coupon_id) if end else None)


@doors.read("/reconciliation", who=OPERATOR)
async def reconcile(tx: Reading, who: Who) -> ReconciliationOut:
    """Whether discounts given are discounts counted, campaign by campaign."""
    return ReconciliationOut(differing=await queries.differences(tx, who.brand_id, IN_ALL))
