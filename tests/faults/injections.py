"""The faults by name, what each needs, and which are worth a minute. None lasts longer than the fault itself."""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType

from tests.faults import on_broker, on_database, on_doors, on_lines, on_processes
from tests.faults.place import Place

Injection = Callable[[Place, random.Random], Awaitable[None]]

_ALL: Sequence[Injection] = (
    on_processes.kill_api,
    on_processes.kill_reader,
    on_processes.stop_reader,
    on_processes.squeeze_memory,
    on_processes.take_files,
    on_processes.shift_clock,
    on_processes.roll,
    on_processes.upgrade,
    on_doors.post_too_much,
    on_lines.still_line,
    on_lines.mute_line,
    on_lines.lose_commits,
    on_lines.forget_lines,
    on_database.kill_postgres,
    on_database.kill_backend,
    on_database.restart_postgres,
    on_database.freeze_postgres,
    on_database.cut_connections,
    on_database.take_connections,
    on_database.slow_disk,
    on_database.fill_disk,
    on_database.restore,
    on_database.begin_new_life,
    on_broker.kill_broker,
    on_broker.lose_tail,
    on_broker.freeze_broker,
)
KINDS: Mapping[str, Injection] = MappingProxyType({kind.__name__: kind for kind in _ALL})

A_MINUTE = "minute"
OF_A_MINUTE = (
    "kill_api",
    "kill_reader",
    "stop_reader",
    "squeeze_memory",
    "upgrade",
    "lose_commits",
    "kill_postgres",
    "cut_connections",
    "slow_disk",
    "kill_broker",
    "lose_tail",
)
ONLY_ON = MappingProxyType(
    {"kill_broker": "kafka", "lose_tail": "kafka", "freeze_broker": "kafka", "begin_new_life": "log"}
)
ON_LINES = frozenset({"still_line", "mute_line", "lose_commits", "forget_lines"})
# These last, and others happen meanwhile.
BESIDE_OTHERS = frozenset({"stop_reader", "shift_clock", "still_line", "mute_line", "freeze_broker"})


def chosen(names: Sequence[str], bus: str, *, may_mount: bool) -> list[str]:
    """The kinds that can happen here; all that can, where none is named."""
    possible = [name for name in KINDS if ONLY_ON.get(name, bus) == bus]
    if names == [A_MINUTE]:
        return [name for name in possible if name in OF_A_MINUTE]
    wanted = list(names) or [name for name in possible if may_mount or name != "fill_disk"]
    unknown = set(wanted) - set(possible)
    assert not unknown, f"no such fault here: {', '.join(sorted(unknown))}; there are {', '.join(possible)}"
    return wanted
