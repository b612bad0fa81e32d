"""The `siyu` command. Each of its commands is imported when it is called: the suite is ready the sooner."""

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from deploy.kafka.broker import KafkaError
from deploy.suite.begun import Interrupted
from deploy.suite.postgres_binaries import PostgresError

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "settings": "deploy.suite.upkeep:settings",
        "run": "deploy.suite.running:run",
        "smoke": "deploy.suite.running:smoke",
        "explain": "deploy.suite.explaining:explain",
        "events": "deploy.suite.upkeep:events",
        "keeper-token": "deploy.suite.upkeep:keeper_token",
        "kafka": "deploy.suite.upkeep:kafka",
        "serve": "deploy.suite.serving:serve",
        "adopt": "deploy.suite.adopt:adopt",
        "brand": "deploy.suite.brand:brand",
        "topics": "deploy.suite.topics:topics",
        "partitions": "deploy.suite.topics:partitions",
        "rebuild": "deploy.suite.rebuild:rebuild",
        "migrate": "deploy.suite.upkeep:migrate_all",
        "migration": "deploy.suite.upkeep:migration",
    }
)


class Commands(TyperGroup):
    """Finds a command when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All, as `--help` tells them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """One of them, or none."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, function = place.partition(":")
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(cmd_name)(getattr(importlib.import_module(module), function))
        return typer.main.get_command(alone)


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def siyu() -> None:
    """Siyu 私域"""


def main() -> None:
    """What the console script runs; what the machine lacks is said in one sentence."""
    try:
        app()
    except (Interrupted, KafkaError, PostgresError) as error:
        Console().print(str(error), style="bold red")
        raise SystemExit(1) from error
