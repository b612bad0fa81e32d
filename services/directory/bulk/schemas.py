"""What the route of imports takes and gives."""

from enum import StrEnum
from typing import Annotated

from fastapi import Body
from pydantic import BaseModel

from services.directory.bulk.rules import MOST_BYTES, Kind

SHEET_EXAMPLE = "code,name,area,longitude,latitude\nHZ001,湖滨店,hangzhou,120.15,30.25\n"

Sheet = Annotated[
    bytes,
    Body(
        media_type="text/csv",
        max_length=MOST_BYTES,
        description="the first row names the columns; UTF-8 or GB18030",
        examples=[SHEET_EXAMPLE],
    ),
]


class Result(StrEnum):
    """What became of a row."""

    SAVED = "saved"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class RowOut(BaseModel):
    """A row by its line in the sheet, and why it was refused, if it was."""

    line: int
    code: str
    result: Result
    problem: str | None = None
    detail: str | None = None


class ReportOut(BaseModel):
    """What became of the sheet."""

    kind: Kind
    saved: int
    unchanged: int
    refused: int
    rows: list[RowOut]
