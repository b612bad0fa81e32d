"""The bell of a process: a ring is heard by who waits, and by who was busy and counts."""

from shared.bus.bell import Bell


async def test_who_looked_elsewhere_when_it_rang_does_not_wait_for_the_next_ring() -> None:
    bell = Bell()
    seen = bell.times
    bell.ring()
    assert await bell.heard(0.01, since=seen)
    assert not await bell.heard(0.01, since=bell.times)
    assert not await bell.heard(0.01)
