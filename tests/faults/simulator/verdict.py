"""What must be true when everything has healed, whatever happened before."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from shared.bus.kafka import UNSEEN, KafkaSource
from shared.bus.source import Position
from tests.faults.simulator.postgres import Server
from tests.faults.simulator.suite import PARTITIONS, Suite, log_of, story_of


def is_settled(suite: Suite, numbers: Iterable[int]) -> bool:
    """Whether every item was acknowledged and every reader stands at the end with nothing put aside."""
    shop = suite.servers["shop"]
    if set(numbers) != set(suite.acknowledged):
        return False
    for name in suite.listeners:
        server = suite.servers[name]
        if server.tables["dead_letter"]:
            return False
        cursors = {part: place[0] for (_, part), place in server.tables["cursor"].items()}
        if cursors != {part: head[0] for part, head in shop.tables["log_head"].items()}:
            return False
    return True


def judge(suite: Suite, numbers: Iterable[int]) -> list[str]:
    """Everything that is wrong."""
    shop = suite.servers["shop"]
    wrong = [] if is_settled(suite, numbers) else [f"somebody is stuck: {_standing(suite, numbers)}"]
    wrong += [f"asked for {one}, told of {other}" for one, other in suite.acknowledged.items() if one != other]
    wrong += [
        f"{number} was acknowledged and is not there" for number in suite.acknowledged.keys() - shop.tables["item"]
    ]
    said = [number for _, _, number in log_of(shop)]
    wrong += _differences("shop's log", said, shop.tables["item"])
    for server in suite.servers.values():
        wrong += _holes(server)
    for name in suite.listeners:
        effects = list(suite.servers[name].tables["effect"].values())
        wrong += _differences(f"the effects of {name}", effects, said)
        wrong += _disorder(name, effects, {number: off for _, off, number in log_of(shop)})
        wrong += _differences(f"the log of {name}", [number for _, _, number in log_of(suite.servers[name])], effects)
    return wrong


async def judge_topic(suite: Suite) -> list[str]:
    """Read the topic from its beginning, as a new reader would: each record once, in order."""
    source = KafkaSource("shop", "", PARTITIONS)
    heads = {part: head[0] for part, head in suite.servers["shop"].tables["log_head"].items()}
    positions = {part: Position(0, 0, UNSEEN) for part in heads}
    read: list[tuple[int, int]] = []
    for _ in range(200):
        if all(positions[part].off == end for part, end in heads.items()):
            break
        await source.news(positions, 1.0)
        fetched = await source.fetch(positions, 500)
        read += [(record.part, record.off) for record in fetched.records]
        positions |= fetched.after
    await source.close()
    if not _is_in_order(read):
        return ["the topic gave records out of order"]
    return _differences("the topic", read, [(part, off) for part, end in heads.items() for off in range(end)])


def _differences(where: str, found: Iterable[object], expected: Iterable[object]) -> list[str]:
    counted, wanted = Counter(list(found)), Counter(list(expected))
    too_few = [f"{where}: {item} is missing" for item in wanted - counted]
    return too_few + [f"{where}: {item} is there too often" for item in counted - wanted]


def _holes(server: Server) -> list[str]:
    offs = defaultdict(list)
    for part, off in sorted(server.tables["log"]):
        offs[part].append(off)
    return [
        f"{server.name}'s log has a hole in partition {part}"
        for part, head in server.tables["log_head"].items()
        if offs[part] != list(range(head[0]))
    ]


def _disorder(name: str, effects: Iterable[int], off_of: dict[int, int]) -> list[str]:
    latest: dict[str, int] = {}
    wrong = []
    for number in effects:
        off, story = off_of.get(number, -1), story_of(number)
        if off < latest.get(story, -1):
            wrong.append(f"{name} counted {number} of {story} after a later one")
        latest[story] = max(off, latest.get(story, -1))
    return wrong


def _is_in_order(places: Iterable[tuple[int, int]]) -> bool:
    latest: dict[int, int] = {}
    for part, off in places:
        if off <= latest.get(part, -1):
            return False
        latest[part] = off
    return True


def _standing(suite: Suite, numbers: Iterable[int]) -> str:
    heads = {part: head[0] for part, head in suite.servers["shop"].tables["log_head"].items()}
    told = [f"not acknowledged {sorted(set(numbers) - set(suite.acknowledged))}", f"heads {heads}"]
    for name in suite.listeners:
        server = suite.servers[name]
        cursors = {part: place[0] for (_, part), place in server.tables["cursor"].items()}
        told.append(f"{name} {cursors}, dead {sorted(server.tables['dead_letter'])}")
    return "; ".join(told)
