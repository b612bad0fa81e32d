"""`siyu serve`, and `python -m deploy.suite.serving`: it imports what serving needs, and so begins the sooner."""

import asyncio
from collections.abc import Mapping
from typing import Annotated

import typer
import uvloop

from deploy.processes import until_signalled
from deploy.suite.out_of_memory import end_when_out_of_memory
from deploy.suite.secret import secrets_of
from deploy.suite.serve import Suite, listening
from deploy.suite.services import all_services, service_named
from shared import logs
from shared.app import Service
from shared.runtime import Role
from shared.settings import Settings


def serve(
    services: Annotated[list[str] | None, typer.Argument(help="which services; all if none is named")] = None,
    roles: Annotated[str, typer.Option(help="which of: api, readers, jobs")] = "api,readers,jobs",
) -> None:
    """Run services in this process against the database of SIYU_DATABASE_URL, until told to stop."""
    chosen = [service_named(name) for name in services or all_services()]
    uvloop.run(
        _serve({service.name: service for service in chosen}, frozenset(Role(role) for role in roles.split(",")))
    )


async def _serve(services: Mapping[str, Service], roles: frozenset[Role]) -> None:
    now = Settings()
    logs.configure(now.log_level)
    suite = Suite(services, now, secrets_of(now), every=list(all_services()))
    async with until_signalled():
        end_when_out_of_memory()
        await suite.start(roles)
        try:
            async with listening(suite, now, on_public_port=Role.API in roles):
                await asyncio.Event().wait()
        finally:
            await suite.stop()


if __name__ == "__main__":
    typer.run(serve)
