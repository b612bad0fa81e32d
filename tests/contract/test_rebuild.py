"""A service's projections made anew from the logs: compared with the living ones, and put in their place."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from deploy.suite import history
from deploy.suite.command import app
from deploy.suite.lines import Line
from deploy.suite.migrations import differences, tables
from deploy.suite.rebuild import Rebuilt, Wish, ground_of, rebuild_service
from deploy.suite.services import all_services
from deploy.suite.shadow import Ground, Unready
from shared import runtime
from shared.bus import on
from shared.bus.source import SourceBehind
from shared.db import Tx
from shared.db.tables import CARRIED_BY_ALL
from shared.events.directory import CredentialRevoked, PartnerSaved
from shared.events.event import Event, Heard
from shared.events.member import OwnerAssigned
from shared.events.trade import TicketPaid
from shared.ids import new_id
from shared.log import segments
from shared.settings import Settings
from tests.services.tickets import paid, returned, shop_saved
from tests.world import Chain, World, living_world

SETTLEMENT = all_services()["settlement"]
ONLY_LOOK = Wish()
SWAP = Wish(swaps=True)
SWAP_ANYWAY = Wish(swaps=True, even_if_different=True)


@pytest_asyncio.fixture(scope="module")
async def own_world() -> AsyncIterator[World]:
    """A suite of this file's own: here tables change places, and a lock that holds one test's reader holds all."""
    async with living_world() as world:
        yield world


@pytest.fixture
def chain(own_world: World) -> Chain:
    """A brand of its own."""
    return Chain(own_world)


def ground(world: World) -> Ground:
    return Ground(world.scratch.admin_dsn, world.scratch.settings, world.scratch.secrets)


async def rebuilt(world: World, wish: Wish = ONLY_LOOK) -> Rebuilt:
    return await rebuild_service(SETTLEMENT, ground(world), wish)


def differing(found: Rebuilt) -> dict[str, tuple[int, int]]:
    return {one.table: (one.surplus, one.missing) for one in found.compared if one.differs}


def a_day(chain: Chain) -> list[Event]:
    """Shops, partners, owners, then tickets and their returns."""
    partner_id, member_id = new_id(), new_id()
    shop, owner = shop_saved(chain, partner_id=partner_id), shop_saved(chain)
    sale = paid(chain, shop.shop_id, 1_001, member_id=member_id)
    backs = [returned(sale, before, after) for before, after in pairwise([0, 1, 334, 1_001])]
    return [
        shop,
        owner,
        PartnerSaved(brand_id=chain.brand_id, partner_id=partner_id, code="P7", name="Lakeside Ltd", version=1),
        OwnerAssigned(brand_id=chain.brand_id, member_id=member_id, shop_id=owner.shop_id),
        sale,
        *backs,
        *(paid(chain, shop.shop_id, 100 + number) for number in range(40)),
    ]


async def live_through(chain: Chain, facts: list[Event]) -> None:
    """Say them one after the other, each taken in before the next service says something."""
    for fact in facts:
        chain.world.clock.pass_by(seconds=1)
        await chain.world.say(fact)
        if not fact.TYPE.startswith("trade."):
            await chain.world.settled()
    await chain.world.settled()


async def save_rule(chain: Chain, **content: object) -> None:
    answer = await chain.head_office().put("/settlement/v1/split-rules/franchise", json=content)
    assert answer.status_code == 200, answer.text


async def must_balance(chain: Chain) -> None:
    answer = await chain.head_office().get("/settlement/v1/reconciliation")
    assert answer.json() == {"unbalanced": [], "drifted": []}


async def schemas(world: World) -> set[str]:
    found = await world.rows("select nspname from pg_namespace where nspname like 'settlement%'")
    return {row["nspname"] for row in found}


def test_projections_are_tables_of_their_service_and_the_rest_is_its_own_truth() -> None:
    for name, service in all_services().items():
        assert set(service.projections) <= tables(name).tables.keys() - CARRIED_BY_ALL
    own = tables("settlement").tables.keys() - CARRIED_BY_ALL
    assert own - set(SETTLEMENT.projections) == {"split_rule"}


async def test_a_service_to_which_nothing_happened_is_rebuilt_without_a_difference(chain: Chain) -> None:
    await save_rule(chain, royalty_bp=600, owner_bp=300)
    await live_through(chain, a_day(chain))
    found = await rebuilt(chain.world)
    assert differing(found) == {}
    assert {one.table: one.rows for one in found.compared}["posting"] >= 44
    assert found.left_out == []
    assert "settlement_shadow" not in await schemas(chain.world)


async def test_a_shop_that_changed_hands_leaves_each_ticket_with_who_owned_it_then(chain: Chain) -> None:
    before_id, after_id = new_id(), new_id()
    shop = shop_saved(chain, partner_id=before_id)
    sold = shop_saved(chain, shop_id=shop.shop_id, partner_id=after_id, version=2)
    early, late = paid(chain, shop.shop_id, 500), paid(chain, shop.shop_id, 700)
    await live_through(chain, [shop, early])
    await live_through(chain, [sold, late])
    assert differing(await rebuilt(chain.world)) == {}


async def test_a_rule_saved_later_for_an_earlier_day_splits_nothing_anew(chain: Chain) -> None:
    shop = shop_saved(chain, partner_id=new_id())
    await live_through(chain, [shop, paid(chain, shop.shop_id, 10_000)])
    chain.world.clock.pass_by(hours=1)
    await save_rule(chain, royalty_bp=600, from_at="2026-01-01T00:00:00Z")
    assert differing(await rebuilt(chain.world)) == {}


async def test_a_planted_row_is_found_and_mended_only_when_told(chain: Chain) -> None:
    world = chain.world
    await live_through(chain, a_day(chain))
    await world.rows(
        "update settlement.account_day set amount_fen = amount_fen + 7 where brand_id = $1 and account = 'takings'"
        " returning brand_id",
        chain.brand_id,
    )
    looked = await rebuilt(world, SWAP)
    assert differing(looked) == {"account_day": (1, 1)}
    assert (looked.is_swapped, looked.is_well) == (False, False)
    compared = next(one for one in looked.compared if one.differs)
    assert str(chain.brand_id) in compared.surplus_rows[0]
    assert (await rebuilt(world, SWAP_ANYWAY)).is_well
    await must_balance(chain)
    assert differing(await rebuilt(world)) == {}
    kept = await world.rows("select count(*) from settlement_before.account_day")
    assert kept[0]["count"] > 0
    await live_through(chain, [paid(chain, new_id(), 300)])
    await must_balance(chain)


async def test_after_a_swap_the_tables_are_as_the_migrations_make_them_and_as_open_as_before(chain: Chain) -> None:
    world = chain.world
    await live_through(chain, a_day(chain))
    await world.rows("grant select on settlement.account_day to siyu_trade")
    assert (await rebuilt(world, SWAP)).is_swapped
    for is_shared in (True, False):
        assert await differences(Line("settlement", is_shared), world.scratch.dsn("siyu_settlement")) == ""
    opened = await world.rows(
        "select relname from pg_class where relnamespace = 'settlement'::regnamespace and relkind = 'r'"
        " and has_table_privilege('siyu_trade', oid, 'select')"
    )
    assert [row["relname"] for row in opened] == ["account_day"]
    owners = await world.rows(
        "select distinct tableowner from pg_tables where schemaname in ('settlement', 'settlement_before')"
    )
    assert [row["tableowner"] for row in owners] == ["siyu_settlement"]
    durable = "select relname from pg_class where relnamespace = 'settlement'::regnamespace and relpersistence <> 'p'"
    assert await world.rows(durable) == []
    await world.rows("revoke select on settlement.account_day from siyu_trade")


async def test_under_load_a_swap_loses_nothing_and_doubles_nothing(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "AHEAD", 50)
    world, shop = chain.world, shop_saved(chain, partner_id=new_id())
    await live_through(chain, [shop])
    sold: list[UUID] = []
    is_over = asyncio.Event()

    async def sell() -> None:
        while not is_over.is_set():
            sales = [paid(chain, shop.shop_id, 100 + number) for number in range(20)]
            await world.say(*sales, returned(sales[0], 0, 100))
            sold.extend(sale.ticket_id for sale in sales)

    async def ask() -> None:
        while not is_over.is_set():
            answer = await chain.head_office().get("/settlement/v1/reconciliation")
            assert answer.status_code in (200, 503), answer.text

    async with asyncio.TaskGroup() as group:
        group.create_task(sell())
        group.create_task(ask())
        try:
            for _ in range(2):
                found = await rebuilt(world, SWAP)
                assert (differing(found), found.is_swapped) == ({}, True)
        finally:
            is_over.set()
    await world.settled()
    posted = await world.rows(
        "select ticket_id from settlement.posting where brand_id = $1 and kind = 'paid'", chain.brand_id
    )
    assert sorted(row["ticket_id"] for row in posted) == sorted(sold)
    await must_balance(chain)
    assert differing(await rebuilt(world)) == {}
    assert await world.dead_letters() == []


@on(TicketPaid)
async def say_it_on(tx: Tx, heard: Sequence[Heard[TicketPaid]]) -> None:
    """What a listener may do that settlement's do not."""
    for item in heard:
        tx.emit(item.fact, because=item)


