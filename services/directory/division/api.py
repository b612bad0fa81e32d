"""Divisions over HTTP: head office draws them, staff see them."""

from services.directory.brand.schemas import Code
from services.directory.division import actions, queries
from services.directory.division.rules import Kind
from services.directory.division.schemas import DivisionIn, DivisionOut
from shared.auth.caller import ALL_STAFF, HEAD_OFFICE, SERVICE, Caller
from shared.db import Tx
from shared.http import Answering, Doors, Reading, Who
from shared.http.pages import After, Page, PageSize, cursor_of, keys_of

doors = Doors("/directory/v1", "division")


@doors.act("/regions/{code}", who=HEAD_OFFICE, natural_key="the code", method="PUT")
async def save_region(code: Code, body: DivisionIn, tx: Answering, who: Who) -> DivisionOut:
    """A region 大区: what a regional manager looks after."""
    return DivisionOut(**await actions.save_division(tx, who.brand_id, Kind.REGION, code, body.name))


@doors.act("/branches/{code}", who=HEAD_OFFICE, natural_key="the code", method="PUT")
async def save_branch(code: Code, body: DivisionIn, tx: Answering, who: Who) -> DivisionOut:
    """A branch 分公司: a sales team."""
    return DivisionOut(**await actions.save_division(tx, who.brand_id, Kind.BRANCH, code, body.name))


@doors.act("/areas/{code}", who=HEAD_OFFICE, natural_key="the code", method="PUT")
async def save_area(code: Code, body: DivisionIn, tx: Answering, who: Who) -> DivisionOut:
    """An area 区域: its shops share their stock."""
    return DivisionOut(**await actions.save_division(tx, who.brand_id, Kind.AREA, code, body.name))


@doors.read("/regions", who=ALL_STAFF | SERVICE)
async def list_regions(tx: Reading, who: Who, after: After = None, most: PageSize = 100) -> Page[DivisionOut]:
    """All regions."""
    return await _page(tx, who, Kind.REGION, after, most)


@doors.read("/branches", who=ALL_STAFF | SERVICE)
async def list_branches(tx: Reading, who: Who, after: After = None, most: PageSize = 100) -> Page[DivisionOut]:
    """All branches."""
    return await _page(tx, who, Kind.BRANCH, after, most)


@doors.read("/areas", who=ALL_STAFF | SERVICE)
async def list_areas(tx: Reading, who: Who, after: After = None, most: PageSize = 100) -> Page[DivisionOut]:
    """All areas."""
    return await _page(tx, who, Kind.AREA, after, most)


async def _page(tx: Tx, who: Caller, kind: Kind, after: str | None, most: int) -> Page[DivisionOut]:
    (last,) = keys_of(after, ("",))
    items = [DivisionOut(**row) for row in await queries.page(tx, who.brand_id, kind, last, most)]
    return Page(items=items, next=cursor_of(items[-1].code) if len(items) == most else None)
