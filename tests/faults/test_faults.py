"""A short run of the harness: real processes are killed under load, and what was acknowledged stands, once."""

import random
from collections import Counter
from pathlib import Path

import pytest

from deploy.demo.journal import Journal
from shared.settings import Bus
from tests.faults.campaign import Plan, survive
from tests.faults.expected import Expected, expect
from tests.faults.papers import Paper, Papers

SEED = 20_261_122
SECONDS = 8.0
KINDS = ("kill_api", "kill_reader", "stop_reader", "kill_postgres", "cut_connections")

MILK = {"sku": "milk", "quantity_milli": 2000, "gross_fen": 350, "amount_fen": 350, "discounts": []}
BREAD = {"sku": "bread", "quantity_milli": 1000, "gross_fen": 449, "amount_fen": 449, "discounts": []}
SALE = {"kind": "sale", "lines": [MILK, BREAD], "total_fen": 799, "tenders": [{"kind": "cash", "amount_fen": 799}]}


@pytest.mark.timeout(300)
async def test_nothing_acknowledged_is_lost_or_doubled_though_processes_and_database_are_killed() -> None:
    said: list[str] = []
    plan = Plan(SECONDS, SEED, Bus.LOG, KINDS, at_once=16, think_s=0.05)
    report = await survive(plan, said.append)
    assert report.differences == [], said
    assert set(report.injected) == set(KINDS)
    assert report.seen.unanswered > 0, "nobody was hurt"
    assert report.verdict.stored == len(report.seen.sent) > 100


def expected_of(folder: Path, *told: tuple[str, Paper]) -> Expected:
    """What must stand after a till has been told these ids for its papers, and one card is a member's."""
    with Journal(folder / "journal") as journal:
        journal.note("shops", shop_ids=["shop"])
        journal.note("member", card="C1", member_id="her")
        for ticket_id, paper in told:
            journal.note("ticket", till=0, body=paper.body, ticket_id=ticket_id)
    return expect(folder / "journal")


def test_what_must_stand_is_computed_from_what_was_acknowledged(tmp_path: Path) -> None:
    papers = Papers([SALE], ["C1"], tills=1, drawn=random.Random(3))
    (sale,) = papers.sales(1)
    sale.body["member"] = {"kind": "card", "value": "C1"}
    milk, bread = papers.returns(sale, halves=2)

    expected = expected_of(tmp_path, ("bread", bread), ("sale", sale), ("milk", milk))

    assert expected.tickets == {"sale": 799, "milk": -350, "bread": -449}
    assert expected.members == {"sale": "her", "milk": "her", "bread": "her"}
    assert expected.postings == {("sale", "paid"): 799, ("milk", "returned"): -350, ("bread", "returned"): -449}
    assert expected.events == Counter(expected.postings.keys())
    assert dict(expected.stock) == {("shop", "milk"): 0, ("shop", "bread"): 0}
    assert dict(expected.points) == {"her": 0}
    assert expected.differing == []


def test_what_must_stand_of_a_part_that_came_back_and_of_a_card_that_nobody_has(tmp_path: Path) -> None:
    papers = Papers([SALE], ["C1"], tills=1, drawn=random.Random(3))
    sale, strange = papers.sales(2)
    sale.body["member"] = {"kind": "card", "value": "C1"}
    strange.body["member"] = {"kind": "card", "value": "C2"}
    _, bread = papers.returns(sale, halves=2)

    expected = expected_of(tmp_path, ("sale", sale), ("bread", bread), ("strange", strange))

    assert expected.members == {"sale": "her", "bread": "her", "strange": None}
    assert dict(expected.stock) == {("shop", "milk"): -4000, ("shop", "bread"): -1000}
    assert dict(expected.points) == {"her": 4}  # of seven, 449 of 799 fen take three


def test_what_must_stand_is_one_ticket_an_id(tmp_path: Path) -> None:
    papers = Papers([SALE], ["C1"], tills=1, drawn=random.Random(3))
    expected = expected_of(tmp_path, *(("one", paper) for paper in papers.sales(2)))
    assert expected.differing == ["two acknowledged tickets are both one"]
