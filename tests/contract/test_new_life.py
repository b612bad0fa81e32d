"""A log restored from a backup: listeners hold until a person decides, then go on, and nothing is taken twice."""

import asyncio
import uuid

from deploy.suite.adopt import Held, adopt_life
from shared.ids import new_id
from tests.services.tickets import paid
from tests.world import Chain, World, living_world


async def points(world: World, member_id: uuid.UUID) -> int:
    """What the ledger of this member's points adds up to."""
    rows = await world.rows(
        "select coalesce(sum(points), 0) as sum from member.points_entry where member_id = $1", member_id
    )
    return int(rows[0]["sum"])


async def place_of_member(world: World) -> list[tuple[object, ...]]:
    """Where member stands in trade's log, and in which life of it."""
    rows = await world.rows("select part, off, incarnation from member.cursor where source = 'trade' order by part")
    return [tuple(row) for row in rows]


async def test_listeners_are_held_by_a_new_life_and_go_on_once_it_is_adopted() -> None:
    async with living_world(partitions=1) as world:
        chain, member_id = Chain(world), new_id()
        await world.say(paid(chain, new_id(), 1000, member_id=member_id))
        await world.settled()
        await world.rows("update trade.log_head set incarnation = gen_random_uuid() returning part")
        await world.say(paid(chain, new_id(), 2000, member_id=member_id))
        settings, secrets = world.scratch.settings, world.scratch.secrets
        await asyncio.sleep(0.5)  # many times what a reader that is not held would take
        assert await points(world, member_id) == 10
        assert await adopt_life(settings, secrets, "trade", even_ahead=False) == []
        await world.settled()
        assert await points(world, member_id) == 30


async def test_a_listener_that_heard_what_is_lost_is_named_and_goes_on_only_when_told() -> None:
    async with living_world(partitions=1) as world:
        chain, member_id = Chain(world), new_id()
        await world.say(*(paid(chain, new_id(), 1000, member_id=member_id) for _ in range(3)))
        await world.settled()
        await world.rows("delete from trade.log where off >= 1 returning off")
        await world.rows("update trade.log_head set incarnation = gen_random_uuid(), next = 1 returning part")
        settings, secrets, before = world.scratch.settings, world.scratch.secrets, await place_of_member(world)
        held = await adopt_life(settings, secrets, "trade", even_ahead=False)
        assert Held("member", 2) in held
        assert await place_of_member(world) == before
        await adopt_life(settings, secrets, "trade", even_ahead=True)
        await world.say(paid(chain, new_id(), 5000, member_id=member_id))
        await world.settled()
        assert await points(world, member_id) == 80
