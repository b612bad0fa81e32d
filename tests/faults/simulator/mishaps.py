"""What goes wrong in a story, drawn: each mishap is a coroutine that does its harm and, in the end, undoes it."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.faults.simulator.postgres import IDLE_LIMIT_S
from tests.faults.simulator.suite import Suite

Mishap = Callable[[Suite], Awaitable[str]]

_LEASE_AND_MORE_S = 16.0


async def kill_process(suite: Suite) -> str:
    """A process is killed and started again."""
    name = await _victim(suite)
    suite.kill(name)
    await asyncio.sleep(suite.loop.chance.uniform(0.01, 8))
    suite.begin(name)
    return name


async def freeze_process(suite: Suite) -> str:
    """A process is stopped, past its lease perhaps, and goes on as if nothing had been."""
    name = await _victim(suite)
    process = suite.processes[name]
    suite.loop.freeze(process)
    limit = suite.loop.call_later(IDLE_LIMIT_S, suite.end_idle_transactions, process)
    await asyncio.sleep(suite.loop.chance.choice((0.02, 2.0, _LEASE_AND_MORE_S, _LEASE_AND_MORE_S)))
    limit.cancel()
    suite.loop.thaw(process)
    return name


async def restart_process(suite: Suite) -> str:
    """A process is asked to end, killed if it does not, and started again."""
    name = _some_process(suite)
    suite.stop(name)
    await asyncio.sleep(suite.loop.chance.uniform(0.1, 4))
    suite.kill(name)
    suite.begin(name)
    return name


async def kill_server(suite: Suite) -> str:
    """A database server is killed and comes back."""
    name = suite.loop.chance.choice(sorted(suite.servers))
    suite.servers[name].kill()
    await asyncio.sleep(suite.loop.chance.uniform(0.05, 5))
    suite.servers[name].is_up = True
    return name


async def cut_connections(suite: Suite) -> str:
    """Every connection to a server breaks, and for a while many more do, over a commit too."""
    name = suite.loop.chance.choice(sorted(suite.servers))
    suite.servers[name].cut()
    suite.servers[name].cut_rate = suite.loop.chance.choice((0.02, 0.1))
    await asyncio.sleep(suite.loop.chance.uniform(0.5, 4))
    suite.servers[name].cut_rate = 0.0
    return name


async def shift_clock(suite: Suite) -> str:
    """A server's clock jumps: leases end too early, or too late."""
    name = suite.loop.chance.choice(sorted(suite.servers))
    suite.servers[name].skew_s += suite.loop.chance.choice((-8.0, 8.0, 3600.0))
    await asyncio.sleep(0)
    return name


async def poison_items(suite: Suite) -> str:
    """Some items meet a bug in the listener, until it is mended."""
    numbers = {suite.loop.chance.randrange(40) for _ in range(3)}
    suite.poison |= numbers
    await asyncio.sleep(suite.loop.chance.uniform(1, 6))
    suite.poison -= numbers
    return str(sorted(numbers))


async def stop_broker(suite: Suite) -> str:
    """The broker is away for a while."""
    suite.broker.is_up = False
    await asyncio.sleep(suite.loop.chance.uniform(0.1, 6))
    suite.broker.is_up = True
    return ""


async def lose_tail(suite: Suite) -> str:
    """The broker dies and has lost what it had acknowledged last."""
    suite.broker.is_up = False
    lost = suite.broker.lose_tail("shop", suite.loop.chance.choice((2, 10)))
    await asyncio.sleep(suite.loop.chance.uniform(0.05, 2))
    suite.broker.is_up = True
    return f"{lost} records"


MISHAPS: tuple[Mishap, ...] = (
    kill_process,
    freeze_process,
    restart_process,
    kill_server,
    cut_connections,
    shift_clock,
    poison_items,
)
OF_THE_BROKER: tuple[Mishap, ...] = (stop_broker, lose_tail)


async def _victim(suite: Suite) -> str:
    """Any process, or the next one that talks to a database, a moment later: it is in the middle of something."""
    if suite.loop.chance.random() < 0.3:
        return _some_process(suite)
    server = suite.loop.chance.choice([suite.servers[name] for name in sorted(suite.servers)])
    process = await server.next_to_ask()
    await asyncio.sleep(suite.loop.chance.random() * 0.01)
    is_there = process.name in suite.processes and suite.processes[process.name] is process
    return process.name if is_there and not process.is_dead and not process.is_frozen else _some_process(suite)


def _some_process(suite: Suite) -> str:
    """One that is neither dead nor stopped already."""
    well = [name for name, process in suite.processes.items() if not process.is_dead and not process.is_frozen]
    return suite.loop.chance.choice(well or list(suite.processes))
