"""The verdict finds nothing where all went well, and each thing that is wrong by the check that looks there."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from deploy.demo.journal import Journal
from deploy.suite.services import all_services
from shared.clock import system_now
from shared.ids import new_id
from tests.faults.expected import Expected, expect
from tests.faults.papers import TILL_CODE, Papers
from tests.faults.test_faults import SALE
from tests.faults.verdict import Verdict, look
from tests.world import Chain, living_world

CARD = "8800000123"

STANDS = "every acknowledged ticket stands once, nothing else does"
MEMBERS = "each is its member's"
SAID = "each is said once"
ORDER = "a ticket's story is in order"
DENSE = "logs are dense"
POSTED = "each is posted once, balanced"
STOCK = "stock"
POINTS = "points and growth"
DEAD = "nothing is dead"

# A sale at which nobody showed a card, and the story of the one of which all came back in two returns.
LONELY = "(select ticket_id from trade.ticket where member_id is null order by ticket_id limit 1)"
STORY = """with story as (
  select part, off, type, body, row_number() over (order by off) as place from trade.log
   where key = (select key from trade.log where type = 'trade.ticket.returned.v1' group by key having count(*) = 2))
"""
# The last event of some partition that tells of a sale at which nobody showed a card.
LAST = """with last as (
  select log.* from trade.log join trade.log_head using (part) join trade.ticket on key = ticket_id::text
   where off = next - 1 and member_id is null limit 1)
"""


@dataclass(frozen=True)
class Plant:
    """An error: the statements that make it, and the checks that must find it."""

    name: str
    sql: str
    found_by: set[str]


PLANTS = (
    Plant("a_ticket_is_lost", f"delete from trade.ticket where ticket_id = {LONELY}", {STANDS}),
    Plant("a_ticket_that_nobody_sent", f"""
insert into trade.ticket select (copy.ticket).* from (
  select jsonb_populate_record(ticket, jsonb_build_object('ticket_id', gen_random_uuid())) as ticket
    from trade.ticket ticket where ticket_id = {LONELY}) copy""", {STANDS}),
    Plant("another_total", f"update trade.ticket set total_fen = 800 where ticket_id = {LONELY}", {STANDS}),
    Plant("a_strangers_ticket_given_to_somebody", f"""
update trade.ticket set member_id = gen_random_uuid() where ticket_id = {LONELY}""", {MEMBERS}),
    Plant("a_members_ticket_given_to_nobody", """
update trade.ticket set member_id = null where ticket_id = (select max(ticket_id::text)::uuid from trade.ticket
 where member_id is not null)""", {MEMBERS}),
    Plant("told_twice", f"""{LAST}
insert into trade.log select (twice.log).* from (
  select jsonb_populate_record(log, jsonb_build_object('off', off + 1)) as log from trade.log
   where (part, off) = (select part, off from last)) twice;
update trade.log_head set next = (select max(off) + 1 from trade.log where log.part = log_head.part)
 where exists (select from trade.log where log.part = log_head.part)""", {SAID}),
    Plant("never_told", f"""{LAST}
delete from trade.log where (part, off) = (select part, off from last);
update trade.log_head set next = (select coalesce(max(off) + 1, 0) from trade.log where log.part = log_head.part)
""", {SAID}),
    Plant("two_returns_told_in_the_wrong_order", f"""{STORY}
update trade.log set body = other.body from story mine join story other on other.place = 5 - mine.place
 where log.part = mine.part and log.off = mine.off and mine.place > 1""", {ORDER}),
    Plant("a_return_told_before_its_sale", f"""{STORY}
update trade.log set body = other.body, type = other.type
  from story mine join story other on other.place = 3 - mine.place
 where log.part = mine.part and log.off = mine.off and mine.place < 3""", {ORDER}),
    Plant("told_in_two_partitions", """
update trade.log set key = (select key from trade.log other where other.part <> log.part order by off limit 1)
 where off = 0 and part = (select max(part) from trade.log)""", {ORDER}),
    Plant("a_hole_in_a_log", "delete from member.log where off = 0", {DENSE}),
    Plant("a_head_ahead_of_its_log", "update settlement.log_head set next = next + 1 where part = 0", {DENSE}),
    Plant("entries_that_do_not_add_up", """
update settlement.posting set amounts_fen[1] = amounts_fen[1] + 1 where kind = 'paid'""", {POSTED}),
    Plant("never_posted", f"delete from settlement.posting where ticket_id = {LONELY}", {POSTED}),
    Plant("posted_with_another_total", """
