"""Ports for servers: free, each another's, and none that a client may be given while its server is away."""

import socket
from pathlib import Path

import pytest

from deploy.ports import free_ports

COUNT = 200
GIVEN_TO_CLIENTS = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_ports_are_free_and_each_anothers() -> None:
    ports = free_ports(COUNT)
    assert len(set(ports)) == COUNT
    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()


def test_no_port_is_one_that_a_client_is_given() -> None:
    first, last = map(int, GIVEN_TO_CLIENTS.read_text().split())
    assert not [port for port in free_ports(COUNT) if first <= port <= last]


def test_a_port_that_somebody_has_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, free = free_ports(2)
    drawn = iter([taken, free])
    monkeypatch.setattr("deploy.ports._drawn.choice", lambda _: next(drawn))
    with socket.create_server(("127.0.0.1", taken)):
        assert free_ports(1) == [free]
