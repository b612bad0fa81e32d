"""Tickets and stock that a foreign producer writes to a brand's inbox: taken as from a till, or put aside."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError

from services.inventory_sharing.stock.schemas import WRITTEN_EXAMPLE as STOCK_EXAMPLE
from services.trade.ticket.schemas import WRITTEN_EXAMPLE
from shared.events.trade import TicketPaid, TicketReturned
from shared.ids import new_id
from tests.contract.brokers import LazyBroker
from tests.contract.inboxes import Foreign, administering, until, writing
from tests.services.tickets import shop_saved
from tests.services.trade.test_tickets import going_back, line, ticket
from tests.world import Chain, World

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

README = Path(__file__).parents[2] / "deploy" / "kafka" / "README.md"


@pytest_asyncio.fixture
async def erp(world: World, broker: LazyBroker) -> AsyncIterator[Foreign]:
    """A brand whose ERP writes tickets."""
    async with writing(world, await broker.address()) as foreign:
        yield foreign


@pytest_asyncio.fixture
async def stockroom(world: World, broker: LazyBroker) -> AsyncIterator[Foreign]:
    """A brand whose ERP writes stock."""
    async with writing(world, await broker.address(), "inventory_sharing") as foreign:
        yield foreign


def written(body: dict[str, Any], shop: str = "HZ001", till: str = "T1") -> dict[str, Any]:
    return {"shop": shop, "till": till, "ticket": body}


async def flags(erp: Foreign) -> dict[str, list[str]]:
    rows = await erp.world.rows("select number, flags from trade.ticket where brand_id = $1", erp.chain.brand_id)
    return {row["number"]: row["flags"] for row in rows}


async def by_kcat(erp: Foreign, value: bytes) -> None:
    """Write one record, a line, as somebody with a shell does."""
    if not shutil.which("kcat"):
        pytest.fail("kcat, which is to write to us, is missing. `apt-get install kcat` installs it.")
    process = await asyncio.create_subprocess_exec(
        *("kcat", "-b", erp.address, "-P", "-t", erp.topic.name),
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complained = await asyncio.wait_for(process.communicate(value), 30)
    assert process.returncode == 0, complained.decode()


def example_of_the_contract() -> dict[str, Any]:
    """The ticket that the section "Writing to us" shows."""
    lines = README.read_text(encoding="utf-8").splitlines()
    begin = next(place for place, text in enumerate(lines) if text.startswith('    {"shop"'))
    example: dict[str, Any] = json.loads("".join(lines[begin : lines.index("", begin)]))
    return example


async def test_the_example_of_the_contract_is_taken_as_if_its_till_had_posted_it(erp: Foreign) -> None:
    example = example_of_the_contract()
    await by_kcat(erp, json.dumps(example).encode())
    erp.read()
    await erp.taken(1)
    (paid,) = await erp.world.said(TicketPaid, erp.chain.brand_id)
    assert (paid.shop_id, paid.till, paid.number, paid.total_fen) == (erp.shop_id, "T1", "000123", 399)
    again = await erp.chain.till(erp.shop_id).post("/trade/v1/tickets", json=example["ticket"])
    assert (again.status_code, again.json()["ticket_id"]) == (201, str(paid.ticket_id))
    assert len(await erp.world.said(TicketPaid, erp.chain.brand_id)) == 1


async def test_the_example_of_the_asyncapi_document_is_taken_too(erp: Foreign) -> None:
    await erp.write(WRITTEN_EXAMPLE)
    erp.read()
    await erp.taken(1)
    assert list(await flags(erp)) == ["000123"]


async def test_kafkas_own_tools_see_how_far_an_inbox_is_read(erp: Foreign) -> None:
    await erp.write(written(ticket("1", line())), b"{")
    erp.read()

    async def is_told() -> bool:
        async with administering(erp.address) as admin:
            place = TopicPartition(erp.topic.name, 0)
            try:
                found = await admin.list_consumer_group_offsets(f"siyu.trade.{erp.topic.name}", partitions=[place])
            except GroupCoordinatorNotAvailableError:
                return False
            return place in found and found[place].offset == 2

    await until(is_told)


async def test_what_is_said_names_the_record_that_caused_it(erp: Foreign) -> None:
    await erp.write(written(ticket("1", line())))
    erp.read()
    await erp.taken(1)
    (row,) = await erp.world.rows(
        "select cause, trace from trade.log where type = $1 and body like $2",
        TicketPaid.TYPE,
        f"%{erp.chain.brand_id}%".encode(),
    )
    assert len(row["cause"]) == len(str(new_id()))
    assert row["trace"].startswith("00-")


async def test_wrong_content_is_stored_and_flagged_as_at_the_till(erp: Foreign) -> None:
    odd = ticket("1", line("unheard-of", gross_fen=400), total_fen=345, rounding_fen=-4)
    stranger = ticket("2", member={"kind": "card", "value": "nobody"})
    lost = going_back("3", "never sold", line(amount_fen=-350, quantity_milli=-1000))
    await erp.write(*map(written, (odd, stranger, lost)))
    erp.read()
    await erp.taken(3)
    assert await flags(erp) == {
        "1": ["line_off", "rounded", "tender_off", "total_off", "unknown_sku"],
        "2": ["unknown_member"],
        "3": ["unknown_sku", "original_unknown"],
    }


async def test_a_return_and_a_void_go_back_to_tickets_that_tills_posted(erp: Foreign) -> None:
    till = erp.chain.till(erp.shop_id)
    for number in ("1", "2"):
        await till.post("/trade/v1/tickets", json=ticket(number, line()))
    back = going_back("3", "1", line(amount_fen=-350, quantity_milli=-1000))
    await erp.write(written(back), written(going_back("4", "2", kind="void")))
    erp.read()
    await erp.taken(2)
    returned = await erp.world.said(TicketReturned, erp.chain.brand_id)
    assert [(fact.reason, fact.total_fen, fact.is_whole) for fact in returned] == [
        ("return", 350, True), ("void", 350, True),
    ]  # fmt: skip


async def test_a_repeat_changes_nothing_and_what_differs_is_kept_for_review(erp: Foreign) -> None:
    once, other = ticket("1", line()), ticket("1", line(amount_fen=999))
    await erp.write(*map(written, (once, once, other, once)))
    erp.read()
    await erp.taken(4)
    assert await erp.dead() == []
    assert [fact.total_fen for fact in await erp.world.said(TicketPaid, erp.chain.brand_id)] == [350]
    kept = await erp.chain.head_office().get(f"/trade/v1/shops/{erp.shop_id}/differing-tickets")
    assert [item["ticket"]["total_fen"] for item in kept.json()["items"]] == [999]


async def test_a_till_that_posts_the_same_ticket_at_the_same_instant_makes_no_dead_letter(erp: Foreign) -> None:
    sale = ticket("1", line())
    erp.read()
    async with erp.world.admin.acquire() as gate, gate.transaction():
        await gate.execute("select from trade.log_head for update")  # so the till's ticket is stored, and not committed
        posting = asyncio.create_task(erp.chain.till(erp.shop_id).post("/trade/v1/tickets", json=sale))
        await until(partial(_await_each_other, erp, 1))
        await erp.write(written(sale))
        await until(partial(_await_each_other, erp, 2))
    assert (await posting).status_code == 201
    await erp.taken(1)
    assert await erp.dead() == []
    assert [fact.number for fact in await erp.world.said(TicketPaid, erp.chain.brand_id)] == ["1"]


async def _await_each_other(erp: Foreign, count: int) -> bool:
    sql = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    return len(await erp.world.rows(sql)) == count


async def test_unreadable_records_are_put_aside_with_their_bytes_and_the_rest_goes_on(erp: Foreign) -> None:
    good = written(ticket("1", line()))
    await erp.write(b"\xff\xfe", b"{")
    await erp.write(None, key=b"a tombstone")
    await erp.write({**good, "brand_id": str(new_id())}, good)
    erp.read()
    await erp.taken(5)
    dead = await erp.has_dead(4)
    assert list(await flags(erp)) == ["1"]
    reasons = ["malformed", "truncated", "has no value", "unknown field `brand_id`"]
    for letter, reason in zip(dead, reasons, strict=True):
        assert reason in letter["error"].lower(), letter["error"]
    opened = await erp.keeper().get(f"/trade/v1/dead-letters/{dead[0]['event_id']}")
    assert opened.json()["body"] == r"\xff\xfe"


async def test_a_record_too_large_to_be_read_is_put_aside_and_the_rest_goes_on(erp: Foreign) -> None:
    await erp.delete_topic()
    await erp.make_topic(**{"max.message.bytes": str(2**24)})
    await erp.write(b"x" * 10_000_000, written(ticket("1", line())))
    erp.read()
    await erp.taken(2)
    (letter,) = await erp.has_dead(1)
    assert "10,000,000 bytes" in letter["error"]
    assert len(letter["body"]) == 10_000_000
    assert list(await flags(erp)) == ["1"]


async def test_another_brands_shop_never_gets_a_ticket_and_nothing_is_told_of_it(erp: Foreign) -> None:
    other = Chain(erp.world)
    theirs = shop_saved(other, code="SH777")
    await erp.world.say(theirs)
    await erp.world.settled()
    await erp.write(written(ticket("1", line()), shop="SH777"))
    erp.read()
    (letter,) = await erp.has_dead(1)
    assert "the brand has no shop SH777" in letter["error"]
    assert await erp.world.rows("select 1 from trade.ticket where shop_id = $1", theirs.shop_id) == []


async def test_a_shop_that_is_named_later_gets_its_tickets_then_and_in_order(erp: Foreign) -> None:
    await erp.write(written(ticket("1", line()), "NEW"), written(ticket("2", line()), "NEW"), key=b"NEW")
    await erp.write(written(ticket("3", line())))
    erp.read()
    await erp.has_dead(2)
    assert list(await flags(erp)) == ["3"]
    await erp.world.say(shop_saved(erp.chain, code="NEW"))
    await erp.has_dead(0)
    assert [fact.number for fact in await erp.world.said(TicketPaid, erp.chain.brand_id)] == ["3", "1", "2"]


async def test_a_dead_letter_holds_up_what_has_its_key_and_nothing_without_one(erp: Foreign) -> None:
    await erp.write(b"{", written(ticket("1", line())), key=b"\xffHZ\x00001")
    await erp.write(b"{", written(ticket("2", line())))
    erp.read()
    await erp.taken(4)
    dead = await erp.has_dead(3)
    assert list(await flags(erp)) == ["2"]
    assert [letter["key"] for letter in dead[:2]] == [r"\xffHZ\x00001"] * 2
    await erp.keeper().post(f"/trade/v1/dead-letters/{dead[0]['event_id']}:drop")
    await erp.has_dead(1)
    assert sorted(await flags(erp)) == ["1", "2"]


def counted(shop_id: object, milli: int, **more: Any) -> dict[str, Any]:
    change = {"kind": "counted", "lines": [{"sku": "milk", "quantity_milli": milli}]} | more
    return {"shop_id": str(shop_id), "change_id": str(new_id()), "change": change}


async def on_hand(stockroom: Foreign) -> dict[str, int]:
    answer = await stockroom.chain.head_office().get(f"/inventory-sharing/v1/shops/{stockroom.shop_id}/stock")
    return {item["sku"]: item["on_hand_milli"] for item in answer.json()["items"]}


async def test_stock_is_counted_received_and_written_off_through_an_inbox_each_change_once(stockroom: Foreign) -> None:
    shop_id = stockroom.shop_id
    received = counted(shop_id, 500, kind="received")
    await stockroom.write(
        counted(shop_id, 7_000), received, received, counted(shop_id, 100, kind="written_off"), received
    )
    await stockroom.write({**STOCK_EXAMPLE, "shop_id": str(shop_id)})
    stockroom.read()
    await stockroom.taken(6)
    assert await stockroom.dead() == []
    assert await on_hand(stockroom) == {"milk": 7_400, "1029743": 12_000}
    assert (await stockroom.chain.head_office().get("/inventory-sharing/v1/reconciliation")).json() == []


async def test_a_change_that_differs_sells_or_belongs_elsewhere_is_put_aside(stockroom: Foreign) -> None:
    first = counted(stockroom.shop_id, 7_000)
    differs = counted(stockroom.shop_id, 1) | {"change_id": first["change_id"]}
    theirs = shop_saved(Chain(stockroom.world))
    await stockroom.world.say(theirs)
    await stockroom.world.settled()
    odd = [counted(stockroom.shop_id, 1, kind="sold"), counted(theirs.shop_id, 5), {"shop_id": 5}]
    await stockroom.write(first, differs, *odd)
    stockroom.read()
    dead = await stockroom.has_dead(4)
    reasons = ["change_differs", "only a ticket sells", "the brand has no shop", "shop_id"]
    for letter, reason in zip(dead, reasons, strict=True):
        assert reason in letter["error"], letter["error"]
    assert await on_hand(stockroom) == {"milk": 7_000}
    elsewhere = "select 1 from inventory_sharing.stock where shop_id = $1"
    assert await stockroom.world.rows(elsewhere, theirs.shop_id) == []


async def test_what_an_inbox_says_reaches_everybody_who_hears_of_tickets(erp: Foreign) -> None:
    await erp.write(written(ticket("1", line())))
    erp.read()

    async def has_sold() -> bool:
        sql = "select 1 from inventory_sharing.stock where shop_id = $1 and sku = 'milk' and on_hand_milli = -1000"
        return bool(await erp.world.rows(sql, erp.shop_id))

    await until(has_sold)
