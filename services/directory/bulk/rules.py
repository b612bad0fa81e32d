"""Reading a sheet: CSV as spreadsheets write it, in UTF-8 or GB18030. A bad row never holds up good ones."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from shared.errors import Refusal
from shared.words import Language, Words

MOST_ROWS = 10_000
MOST_BYTES = 2**23
_LONGEST_SHOWN = 40
_WHOLE_CIRCLE = 360
_LISTS = frozenset({"roles", "shops", "hours"})
_DEGREES = MappingProxyType({"longitude": "longitude_e6", "latitude": "latitude_e6"})
_PLAIN = MappingProxyType({"是": "true", "否": "false"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_CODE = Words("1–64 个字符的编码", "a code of 1 to 64 characters")
_YES_OR_NO = Words("true 或 false", "true or false")
EXPECTED: Mapping[str, Words] = MappingProxyType(
    {
        "code": _CODE,
        "sku": _CODE,
        "region": _CODE,
        "branch": _CODE,
        "area": _CODE,
        "partner": _CODE,
        "name": Words("1–200 个字符的名称", "a name of 1 to 200 characters"),
        "zone": Words("IANA 时区，如 Asia/Shanghai", "an IANA time zone such as Asia/Shanghai"),
        "cutover_minutes": Words("0–719 的整数", "a whole number from 0 to 719"),
        "longitude_e6": Words("经度 -180 至 180", "a longitude from -180 to 180"),
        "latitude_e6": Words("纬度 -90 至 90", "a latitude from -90 to 90"),
        "hours": Words(
            "如 09:00-22:00，或周一至周日七项以空格分隔",
            "such as 09:00-22:00, or seven of them from Monday on with spaces between",
        ),
        "deliveries_per_hour": Words("0–10000 的整数", "a whole number from 0 to 10000"),
        "is_open": _YES_OR_NO,
        "roles": Words(
            "head_office、regional_manager、store_manager、guide、operator，以空格分隔",
            "head_office, regional_manager, store_manager, guide or operator, with spaces between",
        ),
        "shops": Words("门店编码，以空格分隔；all 表示全部", "codes of shops with spaces between; all for every shop"),
        "joined_on": Words("日期，如 2026-11-24", "a day such as 2026-11-24"),
        "has_left": _YES_OR_NO,
        "unit": Words("each、kg、l 或 m", "each, kg, l or m"),
        "product_class": Words("不超过 100 个字符的品类", "a class of at most 100 characters"),
        "is_goods": _YES_OR_NO,
    }
)


class Kind(StrEnum):
    """What a sheet lists."""

    SHOPS = "shops"
    STAFF = "staff"
    PARTNERS = "partners"
    PRODUCTS = "products"


class SheetUnreadable(Refusal):
    """It is no text in an encoding that we know."""

    code = "directory.sheet_unreadable"
    status = 400
    words = Words(
        "无法读取文件：请另存为 CSV（UTF-8 或 GB18030）后重试。",
        "Cannot read the file: save it as CSV in UTF-8 or GB18030 and send it again.",
    )


class SheetColumns(Refusal):
    """Its first row does not name the columns that there are."""

    code = "directory.sheet_columns"
    status = 422
    words = Words(
        "首行列名不符。缺少：{missing}；无法识别：{unknown}。",
        "The first row must name the columns. Missing: {missing}; unknown: {unknown}.",
    )


class SheetTooLong(Refusal):
    """It has more rows than one post may."""

    code = "directory.sheet_too_long"
    status = 413
    words = Words("超过 {most} 行，请拆分后分次导入。", "More than {most} rows: import it in parts.")


class RowRagged(Refusal):
    """The row has more cells than the first one."""

    code = "directory.row_ragged"
    words = Words("单元格比列名多，请检查逗号与引号。", "More cells than columns: check commas and quotes.")


class QuoteOpen(Refusal):
    """A quote is not closed: from here on there is no telling rows apart."""

    code = "directory.quote_open"
    words = Words("引号未闭合，此行及以后未读取。", "A quote is not closed: this row and what follows were not read.")


class RowTwice(Refusal):
    """An earlier row has the same code."""

    code = "directory.row_twice"
    words = Words("编码 {named} 在第 {line} 行已出现。", "Line {line} has {named} already.")


class CellMissing(Refusal):
    """A cell that must be filled is empty."""

    code = "directory.cell_missing"
    words = Words("{column} 不能为空。", "{column} must not be empty.")


class CellInvalid(Refusal):
    """A cell holds what can't be there."""

    code = "directory.cell_invalid"
    words = Words("{column}“{cell}”无效，应为{expected}。", '{column} "{cell}" is not {expected}.')

    def say(self, language: Language) -> str:
        """With what is expected, in the same language."""
        column = str(self.facts["column"])
        return self.words.say(language, **{**self.facts, "expected": EXPECTED[column].say(language)})


