"""One run: a chain is opened, tills post, faults happen in seeded order, everything recovers, the verdict is spoken."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.journal import Journal
from deploy.suite.services import all_services
from shared.settings import Bus
from tests.faults.expected import expect
from tests.faults.injections import BESIDE_OTHERS, KINDS, ON_LINES
from tests.faults.opening import Opened, join, opened
from tests.faults.papers import Papers
from tests.faults.place import APIS, READERS, Place, place
from tests.faults.tills import Seen, Tills
from tests.faults.verdict import Verdict, judge

DRAIN_LIMIT_S = 180.0
CATCH_UP_LIMIT_S = 240.0
CALM_S = (0.1, 1.0)
TICKETS_BETWEEN = 300
WORKS_AGAIN_LIMIT_S = 15.0
AT_WORK_LIMIT_S = 90.0  # longer than a connection that nothing is heard on is waited for

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What is to happen."""

    seconds: float
    seed: int
    bus: Bus
    kinds: Sequence[str]
    at_once: int
    think_s: float


@dataclass(frozen=True)
class Report:
    """What happened, and what came of it."""

    injected: Counter[str]
    seen: Seen
    verdict: Verdict
    behind: list[str]
    idle: list[str]
    bugs: list[str]

    @property
    def differences(self) -> list[str]:
        """Whatever should not be: in what stands, and in what tills were told."""
        never = len(self.seen.sent) - len(self.seen.acknowledged)
        return [
            *self.verdict.differences,
            *self.seen.complaints,
            *self.behind,
            *self.idle,
            *self.bugs,
            *([f"{never} tickets were never acknowledged"] if never else []),
        ]


async def survive(plan: Plan, say: Say) -> Report:
    """Do it all; what was started is stopped, however this ends."""
    drawn = random.Random(plan.seed)
    has_small_disk, has_wire = "fill_disk" in plan.kinds, not ON_LINES.isdisjoint(plan.kinds)
    async with place(plan.bus, has_small_disk=has_small_disk, has_wire=has_wire) as here:
        await here.start_services()
        async with opened(here, drawn) as chain:
            here.token = chain.tokens[0]
            await here.caught_up(CATCH_UP_LIMIT_S)
            await here.checkpoint()
            say("the chain is open, the tills begin")
            journal_file = here.on.settings.home / "journal.jsonl"
            with Journal(journal_file) as journal:
                seen, injected, idle = await _under_fire(here, chain, journal, plan, say)
            begun = time.monotonic()
            await here.answers()
            behind = await _still_behind(here)
            say(f"{'not ' if behind else ''}every listener caught up {time.monotonic() - begun:.1f} s later")
            verdict = await _judged(here, journal_file)
            bugs = here.bugs()
    return Report(injected, seen, verdict, behind, idle, bugs)


async def _under_fire(
    here: Place, chain: Opened, journal: Journal, plan: Plan, say: Say
) -> tuple[Seen, Counter[str], list[str]]:
    journal.note("shops", shop_ids=chain.shop_ids)
    for card, member_id in chain.members.items():
        journal.note("member", card=card, member_id=member_id)
    cards = [*chain.members, *(card for card, _ in chain.late)]
    papers = Papers(chain.bodies, cards, len(chain.tokens), random.Random(plan.seed))
    tills = Tills(here.ports, chain.tokens, papers, journal, here.rush)
    working = asyncio.create_task(tills.work(plan.at_once, plan.think_s), name="tills")
    joining = asyncio.create_task(_join(chain, journal, plan.seconds), name="join")
    try:
        injected = await _inject(here, tills.seen, plan, say)
        tills.close()
        async with asyncio.timeout(DRAIN_LIMIT_S):
            await asyncio.gather(working, joining)
    except TimeoutError:
        say("some tickets are still not acknowledged")  # the verdict counts them
    finally:
        for task in (working, joining):
            task.cancel()
        await asyncio.wait({working, joining})
    return tills.seen, injected, await _idle(here, tills)


async def _inject(here: Place, seen: Seen, plan: Plan, say: Say) -> Counter[str]:
    """Fault after fault until the time is over, each kind once before any comes again; at least each once.

    What lies on the floor is not hurt again: the next fault waits until tills are answered, for a while.
    """
    drawn = random.Random(plan.seed)
    injected: Counter[str] = Counter()
    begun_s = time.monotonic()
    async with asyncio.TaskGroup() as beside:
        bag: list[str] = []
        while time.monotonic() < begun_s + plan.seconds or len(injected) < len(set(plan.kinds)):
            await _at_work(seen)
            bag = bag or drawn.sample(plan.kinds, len(plan.kinds))
            kind = bag.pop()
            say(f"{time.monotonic() - begun_s:5.1f} s, {len(seen.acknowledged):,} acknowledged: {kind}")
            happening = KINDS[kind](here, drawn)
            injected[kind] += 1
            if kind in BESIDE_OTHERS:
                beside.create_task(_awaited(happening))
            else:
                await happening
            await asyncio.sleep(drawn.uniform(*CALM_S))
    return injected


async def _at_work(seen: Seen) -> None:
    """Wait until so many more tickets are acknowledged."""
    enough = len(seen.acknowledged) + TICKETS_BETWEEN
    with suppress(TimeoutError):
        async with asyncio.timeout(WORKS_AGAIN_LIMIT_S):
            while len(seen.acknowledged) < enough:
                await asyncio.sleep(0.05)


async def _awaited(happening: Awaitable[None]) -> None:
    await happening


async def _join(chain: Opened, journal: Journal, seconds: float) -> None:
    """One after the other becomes a member while her tickets come in."""
    for card, mobile in chain.late:
        journal.note("member", card=card, member_id=await join(chain, card, mobile))
        await asyncio.sleep(seconds / len(chain.late))


async def _idle(here: Place, tills: Tills) -> list[str]:
    """Who was hurt for good, and others did its work: each that answers takes a sale, each that reads has its share."""
    ways = {name: tills.sell(port) for name, port in zip(APIS, here.ports, strict=True)}
    found = []
    for name, working in {**ways, " and ".join(READERS): here.all_read()}.items():
        try:
            await asyncio.wait_for(working, AT_WORK_LIMIT_S)
        except TimeoutError:
            found.append(f"{name} does not work any more")
    return found


async def _still_behind(here: Place) -> list[str]:
    """Who does not catch up."""
    try:
        await here.caught_up(CATCH_UP_LIMIT_S)
    except TimeoutError:
        return [f"{name} is still {left} events behind" for name, left in (await here.behind()).items() if left]
    return []


async def _judged(here: Place, journal: Path) -> Verdict:
    expected = await asyncio.to_thread(expect, journal)
    return await judge(here.on.admin_dsn, list(all_services()), expected)
