"""Sheets: every row answered for, bad rows hold up no good ones."""

import csv
import io
from time import perf_counter
from typing import Any

import httpx

from shared.events.directory import PartnerSaved, ShopSaved, SkuSaved, StaffSaved
from tests.services.directory.organisation import Organisation

HEAD = "code,name,area,longitude,latitude,hours,is_open\n"


async def send(organisation: Organisation, kind: str, sheet: str | bytes, **headers: str) -> httpx.Response:
    content = sheet.encode() if isinstance(sheet, str) else sheet
    sent = {"Content-Type": "text/csv", "Accept-Language": "en"} | headers
    return await organisation.head_office.post(f"/directory/v1/imports/{kind}", content=content, headers=sent)


def results(answer: httpx.Response) -> list[tuple[int, str, str, str | None]]:
    assert answer.status_code == 200, answer.text
    return [(row["line"], row["code"], row["result"], row["problem"]) for row in answer.json()["rows"]]


async def test_three_thousand_shops_come_in_one_go_and_again_unchanged(organisation: Organisation) -> None:
    await organisation.put("/areas/hangzhou", name="杭州")
    rows = [f"S{number:04},门店 {number},hangzhou,120.{number:04},30.25,,\n" for number in range(3000)]
    began = perf_counter()
    first = await send(organisation, "shops", HEAD + "".join(rows))
    took_s = perf_counter() - began
    again = await send(organisation, "shops", HEAD + "".join(rows))
    counts = [{name: answer.json()[name] for name in ("saved", "unchanged", "refused")} for answer in (first, again)]
    assert counts == [
        {"saved": 3000, "unchanged": 0, "refused": 0},
        {"saved": 0, "unchanged": 3000, "refused": 0},
    ]
    said = await organisation.world.said(ShopSaved, organisation.chain.brand_id)
    assert len({fact.shop_id for fact in said}) == len(said) == 3000
    assert said[0].longitude_e6 == 120_000_000
    assert took_s < 5


async def test_bad_rows_are_refused_with_their_reason_and_good_ones_saved(organisation: Organisation) -> None:
    sheet = HEAD + (
        "A,Good,,120.1,30.2,,yes\n"
        "B,Lost,nowhere,120.1,30.2,,\n"
        ",Nameless,,120.1,30.2,,\n"
        "\n"
        "C,,,120.1,30.2,,\n"
        "D,North of north,,120.1,90.5,,\n"
        "E,No number,,east,30.2,,\n"
        'F,"Two\nlines",,120.1,30.2,,\n'
        "A,Again,,120.1,30.2,,\n"
        "G,Ragged,,120.1,30.2,,,,x\n"
        "H,Hours,,120.1,30.2,9-22,\n"
        "I,Good too,,120.1,30.2,09:00-24:00,否\n"
        'J,"open quote\n'
    )
    answer = await send(organisation, "shops", sheet)
    assert results(answer) == [
        (2, "A", "saved", None),
        (3, "B", "refused", "directory.unknown_code"),
        (4, "", "refused", "directory.cell_missing"),
        (6, "C", "refused", "directory.cell_missing"),
        (7, "D", "refused", "directory.cell_invalid"),
        (8, "E", "refused", "directory.cell_invalid"),
        (9, "F", "refused", "directory.cell_invalid"),
        (11, "A", "refused", "directory.row_twice"),
        (12, "G", "refused", "directory.row_ragged"),
        (13, "H", "refused", "directory.cell_invalid"),
        (14, "I", "saved", None),
        (15, "", "refused", "directory.quote_open"),
    ]
    said = await organisation.world.said(ShopSaved, organisation.chain.brand_id)
    assert {(fact.code, fact.is_open) for fact in said} == {("A", True), ("I", False)}


async def test_reasons_come_in_the_callers_language(organisation: Organisation) -> None:
    sheet = HEAD + "D,North of north,,120.1,90.5,,\n"
    spoken = [await send(organisation, "shops", sheet, **{"Accept-Language": tag}) for tag in ("en", "zh-CN")]
    assert [answer.json()["rows"][0]["detail"] for answer in spoken] == [
        'latitude_e6 "90500000" is not a latitude from -90 to 90.',
        "latitude_e6“90500000”无效，应为纬度 -90 至 90。",
    ]


async def test_sheets_as_spreadsheets_write_them_are_read(organisation: Organisation) -> None:
    sheet = "code,name\r\nP01,四季合作商\r\n"
    for number, content in enumerate((sheet.encode("gb18030"), sheet.encode("utf-8-sig"), sheet.encode())):
        answer = await send(organisation, "partners", content)
        assert results(answer) == [(2, "P01", "unchanged" if number else "saved", None)]
    (said,) = await organisation.world.said(PartnerSaved, organisation.chain.brand_id)
    assert said.name == "四季合作商"


async def test_staff_and_products_come_by_sheet_too(organisation: Organisation) -> None:
    await organisation.shop("HZ001")
    await organisation.shop("HZ002")
    staff = (
        "code,name,roles,shops,joined_on,has_left\n"
        "li,李,guide store_manager,HZ001 HZ002,2026-01-31,\n"
        "wang,王,regional_manager,all,,\n"
        "zhao,赵,emperor,all,,\n"
        "qian,钱,guide,,,\n"
    )
    answer = await send(organisation, "staff", staff)
    assert results(answer) == [
        (2, "li", "saved", None),
        (3, "wang", "saved", None),
        (4, "zhao", "refused", "directory.cell_invalid"),
        (5, "qian", "refused", "directory.cell_missing"),
    ]
    brand_id = organisation.chain.brand_id
    said = {fact.code: fact for fact in await organisation.world.said(StaffSaved, brand_id)}
    assert (len(said["li"].shop_ids or []), said["wang"].shop_ids) == (2, None)
    products = "sku,name,unit,is_goods\n1029743,牛奶,each,true\nPOST,邮费,,false\nX,x,stone,\n"
    answer = await send(organisation, "products", products)
    assert [row[2] for row in results(answer)] == ["saved", "saved", "refused"]
    goods = {fact.sku: (fact.unit, fact.is_goods) for fact in await organisation.world.said(SkuSaved, brand_id)}
    assert goods == {"1029743": ("each", True), "POST": ("each", False)}


async def test_a_sheet_with_other_columns_or_no_text_is_refused_as_a_whole(organisation: Organisation) -> None:
    answers: list[Any] = [
        await send(organisation, "partners", "code,title\nP01,x\n"),
        await send(organisation, "partners", "code,name,name\nP01,x,y\n"),
        await send(organisation, "partners", b"\x81\xff\xff"),
        await send(organisation, "partners", "code,name\n" + "P,x\n" * 10_001),
        await send(organisation, "elephants", "code,name\n"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (422, "directory.sheet_columns"),
        (422, "directory.sheet_columns"),
        (400, "directory.sheet_unreadable"),
        (413, "directory.sheet_too_long"),
        (422, "unreadable"),
    ]
    assert await organisation.world.said(PartnerSaved, organisation.chain.brand_id) == []


async def test_the_report_as_a_sheet_holds_no_formulas(organisation: Organisation) -> None:
    sheet = "code,name\n=HYPERLINK(1),x\n@x,x\n+1,x\n-1,x\nP01,x\n"
    answer = await send(organisation, "partners", sheet, Accept="text/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row[1] for row in rows] == ["code", "'=HYPERLINK(1)", "'@x", "'+1", "'-1", "P01"]
