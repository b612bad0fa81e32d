"""Bulk import over HTTP."""

from typing import Annotated

from fastapi import Header
from starlette.requests import Request
from starlette.responses import Response

from services.directory.bulk import flows
from services.directory.bulk.rules import Kind, sheet_of
from services.directory.bulk.schemas import ReportOut, Sheet
from shared.auth.caller import HEAD_OFFICE
from shared.events.event import Asked
from shared.http import Asking, Doors, Spoken, Who

doors = Doors("/directory/v1", "bulk")

Accept = Annotated[str, Header(max_length=1000, description="`text/csv` for the report as a sheet")]

_TITLES = ("line", "code", "result", "problem", "detail")


@doors.flow("/imports/{kind}", who=HEAD_OFFICE, natural_key="the codes of the rows", response_model=ReportOut)
async def import_sheet(
    kind: Kind,
    sheet: Sheet,
    request: Request,
    who: Who,
    asking: Asking,
    language: Spoken,
    accept: Accept = "application/json",
) -> ReportOut | Response:
    """Shops, staff, partners or products from CSV, with a report row by row; bad rows never hold up good ones."""
    asked = Asked(request.state.request_id, request.state.trace)
    read, outcome = await flows.import_sheet(asking, who.brand_id, kind, sheet, asked)
    report = flows.report(kind, read, outcome, language)
    if "text/csv" not in accept:
        return report
    rows = [[str(row.line), row.code, row.result, row.problem or "", row.detail or ""] for row in report.rows]
    return Response(sheet_of([_TITLES, *rows]), media_type="text/csv; charset=utf-8")
