"""The log under the names of Debezium's outbox event router."""

import json

from shared.ids import new_id
from tests.contract.test_bus import LineSpoken
from tests.world import World

EXPECTED_BY_THE_ROUTER = ["id", "aggregatetype", "aggregateid", "type", "payload", "timestamp"]


async def test_the_outbox_shows_each_event_of_the_log_as_the_router_expects_it(world: World) -> None:
    brand_id = new_id()
    await world.say(LineSpoken(brand_id=brand_id, voice="one", text="你好"))
    (said,) = await world.rows("select * from trade.log where convert_from(body, 'utf8') like $1", f"%{brand_id}%")
    (row,) = await world.rows("select * from trade.outbox where id = $1", said["event_id"])
    assert list(row.keys())[:6] == EXPECTED_BY_THE_ROUTER
    assert (row["aggregatetype"], row["aggregateid"], row["type"]) == ("trade", "one", "trade.line.spoken.v1")
    assert json.loads(row["payload"])["text"] == "你好"
    assert (row["timestamp"], row["partition"], row["off"]) == (said["at"], said["part"], said["off"])
    heads = await world.rows("select incarnation from trade.log_head where part = $1", said["part"])
    assert row["incarnation"] == heads[0]["incarnation"]
