"""Ports of loopback for servers of ours."""

import random
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

_LOWEST, _HIGHEST = 10_000, 65_535
_CLIENTS = Path("/proc/sys/net/ipv4/ip_local_port_range")  # ip(7)
_CLIENTS_ELSEWHERE = (49_152, 65_535)  # RFC 6335, 6: dynamic ports
_drawn = random.SystemRandom()


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses just now, and that the system gives to no client.

    While a server is away its port would be given to one of the many clients that connect meanwhile, and the server
    could not come back to it.
    """
    first, last = _of_clients()
    candidates = [port for port in range(_LOWEST, _HIGHEST) if not first <= port <= last]
    with ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            port = _drawn.choice(candidates)
            with suppress(OSError):  # somebody's
                held.enter_context(socket.create_server(("127.0.0.1", port)))
                ports.append(port)
    return ports


def _of_clients() -> tuple[int, int]:
    if not _CLIENTS.exists():
        return _CLIENTS_ELSEWHERE
    first, last = map(int, _CLIENTS.read_text().split())
    return first, last
