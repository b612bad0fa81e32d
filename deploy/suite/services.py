"""All services: the only place that knows them all."""

import importlib
from functools import cache

import typer

from deploy.suite.names import service_names
from shared.app import Service


@cache
def all_services() -> dict[str, Service]:
    """Every service by name: each folder of `services/` that has an `app.py` with a `service` in it."""
    return {name: importlib.import_module(f"services.{name}.app").service for name in service_names()}


def service_named(name: str) -> Service:
    """A service, however its name is spelt; any other name is refused in the words of a command."""
    found = all_services().get(name.replace("-", "_"))
    if found is None:
        raise typer.BadParameter(f"no service {name}; there are {', '.join(all_services())}")
    return found