@on(TicketPaid)
async def stumble(_tx: Tx, heard: Sequence[Heard[TicketPaid]]) -> None:
    """A bug that meets some tickets only."""
    assert all(item.fact.total_fen != 666 for item in heard), "the number of the beast"


async def test_what_listeners_say_on_hearing_it_again_is_said_to_nobody(chain: Chain) -> None:
    world = chain.world
    await live_through(chain, a_day(chain))
    talkative = replace(SETTLEMENT, listeners=(*SETTLEMENT.listeners, say_it_on))
    await rebuild_service(talkative, ground(world), SWAP)
    said = await world.rows("select part from settlement.log_head where next > 0")
    assert said == []


async def test_a_fact_that_a_listener_fails_on_is_left_out_and_named_and_the_rest_is_taken(chain: Chain) -> None:
    world, fatal = chain.world, paid(chain, new_id(), 666)
    await live_through(chain, [*a_day(chain), fatal])
    clumsy = replace(SETTLEMENT, listeners=(stumble, *SETTLEMENT.listeners))
    found = await rebuild_service(clumsy, ground(world), ONLY_LOOK)
    assert [reason.split(" ")[0] for reason in found.left_out] == ["trade.ticket.paid.v1"]
    assert "the number of the beast" in found.left_out[0]
    assert differing(found) == {"posting": (1, 0), "account_day": (2, 0)}


