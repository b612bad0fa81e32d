"""Sheets as they are read: nothing lost, nothing run."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.directory.bulk.rules import SheetColumns, decoded, neutral, rows_of, sheet_of, values_of

CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
NAMED = frozenset({"code", "name"})
# By chance a text hardly ever begins with one of the few letters that make a formula.
PERHAPS_FORMULAS = st.builds(
    str.__add__, st.sampled_from(["", "=", "+", "-", "@", "\t", "\r", "'"]), st.text(max_size=20)
)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=20))
def test_a_sheet_comes_back_as_it_went_out(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("code", "name"), *rows])
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        try:
            sheet = decoded(out.getvalue().encode(encoding))
        except UnicodeEncodeError:
            continue
        if encoding == "gb18030" and sheet != out.getvalue():
            continue  # bytes that are UTF-8 by chance are taken for it
        read = [row.cells for row in rows_of(sheet, NAMED, frozenset())]
        filled = [{"code": code.strip(), "name": name.strip()} for code, name in rows if code.strip() or name.strip()]
        assert read == [{column: cell for column, cell in row.items() if cell} for row in filled]


@given(PERHAPS_FORMULAS)
def test_no_cell_going_out_begins_like_a_formula(cell: str) -> None:
    assert not neutral(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert neutral(cell).removeprefix("'") == cell.removeprefix("'")
    (row,) = csv.reader(io.StringIO(sheet_of([[cell, "x"]]).removeprefix("\ufeff"), newline=""))
    assert row == [neutral(cell), "x"]


@given(st.integers(-180_000_000, 180_000_000))
@example(128_000_003)  # a float makes it 128.00000299…
def test_degrees_become_millionths_without_drift(longitude_e6: int) -> None:
    sign, (whole, part) = "-" if longitude_e6 < 0 else "", divmod(abs(longitude_e6), 1_000_000)
    assert values_of({"longitude": f"{sign}{whole}.{part:06}"}) == {"longitude_e6": longitude_e6}


@pytest.mark.parametrize("cell", ["east", "nan", "Infinity", "1e999999", "1,5"])
def test_what_is_no_number_stays_what_it_is_and_is_refused_later(cell: str) -> None:
    value = values_of({"longitude": cell})["longitude_e6"]
    assert value == cell


def test_columns_are_told_apart_before_any_row_is_read() -> None:
    with pytest.raises(SheetColumns) as refused:
        list(rows_of("code,title\nA,b\n", NAMED, frozenset()))
    assert refused.value.facts == {"missing": "name", "unknown": "title"}