update settlement.posting set total_fen = total_fen + 1 where kind = 'returned'""", {POSTED}),
    Plant("a_balance_that_is_not_its_entries", """
update settlement.account_day set amount_fen = amount_fen + case account when 'takings' then 1 else -1 end""",
        {POSTED}),
    Plant("a_shelf_with_one_too_many", """
update inventory_sharing.stock set on_hand_milli = on_hand_milli + 1 where sku = 'milk'""", {STOCK}),
    Plant("a_move_of_a_shelf_gone", """
delete from inventory_sharing.stock_move where ctid = (select ctid from inventory_sharing.stock_move limit 1)""",
        {STOCK}),
    Plant("a_point_too_many", "update member.points_balance set points = points + 1", {POINTS}),
    Plant("too_much_growth", "update member.points_balance set growth = growth + 1", {POINTS}),
    Plant("an_entry_of_points_gone", """
delete from member.points_entry where entry_id = (select max(entry_id::text)::uuid from member.points_entry)""",
        {POINTS}),
    Plant("a_dead_letter", """
insert into referral.dead_letter
select (jsonb_populate_record(null::referral.dead_letter,
  to_jsonb(log) || '{"source": "trade", "error": "", "attempts": 1, "next_try_at": "2026-11-24"}')).*
  from trade.log where off = 0 limit 1""", {DEAD}),
)  # fmt: skip


@dataclass(frozen=True)
class Stands:
    """What stands after some tickets, and what must."""

    connection: Any
    expected: Expected

    async def verdict(self) -> Verdict:
        return await look(self.connection, list(all_services()), self.expected)


@pytest_asyncio.fixture(scope="module")
async def stands(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stands]:
    """Sales with and without a member, one of which came back whole and one in part."""
    journal_file = tmp_path_factory.mktemp("verdict") / "journal"
    async with living_world() as world:
        world.clock.at = system_now()
        shop_id = new_id()
        till = Chain(world).till(shop_id, TILL_CODE)
        papers = Papers([SALE], [CARD], tills=1, drawn=random.Random(3))
        with Journal(journal_file) as journal:
            journal.note("shops", shop_ids=[str(shop_id)])
            joined = await till.post("/member/v1/members", json={"card": CARD})
            journal.note("member", card=CARD, member_id=joined.json()["member_id"])
            await world.settled()
            whole, part, *lonely = papers.sales(10)
            for sale in (whole, part):
                sale.body["member"] = {"kind": "card", "value": CARD}
            for sale in lonely:
                sale.body.pop("member", None)
            for paper in (whole, part, *papers.returns(whole, halves=2), *papers.returns(part, halves=1), *lonely):
                answer = await till.post("/trade/v1/tickets", json=paper.body)
                journal.note("ticket", till=0, body=paper.body, ticket_id=answer.json()["ticket_id"])
        await world.settled()
        async with world.admin.acquire() as connection:
            yield Stands(connection, expect(journal_file))


async def test_where_all_went_well_there_is_no_difference_and_everything_was_looked_at(stands: Stands) -> None:
    verdict = await stands.verdict()
    assert verdict.differences == []
    assert (verdict.stored, verdict.lost, verdict.doubled) == (13, 0, 0)
    expected = stands.expected
    assert sorted(expected.points.values()) == [4]
    assert sorted(expected.stock.values()) == [-16_000, -9_000]


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
async def test_what_is_wrong_is_found_by_the_check_that_looks_there(stands: Stands, plant: Plant) -> None:
    transaction = stands.connection.transaction()
    await transaction.start()
    try:
        await stands.connection.execute(plant.sql)
        verdict = await stands.verdict()
    finally:
        await transaction.rollback()
    assert {check for check, found in verdict.checks.items() if found} == plant.found_by


async def test_what_is_lost_and_what_is_doubled_is_counted(stands: Stands) -> None:
    named = {plant.name: plant.sql for plant in PLANTS}
    transaction = stands.connection.transaction()
    await transaction.start()
    try:
        await stands.connection.execute(named["told_twice"])
        await stands.connection.execute(named["a_ticket_is_lost"])
        verdict = await stands.verdict()
    finally:
        await transaction.rollback()
    assert (verdict.stored, verdict.lost, verdict.doubled) == (12, 1, 1)
