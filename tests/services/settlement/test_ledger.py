"""Each ticket is split to the fen, each return takes its part back, and the ledger always balances."""

from itertools import pairwise
from typing import Any
from uuid import UUID

from services.settlement.ledger.jobs import watch_balance
from shared.context import Context
from shared.events.directory import PartnerSaved
from shared.events.member import OwnerAssigned
from shared.ids import new_id
from shared.metrics import UNBALANCED
from tests.services.tickets import paid, returned, shop_saved
from tests.world import Chain

DAYS = {"first_on": "2026-11-01", "last_on": "2026-11-30"}


async def save_rule(chain: Chain, code: str = "franchise", **portions: Any) -> None:
    answer = await chain.head_office().put(f"/settlement/v1/split-rules/{code}", json=portions)
    assert answer.status_code == 200, answer.text


async def shares(chain: Chain, ticket_id: UUID) -> dict[str, int]:
    await chain.world.settled()
    answer = await chain.head_office().get(f"/settlement/v1/explain/{ticket_id}")
    sums: dict[str, int] = {}
    for posting in answer.json()["postings"]:
        for entry in posting["entries"]:
            sums[entry["account"]] = sums.get(entry["account"], 0) + entry["amount_fen"]
    return {account: fen for account, fen in sums.items() if fen}


async def must_balance(chain: Chain) -> None:
    answer = await chain.head_office().get("/settlement/v1/reconciliation")
    assert answer.json() == {"unbalanced": [], "drifted": []}


async def test_a_franchised_shops_ticket_is_split_to_the_fen(chain: Chain) -> None:
    partner_id, owner_partner_id, member_id, guide_id = new_id(), new_id(), new_id(), new_id()
    shop = shop_saved(chain, partner_id=partner_id)
    owner = shop_saved(chain, partner_id=owner_partner_id)
    await save_rule(chain, platform_bp=100, royalty_bp=600, owner_bp=333, guide_bp=200)
    await chain.world.say(
        shop, owner, OwnerAssigned(brand_id=chain.brand_id, member_id=member_id, shop_id=owner.shop_id)
    )
    await chain.world.settled()
    sale = paid(chain, shop.shop_id, 9_999, member_id=member_id, guide_id=guide_id)
    await chain.world.say(sale)
    assert await shares(chain, sale.ticket_id) == {
        "takings": -9_999,
        "platform": 100,
        "royalty": 600,
        "owner_shop": 333,
        "guide": 200,
        "seller": 8_766,
    }
    await must_balance(chain)


async def test_returns_in_many_parts_take_back_exactly_what_was_split(chain: Chain) -> None:
    shop = shop_saved(chain, partner_id=new_id())
    await save_rule(chain, platform_bp=77, royalty_bp=613)
    await chain.world.say(shop)
    await chain.world.settled()
    sale = paid(chain, shop.shop_id, 1_001)
    parts = [0, 1, 334, 335, 700, 1_001]
    backs = [returned(sale, before, after) for before, after in pairwise(parts)]
    await chain.world.say(sale, *backs)
    assert await shares(chain, sale.ticket_id) == {}
    await must_balance(chain)


async def test_a_return_at_another_shop_leaves_that_shop_out_of_its_money(chain: Chain) -> None:
    shop, other = shop_saved(chain), shop_saved(chain)
    await chain.world.say(shop, other)
    sale = paid(chain, shop.shop_id, 500)
    await chain.world.say(sale, returned(sale, 0, 500, shop_id=other.shop_id))
    await chain.world.settled()
    answer = await chain.head_office().get("/settlement/v1/balances", params=DAYS)
    takings = {item["party_id"]: item["amount_fen"] for item in answer.json() if item["account"] == "takings"}
    assert takings == {str(shop.shop_id): -500, str(other.shop_id): 500}


async def test_a_new_version_of_a_rule_leaves_earlier_sales_as_they_were_split(chain: Chain) -> None:
    shop = shop_saved(chain, partner_id=new_id())
    await chain.world.say(shop)
    await chain.world.settled()
    await save_rule(chain, royalty_bp=500)
    early = paid(chain, shop.shop_id, 10_000, sold_at=chain.world.clock.at)
    chain.world.clock.pass_by(days=1)
    await save_rule(chain, royalty_bp=900)
    late = paid(chain, shop.shop_id, 10_000, sold_at=chain.world.clock.at)
    await chain.world.say(late, early)
    assert (await shares(chain, early.ticket_id))["royalty"] == 500
    assert (await shares(chain, late.ticket_id))["royalty"] == 900


async def test_a_rule_begins_at_a_moment_that_days_can_be_added_to(chain: Chain) -> None:
    for moment in ("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00"):
        answer = await chain.head_office().put("/settlement/v1/split-rules/franchise", json={"from_at": moment})
        assert (answer.status_code, "between the years 1900 and 9899" in answer.text) == (422, True)
    await save_rule(chain, from_at="2026-11-24T08:00:00+08:00")
    (rule,) = (await chain.head_office().get("/settlement/v1/split-rules")).json()
    assert rule["from_at"] == "2026-11-24T00:00:00Z"


async def test_portions_beyond_the_whole_are_refused_with_the_sum(chain: Chain) -> None:
    answer = await chain.head_office().put(
        "/settlement/v1/split-rules/greedy", json={"platform_bp": 6_000, "royalty_bp": 4_001}
    )
    assert (answer.status_code, answer.json()["portion_bp"]) == (422, 10_001)


async def test_a_partner_sees_its_own_shares_and_nobody_elses(chain: Chain) -> None:
    partner_id = new_id()
    mine, theirs = shop_saved(chain, partner_id=partner_id), shop_saved(chain, partner_id=new_id())
    await save_rule(chain, royalty_bp=1_000)
    named = PartnerSaved(brand_id=chain.brand_id, partner_id=partner_id, code="P7", name="Lakeside Ltd", version=1)
    await chain.world.say(mine, theirs, named)
    await chain.world.settled()
    own, other = paid(chain, mine.shop_id, 1_000), paid(chain, theirs.shop_id, 2_000)
    await chain.world.say(own, other)
    await chain.world.settled()
    partner = chain.partner(partner_id)
    balances = (await partner.get("/settlement/v1/balances", params=DAYS)).json()
    assert balances == [{"account": "seller", "party_id": str(partner_id), "partner_code": "P7", "amount_fen": 900}]
    assert (await partner.get(f"/settlement/v1/explain/{other.ticket_id}")).status_code == 404
    days = (await partner.get("/settlement/v1/account-days", params=DAYS)).json()["items"]
    assert [(item["business_on"], item["amount_fen"]) for item in days] == [("2026-11-24", 900)]


async def test_a_day_that_does_not_add_up_is_counted_so_that_somebody_is_woken(chain: Chain) -> None:
    context = chain.world.suite.running["settlement"].context
    shop, day = new_id(), chain.world.clock.at.date()
    entry = "insert into settlement.account_day values ($1, 'platform', $2, $3, $4, 100) returning brand_id"
    assert await found_by(context) == 0
    await chain.world.rows(entry, chain.brand_id, new_id(), day, shop)
    assert await found_by(context) == 1
    await chain.world.rows("delete from settlement.account_day where shop_id = $1 returning brand_id", shop)
    assert await found_by(context) == 0


async def found_by(context: Context) -> float:
    """How many more days the watch counts."""
    before = UNBALANCED.labels("settlement")._value.get()
    await watch_balance.run(context)
    return float(UNBALANCED.labels("settlement")._value.get() - before)