async def test_what_is_no_projection_is_left_alone(chain: Chain) -> None:
    revoked = CredentialRevoked(brand_id=chain.brand_id, credential_id=new_id())
    await live_through(chain, [revoked])
    await chain.world.rows("delete from settlement.revoked_credential returning credential_id")
    assert differing(await rebuilt(chain.world, SWAP)) == {}
    assert await chain.world.rows("select credential_id from settlement.revoked_credential") == []


async def test_a_rebuild_killed_in_its_swap_has_swapped_nothing_and_the_next_one_works(chain: Chain) -> None:
    world = chain.world
    await live_through(chain, a_day(chain))
    in_place = "select oid from pg_class where relnamespace = 'settlement'::regnamespace and relkind = 'r' order by oid"
    before = await world.rows(in_place)
    async with held(world, f"begin; select count(*) from settlement.{SETTLEMENT.projections[-1]}"):
        await kill_in_its_swap(world)
    await live_through(chain, a_day(chain))
    assert await world.rows(in_place) == before
    assert "settlement_shadow" in await schemas(world)
    assert differing(await rebuilt(world, SWAP)) == {}
    assert "settlement_shadow" not in await schemas(world)
    await must_balance(chain)


async def kill_in_its_swap(world: World) -> None:
    """A rebuild in a process of its own, killed where it waits for the tables with the readers stopped."""
    argv = (sys.executable, "-m", "deploy.suite", "rebuild", "settlement", "--swap")
    process = await asyncio.create_subprocess_exec(*argv, env=os.environ | told(world))
    waits = "select 1 from pg_locks where not granted and mode = 'AccessExclusiveLock'"
    try:
        async with asyncio.timeout(60):
            while not await world.rows(waits):
                await asyncio.sleep(0.005)
    finally:
        process.kill()
        await process.wait()


