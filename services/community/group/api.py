"""Groups over HTTP: those of a shop, who is in them, whose they are, and why somebody is counted in."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from services.community.corp.schemas import CorpStaffIn, CorpStaffOut, SyncOut
from services.community.group import actions, flows, queries
from services.community.group.schemas import ExplainOut, GroupOut, MemberOut
from shared.auth.caller import ALL_STAFF, HEAD_OFFICE, MANAGERS, SERVICE
from shared.errors import NotFound
from shared.http import Answering, Asking, Doors, Reading, Spoken, Who
from shared.http.pages import FIRST_ID, After, Page, PageSize, cursor_of, keys_of
from shared.words import Words

doors = Doors("/community/v1", "group")

Userid = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[\w.@-]+$", examples=["li.guide"])]

_TOLD_FIRST = Words(
    "首次加入本品牌社群，依据：{cause}。", "Her first group of this brand, as {cause} told; a first-join coupon is due."
)
_TOLD_AGAIN = Words(
    "此前已加入过本品牌社群，依据：{cause}。", "She had been in a group of this brand before, as {cause} told."
)


@doors.flow("/wecom:sync", who=HEAD_OFFICE, natural_key="the corp: it only has all groups looked at")
async def sync_groups(who: Who, asking: Asking) -> SyncOut:
    """List all groups in WeCom and have each looked at now; each becomes the shop's for which its owner stands."""
    return SyncOut(groups_count=await flows.sweep_groups(asking, who.brand_id, 0))


@doors.act("/wecom/staff/{userid}", who=HEAD_OFFICE, natural_key="the userid", method="PUT")
async def put_corp_staff(userid: Userid, body: CorpStaffIn, tx: Answering, who: Who) -> CorpStaffOut:
    """Say for which shop somebody in WeCom stands: the groups that she owns are that shop's from now on."""
    await actions.assign_owner(tx, who.brand_id, userid, body)
    return CorpStaffOut(userid=userid, **body.model_dump())


@doors.read("/groups", who=MANAGERS)
async def list_groups(tx: Reading, who: Who, after: After = None, most: PageSize = 50) -> Page[GroupOut]:
    """Groups of the shops that the caller serves."""
    (last_id,) = keys_of(after, (FIRST_ID,))
    shop_ids = None if who.shop_ids is None else sorted(who.shop_ids)
    items = [GroupOut(**row) for row in await queries.page(tx, who.brand_id, last_id, shop_ids, most)]
    return Page(items=items, next=cursor_of(items[-1].group_id) if len(items) == most else None)


@doors.read("/groups/{group_id}/members", who=ALL_STAFF | SERVICE)
async def list_members(
    group_id: UUID, tx: Reading, who: Who, after: After = None, most: PageSize = 50
) -> Page[MemberOut]:
    """Who is in a group; each by her person id alone."""
    row = await queries.read(tx, who.brand_id, group_id)
    if row is None or not _is_shown(who.shop_ids, row["shop_id"]):
        raise NotFound(what="group")
    (last_id,) = keys_of(after, (FIRST_ID,))
    items = [MemberOut(**one) for one in await queries.members(tx, group_id, last_id, most)]
    return Page(items=items, next=cursor_of(items[-1].membership_id) if len(items) == most else None)


@doors.read("/explain/{membership_id}", who=MANAGERS | SERVICE)
async def explain(membership_id: UUID, tx: Reading, who: Who, language: Spoken) -> ExplainOut:
    """Why a membership is here; it may be named by the id of the event that told of it, as listeners know it."""
    row = await queries.membership(tx, who.brand_id, membership_id)
    if row is None:
        row = await queries.membership_said(tx, who.brand_id, membership_id)
    if row is None or not _is_shown(who.shop_ids, row["shop_id"]):
        raise NotFound(what="membership")
    words = _TOLD_FIRST if row["is_first"] else _TOLD_AGAIN
    told = words.say(language, cause=row["cause"])
    return ExplainOut(id=row["membership_id"], what="membership", because=[row["cause"]], words=told, **row)


def _is_shown(shop_ids: frozenset[UUID] | None, shop_id: UUID | None) -> bool:
    return shop_ids is None or shop_id in shop_ids
