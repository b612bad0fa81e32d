"""One seed, one story: things are posted, things go wrong, things heal, and the verdict is spoken."""

import asyncio
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from unittest.mock import patch

import asyncpg

from shared.bus import kafka, kafka_lag, reader, relay
from tests.faults.simulator.loop import Loop, Stuck
from tests.faults.simulator.mishaps import MISHAPS, OF_THE_BROKER, Mishap
from tests.faults.simulator.suite import LEASE_S, Suite
from tests.faults.simulator.verdict import is_settled, judge, judge_topic

TROUBLE_S = 12.0
HEALED_WITHIN_S = 120.0
MOST_ITEMS = 40
_LOOK_S = 0.5
_SAID_IN_PEACE = 6


@dataclass
class Told:
    """What came of a seed: what is wrong, what happened how often, and, if asked for, every step."""

    seed: int
    wrong: list[str] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    took_s: float = 0.0


class Story:
    """A seed's loop, suite and mishaps."""

    def __init__(self, seed: int, *, with_trace: bool = False) -> None:
        self.told = Told(seed)
        self._with_trace = with_trace
        self._loop = Loop(Random(seed))  # type: ignore[abstract]  # what asyncio asks of it here is all there
        chance = self._loop.chance
        self._over_kafka = chance.random() < 0.5
        listeners = ("member", "stock") if chance.random() < 0.25 else ("member",)
        self._suite = Suite(self._loop, over_kafka=self._over_kafka, listeners=listeners, tell=self.tell)
        self._numbers = range(chance.randint(5, MOST_ITEMS))
        self._is_calm = False

    def tell(self, who: str, what: str) -> None:
        """Note a step."""
        if self._with_trace:
            self.told.lines.append(f"{self._loop.time():9.4f} {who:9} {what}")

    def run(self) -> Told:
        """From the beginning to the verdict."""
        with _in_place(self._suite, Ears(self)):
            try:
                self._loop.run(self._happen())
            except Stuck as error:
                self.told.wrong.append(str(error))
            self.told.took_s = self._loop.time()
            self._is_calm = True
            self._loop.bury()
        return self.told

    async def _happen(self) -> None:
        self._suite.start()
        posts = [asyncio.create_task(self._post(number)) for number in self._numbers]
        chance = self._loop.chance
        kinds = MISHAPS + OF_THE_BROKER if self._over_kafka else MISHAPS
        mishaps = [asyncio.create_task(self._befall(chance.choice(kinds))) for _ in range(chance.randint(2, 8))]
        await asyncio.wait(mishaps)
        self._heal()
        until = self._loop.time() + HEALED_WITHIN_S
        while not is_settled(self._suite, self._numbers) and self._loop.time() < until:
            await asyncio.sleep(_LOOK_S)
        for post in posts:
            post.cancel()
        self.told.wrong += judge(self._suite, self._numbers)
        if self._over_kafka and not self.told.wrong:
            self.told.wrong += await judge_topic(self._suite)
            self.told.wrong += await self._say_more_in_peace()

    async def _say_more_in_peace(self) -> list[str]:
        """When all has healed and shares have settled, what is said is mirrored once, however many relays there are."""
        await asyncio.sleep(2 * LEASE_S)
        before = self._suite.broker.count("shop")
        more = range(MOST_ITEMS, MOST_ITEMS + _SAID_IN_PEACE)
        await asyncio.gather(*(self._suite.post(number) for number in more))
        await asyncio.sleep(LEASE_S)
        mirrored = self._suite.broker.count("shop") - before
        return [] if mirrored == len(more) else [f"{len(more)} more were said and mirrored {mirrored} times"]

    async def _post(self, number: int) -> None:
        await asyncio.sleep(self._loop.chance.choice((0.5, 3.0, 6.0, 9.0)) + self._loop.chance.random() * 0.05)
        await self._suite.post(number)

    async def _befall(self, mishap: Mishap) -> None:
        await asyncio.sleep(self._loop.chance.uniform(0.0, TROUBLE_S))
        self.told.happened[mishap.__name__] += 1
        self.tell("mishap", f"{mishap.__name__} begins")
        self.tell("mishap", f"{mishap.__name__} is over: {await mishap(self._suite)}")

    def _heal(self) -> None:
        self.tell("mishap", "no more")
        self._suite.broker.is_unsteady = False
        for server in self._suite.servers.values():
            server.is_unsteady = False

    def overhear(self, level: str, event: str, facts: dict[str, object]) -> None:
        """What the product logs: some of it may never be said here."""
        if self._is_calm:
            return
        who = self._loop.current().name
        facts = {name: fact for name, fact in facts.items() if name != "event_id"}  # the only thing not drawn
        self.tell(who, f"{level}: {event} {facts}")
        self.told.happened[event] += 1
        is_bug = level in {"error", "exception"} and event != "dead letter"
        is_bug |= event == "dead letter" and "poison" not in repr(facts.get("exc_info"))
        if is_bug:
            self.told.wrong.append(f"{who} says: {event} {facts}")


class Ears:
    """Stands for the product's loggers."""

    def __init__(self, story: Story) -> None:
        self._story = story

    def info(self, event: str, **facts: object) -> None:
        """As it should be."""
        self._story.overhear("info", event, facts)

    def warning(self, event: str, **facts: object) -> None:
        """It passes."""
        self._story.overhear("warning", event, facts)

    def error(self, event: str, **facts: object) -> None:
        """Somebody has to look."""
        self._story.overhear("error", event, facts)

    def exception(self, event: str, **facts: object) -> None:
        """A bug."""
        self._story.overhear("exception", event, facts | {"why": _place_of(sys.exception())})


def _place_of(error: BaseException | None) -> str:
    """An exception and where it came from, on one line."""
    frames = traceback.extract_tb(error.__traceback__) if error else []
    return f"{error!r} at {' '.join(f'{Path(frame.filename).name}:{frame.lineno}' for frame in frames[-4:])}"


@contextmanager
def _in_place(suite: Suite, ears: Ears) -> Iterator[None]:
    """The drawn drivers in place of the real ones."""
    broker = suite.broker
    with ExitStack() as stack:
        stack.enter_context(patch.object(asyncpg, "create_pool", suite.pool))
        for name, drawn in (("Producer", broker.producer), ("Consumer", broker.consumer), ("Admin", broker.admin)):
            stack.enter_context(patch.object(kafka, name, drawn))
        for module in (kafka, kafka_lag, reader, relay):
            stack.enter_context(patch.object(module, "logger", ears))
        yield


def tell_story(seed: int, *, with_trace: bool = False) -> Told:
    """Play one seed."""
    return Story(seed, with_trace=with_trace).run()