def told(world: World) -> dict[str, str]:
    """All that the command has to be told: where the suite's home is, and its secret; the database is found there."""
    secret = world.scratch.secrets.master.hex()
    return {"SIYU_HOME": str(world.scratch.folder), "SIYU_SECRET": secret, "DATABASE_URL": ""}


async def ended(world: World, *options: str) -> tuple[int, str]:
    """How the command ended, and what it said."""
    argv = ["rebuild", "settlement", *options]
    result = await asyncio.to_thread(CliRunner().invoke, app, argv, env=told(world))
    return result.exit_code, result.output


async def test_the_command_names_what_differs_mends_it_when_told_and_drops_what_it_kept(chain: Chain) -> None:
    world, shop = chain.world, shop_saved(chain)
    await live_through(chain, [shop, paid(chain, shop.shop_id, 500)])
    await world.rows("delete from settlement.shop where shop_id = $1 returning shop_id", shop.shop_id)
    returncode, said = await ended(world)
    assert (returncode, f'+ shop {{"shop_id": "{shop.shop_id}"' in said) == (1, True), said
    returncode, said = await ended(world, "--swap", "--even-if-different")
    assert (returncode, "are in place" in said) == (0, True), said
    assert await world.rows("select shop_id from settlement.shop where shop_id = $1", shop.shop_id)
    assert await ended(world, "--drop") == (0, "dropped\n")
    assert await schemas(world) == {"settlement"}


def test_where_nothing_is_at_work_it_says_what_to_start(tmp_path: Path) -> None:
    with pytest.raises(Unready, match="start `siyu run`"):
        ground_of(Settings(home=tmp_path), None)


async def test_two_at_once_do_not_meet(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.suite.shadow._LONGEST_WAIT_FOR_ANOTHER", "100ms")
    async with held(chain.world, "select pg_advisory_lock(hashtext('siyu rebuild settlement'))"):
        with pytest.raises(Unready, match="Another rebuild"):
            await rebuilt(chain.world)


@asynccontextmanager
async def held(world: World, sql: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(world.scratch.admin_dsn)
    try:
        await connection.execute(sql)
        yield
    finally:
        await connection.close()


async def test_a_service_with_dead_letters_is_refused(chain: Chain) -> None:
    world = chain.world
    columns = "source, part, off, event_id, key, type, at, cause, trace, body, error, attempts, next_try_at"
    values = "'trade', 0, 0, gen_random_uuid(), '', '', now(), '', '', '', '', 1, 'infinity'"
    await world.rows(f"insert into settlement.dead_letter ({columns}) values ({values}) returning off")
    with pytest.raises(Unready, match="has 1 dead letters"):
        await rebuilt(world)
    await world.rows("delete from settlement.dead_letter returning off")


async def test_a_service_that_declares_no_projections_is_refused(own_world: World) -> None:
    with pytest.raises(Unready, match="does not say"):
        await rebuild_service(all_services()["trade"], ground(own_world), ONLY_LOOK)


async def test_a_service_whose_past_is_no_longer_kept_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "SEGMENT_ROWS", 2)
    async with living_world(partitions=1, log_keep_days=7) as world:
        chain = Chain(world)
        context = world.suite.running["trade"].context
        for _ in range(4):
            await world.say(paid(chain, new_id(), 100), paid(chain, new_id(), 200))
            await world.settled()
            await runtime._keep_segments(context)
            world.clock.pass_by(days=3)
        with pytest.raises(SourceBehind, match="trade/0: what was said at 0 is no longer kept"):
            await rebuilt(world)
        assert "settlement_shadow" not in await schemas(world)
