"""Live codes over HTTP."""

import io
from typing import Annotated

import segno
from fastapi import Path
from starlette.responses import Response

from services.community.live_code import actions, queries
from services.community.live_code.rules import NotMadeYet, cost_per_join_fen
from services.community.live_code.schemas import CountedOut, LiveCodeIn, LiveCodeOut
from shared.auth.caller import MANAGERS, TILL, Caller
from shared.db import Row, Tx
from shared.errors import NotFound
from shared.http import Answering, Doors, Reading, Who
from shared.http.pages import After, Page, PageSize, cursor_of, keys_of

doors = Doors("/community/v1", "live_code")

Code = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[\w.-]+$", examples=["HZ001-till"])]


@doors.act("/live-codes/{code}", who=MANAGERS, natural_key="the code", method="PUT")
async def put_live_code(code: Code, body: LiveCodeIn, tx: Answering, who: Who) -> LiveCodeOut:
    """Save a live code; within seconds it is made in WeCom and then kept pointed at groups with room."""
    who.must_serve(body.shop_id)
    await actions.save_live_code(tx, who.brand_id, code, body)
    return LiveCodeOut(**await _read(tx, who, code))


@doors.read("/live-codes", who=MANAGERS)
async def list_live_codes(tx: Reading, who: Who, after: After = None, most: PageSize = 50) -> Page[LiveCodeOut]:
    """The live codes of the shops that the caller serves."""
    (last,) = keys_of(after, ("",))
    shop_ids = None if who.shop_ids is None else sorted(who.shop_ids)
    items = [LiveCodeOut(**row) for row in await queries.page(tx, who.brand_id, last, shop_ids, most)]
    return Page(items=items, next=cursor_of(items[-1].code) if len(items) == most else None)


@doors.read("/live-codes/{code}", who=MANAGERS)
async def read_live_code(code: Code, tx: Reading, who: Who) -> CountedOut:
    """A live code, with what came by it and what a join cost."""
    row = await _read(tx, who, code)
    counts = await queries.counts(tx, row["live_code_id"])
    cost_fen = cost_per_join_fen(row["cost_fen"], counts["joins_count"])
    return CountedOut(**row, **counts, cost_per_join_fen=cost_fen)


@doors.read("/live-codes/{code}/qr.svg", who=MANAGERS | TILL, response_class=Response)
async def draw_live_code(code: Code, tx: Reading, who: Who) -> Response:
    """The picture, to be printed or shown."""
    row = await _read(tx, who, code)
    if row["qr_code"] is None:
        raise NotMadeYet(live_code=code)
    picture = io.BytesIO()
    segno.make(row["qr_code"], error="m", micro=False).save(picture, kind="svg", scale=8, xmldecl=False)
    return Response(picture.getvalue(), media_type="image/svg+xml")


async def _read(tx: Tx, who: Caller, code: str) -> Row:
    row = await queries.read(tx, who.brand_id, code)
    if row is None or not who.serves(row["shop_id"]):
        raise NotFound(what="live code")
    return row
