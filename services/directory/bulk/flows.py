"""Importing a sheet: read every row, save all that can be, report on each."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from services.directory.brand.schemas import Code
from services.directory.bulk.rules import (
    CellMissing,
    Kind,
    RowTwice,
    SheetRow,
    cell_refused,
    decoded,
    rows_of,
    values_of,
)
from services.directory.bulk.schemas import ReportOut, Result, RowOut
from services.directory.catalogue import actions as catalogue
from services.directory.catalogue.schemas import SkuIn
from services.directory.partner import actions as partner
from services.directory.partner.schemas import PartnerIn
from services.directory.shop import actions as shop
from services.directory.shop.rules import Outcome
from services.directory.shop.schemas import ShopIn
from services.directory.staff import flows as staff
from services.directory.staff.schemas import StaffIn
from shared.context import Context
from shared.db import Tx
from shared.errors import Refusal
from shared.events.event import Asked
from shared.words import Language

_MODELS: Mapping[Kind, type[BaseModel]] = MappingProxyType(
    {Kind.SHOPS: ShopIn, Kind.STAFF: StaffIn, Kind.PARTNERS: PartnerIn, Kind.PRODUCTS: SkuIn}
)
_DEGREES = frozenset({"longitude", "latitude"})
_POSITION = frozenset({"longitude_e6", "latitude_e6"})
_code: TypeAdapter[str] = TypeAdapter(Code)


class Line(NamedTuple):
    """A row of the sheet by its line, and which code it is about."""

    line: int
    code: str
    refusal: Refusal | None


@dataclass
class Read:
    """A sheet as it was read: what can be saved, and every line in order."""

    items: dict[str, Any] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


async def import_sheet(
    context: Context, brand_id: UUID, kind: Kind, sheet: bytes, asked: Asked
) -> tuple[Read, Outcome]:
    """Save what a sheet says, in one go; rows that can't be read or lead nowhere hold up no other."""
    read = await asyncio.to_thread(_read, kind, sheet)  # thousands of rows would hold up everybody else
    return read, await _save(context, brand_id, kind, read.items, asked)


def report(kind: Kind, read: Read, outcome: Outcome, language: Language) -> ReportOut:
    """What became of each row, in the caller's language."""
    rows = [_told(line, outcome, language) for line in read.lines]
    counted = Counter(row.result for row in rows)
    return ReportOut(
        kind=kind,
        saved=counted[Result.SAVED],
        unchanged=counted[Result.UNCHANGED],
        refused=counted[Result.REFUSED],
        rows=rows,
    )


async def _save(context: Context, brand_id: UUID, kind: Kind, items: Mapping[str, Any], asked: Asked) -> Outcome:
    if not items:
        return Outcome(frozenset(), {})
    if kind is Kind.STAFF:
        return await staff.save_staff(context, brand_id, items, asked)

    async def save(tx: Tx) -> Outcome:
        if kind is Kind.SHOPS:
            return await shop.save_shops(tx, brand_id, items)
        save_plain = partner.save_partners if kind is Kind.PARTNERS else catalogue.save_skus
        return Outcome(await save_plain(tx, brand_id, items), {})

    return await context.database.act(save, *asked)


def _read(kind: Kind, sheet: bytes) -> Read:
    model = _MODELS[kind]
    key = "sku" if kind is Kind.PRODUCTS else "code"
    required = {name for name, told in model.model_fields.items() if told.is_required()}
    optional = set(model.model_fields) - required
    if kind is Kind.SHOPS:  # a position comes in degrees, or in millionths as the API has it
        required, optional = required - _POSITION, optional | _POSITION | _DEGREES
    read, lines_by_code = Read(), dict[str, int]()
    for row in rows_of(decoded(sheet), frozenset(required | {key}), frozenset(optional)):
        named = row.cells.get(key, "")
        first = lines_by_code.setdefault(named, row.line)
        try:
            if named and first != row.line:
                raise RowTwice(named=named, line=first)
            read.items[named] = _item(row, key, model)
        except Refusal as refusal:
            read.lines.append(Line(row.line, named, refusal))
        else:
            read.lines.append(Line(row.line, named, None))
    return read


def _item(row: SheetRow, key: str, model: type[BaseModel]) -> BaseModel:
    """What a row says; raises why it can't be."""
    if row.refusal is not None:
        raise row.refusal
    if key not in row.cells:
        raise CellMissing(column=key)
    cells = {column: cell for column, cell in row.cells.items() if column != key}
    try:
        _code.validate_python(row.cells[key])
    except ValidationError as error:
        raise cell_refused(key, row.cells[key]) from error
    try:
        return model.model_validate(values_of(cells), strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        column = str(first["loc"][0])
        raise (
            CellMissing(column=column) if first["type"] == "missing" else cell_refused(column, first["input"])
        ) from error


def _told(line: Line, outcome: Outcome, language: Language) -> RowOut:
    refusal = line.refusal or outcome.refused.get(line.code)
    if refusal is not None:
        detail = refusal.say(language)
        return RowOut(line=line.line, code=line.code, result=Result.REFUSED, problem=refusal.code, detail=detail)
    result = Result.SAVED if line.code in outcome.changed else Result.UNCHANGED
    return RowOut(line=line.line, code=line.code, result=result)
