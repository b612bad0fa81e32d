"""Services at work in this process: any of them, in any mix of roles, behind one port."""

import asyncio
import gc
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from prometheus_client import start_http_server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from deploy.suite.documents import Documents
from deploy.suite.gateway import Gateway
from shared.app import Service
from shared.clock import Clock
from shared.runtime import Host, Role, Running
from shared.secrets import Secrets
from shared.settings import Settings

ALL_ROLES = frozenset(Role)

_SELDOM = (50_000, 20, 100)  # cycles are few here: not worth a look at every 700 new objects


class Suite:
    """Some services, started together."""

    def __init__(
        self,
        services: Mapping[str, Service],
        settings: Settings,
        secrets: Secrets,
        *,
        every: Sequence[str],
        clock: Clock | None = None,
    ) -> None:
        self.host = Host(settings, secrets, every, clock)
        self.running = {name: Running(service, self.host) for name, service in services.items()}
        self.host.edges.update({name: running.edge for name, running in self.running.items()})
        self.gateway = Documents(services, Gateway(self.host.edges))

    async def start(self, roles: frozenset[Role] = ALL_ROLES) -> None:
        """Connect everything, then begin to work."""
        await asyncio.gather(*(running.start() for running in self.running.values()))
        for running in self.running.values():
            await running.work(roles)
        if Role.API in roles:
            self.host.watch_revoked()

    async def stop(self) -> None:
        """End everything, readers first."""
        await asyncio.gather(*(running.stop() for running in self.running.values()))
        await self.host.close()


@asynccontextmanager
async def listening(suite: Suite, settings: Settings, *, on_public_port: bool = True) -> AsyncIterator[None]:
    """Answer on the metrics port, and on the public one where the roles ask for it."""
    metrics, metrics_thread = start_http_server(settings.metrics_port, settings.metrics_host)
    gc.collect()
    gc.freeze()  # what was made at the start stays: the collector need not walk it again
    gc.set_threshold(*_SELDOM)
    try:
        if on_public_port:
            async with _answering(suite.gateway, settings):
                yield
        else:
            yield
    finally:
        metrics.shutdown()
        metrics.server_close()
        metrics_thread.join()


@asynccontextmanager
async def _answering(gateway: Documents, settings: Settings) -> AsyncIterator[None]:
    config = uvicorn.Config(
        gateway,
        loop="none",
        http=_Protocol,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,  # nothing here asks where a request came from
        backlog=4096,
        timeout_graceful_shutdown=5,
    )
    server = _Server(config)
    address = (settings.host, settings.port)
    listener = socket.create_server(address, backlog=4096, reuse_port=settings.share_port)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="serve")
    try:
        yield
    finally:
        server.end()
        await serving


class _Protocol(HttpToolsProtocol):
    """HTTP, by uvicorn and httptools, which take whatever fails while they read for the caller's fault."""

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read; where it is memory that fails, hang up: it will be sent again."""
        error = sys.exception()
        if error is not None and isinstance(error.__context__, MemoryError):
            self.transport.abort()
        else:
            super().send_400_response(msg)


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers and without its ten looks a second: whoever started us says when to stop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ended = asyncio.Event()

    def end(self) -> None:
        """Answer what was asked and take no more."""
        self.should_exit = True
        self._ended.set()

    async def main_loop(self) -> None:
        """Wait for the end; between it and the beginning there is no header to renew and no limit to watch."""
        await self._ended.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the supervisor."""
        yield
