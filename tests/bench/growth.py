"""How figures change as things grow: partitions and reading processes for P4, members for P1, P2 and P6."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tests.bench import rows
from tests.bench.place import place
from tests.bench.rows import Row

PARTITIONS = (2, 4, 8)
READERS = (1, 2)
MEMBERS_THERE = 100_000  # while partitions and processes grow
P6_AIM = "≤ 1.3 ×; first ≤ 1.5 ×"


async def by_partitions(seconds: float) -> list[Row]:
    """The whole way, for each number of partitions and of reading processes, beside the smallest of both."""
    found: dict[str, dict[str, float]] = {}
    for partitions in PARTITIONS:
        async with place(MEMBERS_THERE, partitions=partitions) as here:
            for readers in READERS:
                await here.read_in(readers)
                ways = await rows.p4(here, seconds)
                size = f"{_count(partitions, 'partition')}, {_count(readers, 'reader')}"
                found[size] = {way: rows.middle(runs).whole_per_s for way, runs in ways.items()}
    (smallest, per_s), *_ = found.items()
    return [
        Row("P4", f"whole way, {way}: {size}", found[size][way], "/s", per_s[way], smallest, "")
        for way in per_s
        for size in found
    ]


async def by_members(sizes: Sequence[tuple[str, int]]) -> list[Row]:
    """Prompts and tickets, for each number of members; then what each costs beside the fewest."""
    found = {name: await _answering(members) for name, members in sizes}
    fewest, *more = found
    told = [row for name in found for row in found[name].values()]
    return told + [
        Row("P6", f"cost of a {kind}, {name} members", row.figure / found[name][kind].figure, "×", 1.0, fewest, P6_AIM)
        for name in more
        for kind, row in found[fewest].items()
    ]


async def _answering(members: int) -> Mapping[str, Row]:
    async with place(members) as here:
        prompt = await rows.p1(here)
        ticket, _ = await rows.p2(here, here.naive_dsn())
    return {
        kind: replace(row, work=f"{row.work}, {members:,} members")
        for kind, row in (("prompt", prompt), ("ticket", ticket))
    }


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
