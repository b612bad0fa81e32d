"""Retention: what is old goes a segment at a time, and who had not read it is held, not led over the gap."""

import pytest

from shared import runtime
from shared.bus.log_source import LogSource
from shared.bus.source import Position, SourceBehind
from shared.bus.tail import Tail
from shared.events.event import Record
from shared.ids import new_id
from shared.log import segments
from tests.contract.test_bus import LineSpoken
from tests.world import MORNING, living_world


async def test_old_segments_are_dropped_and_a_reader_that_had_not_read_them_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_ROWS", 2)
    async with living_world(partitions=1, log_keep_days=7) as world:
        context = world.suite.running["trade"].context
        for day in range(4):
            await world.say(*(LineSpoken(brand_id=new_id(), voice="one", text=f"{day}") for _ in range(2)))
            await world.settled()
            await runtime._keep_segments(context)
            world.clock.pass_by(days=3)
        kept = [row["off"] for row in await world.rows("select off from trade.log order by off")]
        assert kept == [2, 3, 4, 5, 6, 7]
        source = LogSource("trade", world.suite.host.role_dsn("siyu_trade_reader"))
        await source.open()
        head = (await source.heads())[0]
        with pytest.raises(SourceBehind, match="no longer kept"):
            await source.fetch({0: Position(1, 0, head.incarnation)}, 100)
        fetched = await source.fetch({0: Position(2, 0, head.incarnation)}, 100)
        assert [one.off for one in fetched.records] == kept
        await source.close()


def record(off: int) -> Record:
    return Record(0, off, new_id(), "key", "trade.line.spoken.v1", MORNING, "", "", b"{}")


def test_the_tail_serves_who_keeps_up_and_says_nothing_to_who_is_behind() -> None:
    tail = Tail()
    tail.add(0, [record(off) for off in range(10, 14)])
    assert [one.off for one in tail.after(0, 12, 100)] == [12, 13]
    assert [one.off for one in tail.after(0, 11, 2)] == [11, 12]
    assert [one.off for one in tail.after(0, 10, 100)] == [10, 11, 12, 13]
    assert list(tail.after(0, 9, 100)) == []
    assert list(tail.after(0, 14, 100)) == []
    assert (tail.end(0, 11), tail.end(0, 20), tail.end(1, 5)) == (14, 20, 5)


def test_what_does_not_go_on_where_the_tail_ends_takes_its_place() -> None:
    tail = Tail()
    tail.add(0, [record(1), record(2)])
    tail.add(0, [record(7), record(8)])
    assert list(tail.after(0, 1, 100)) == []
    assert [one.off for one in tail.after(0, 7, 100)] == [7, 8]


def test_the_tail_forgets_what_is_long_past() -> None:
    tail = Tail()
    for off in range(3000):
        tail.add(0, [record(off)])
    assert list(tail.after(0, 1000, 1)) == []
    assert len(tail.after(0, 2900, 1000)) == 100
