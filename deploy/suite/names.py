"""The names of all services, by their folders: who needs no more than these need not import them, and begins sooner."""

import pkgutil
from functools import cache

import services


@cache
def service_names() -> tuple[str, ...]:
    """Every service: each folder of `services/`."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(services.__path__) if module.ispkg))