class SheetRow(NamedTuple):
    """A row by the line it begins on: its cells by column, and what is wrong with it as a row."""

    line: int
    cells: Mapping[str, str]
    refusal: Refusal | None = None


def decoded(sheet: bytes) -> str:
    """The text; raises `SheetUnreadable`."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return sheet.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetUnreadable


def rows_of(text: str, required: frozenset[str], optional: frozenset[str]) -> Iterator[SheetRow]:
    """The rows below the first, which names the columns; raises what is wrong with the sheet as a whole."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [name.strip() for name in next(lines, [])]
    except csv.Error as error:
        raise SheetUnreadable from error
    _must_fit(columns, required, optional)
    for count in range(MOST_ROWS + 1):
        line = lines.line_num + 1
        try:
            cells = next(lines, None)
        except csv.Error:
            yield SheetRow(line, {}, QuoteOpen())
            return
        if cells is None:
            return
        if count == MOST_ROWS:
            raise SheetTooLong(most=MOST_ROWS)
        if any(cell.strip() for cell in cells):
            yield _row(line, columns, cells)


def values_of(cells: Mapping[str, str]) -> dict[str, object]:
    """Cells as values to be checked: lists split, degrees in millionths, empty cells left out."""
    values: dict[str, object] = {}
    for column, cell in cells.items():
        if column in _DEGREES:
            values[_DEGREES[column]] = _millionths(cell)
        elif column == "shops" and cell == "all":
            values[column] = None
        elif column in _LISTS:
            values[column] = cell.split()
        else:
            values[column] = _PLAIN.get(cell, cell)
    return values


def cell_refused(column: str, cell: object) -> Refusal:
    """What is wrong with a cell."""
    return CellInvalid(column=column, cell=str(cell)[:_LONGEST_SHOWN])


def sheet_of(rows: Sequence[Sequence[str]]) -> str:
    """A sheet going out; no cell of it is taken for a formula by whoever opens it."""
    out = io.StringIO()
    csv.writer(out).writerows([neutral(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def neutral(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would run."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _must_fit(columns: Sequence[str], required: frozenset[str], optional: frozenset[str]) -> None:
    missing = required - set(columns)
    unknown = [name for index, name in enumerate(columns) if name not in required | optional or name in columns[:index]]
    if missing or unknown:
        raise SheetColumns(missing=", ".join(sorted(missing)) or "-", unknown=", ".join(unknown)[:200] or "-")


def _row(line: int, columns: Sequence[str], cells: Sequence[str]) -> SheetRow:
    is_ragged = any(cell.strip() for cell in cells[len(columns) :])
    named = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if cell.strip()}
    return SheetRow(line, named, RowRagged() if is_ragged else None)


def _millionths(cell: str) -> object:
    try:
        degrees = Decimal(cell)
    except InvalidOperation:
        return cell
    if not degrees.is_finite() or abs(degrees) > _WHOLE_CIRCLE:  # before a number of a million digits is made
        return cell
    return int((degrees * 1_000_000).to_integral_value())
