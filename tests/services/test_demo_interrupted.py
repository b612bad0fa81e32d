"""A demo that was interrupted is played anew: its home is emptied, and nobody else's."""

import asyncio
import sys
from pathlib import Path

import pytest

from deploy.demo.edge import Tally
from deploy.demo.play import Played
from deploy.suite.begun import Interrupted, clear_interrupted, mark_begun, mark_done
from deploy.suite.postgres_binaries import PostgresError
from deploy.suite.postgres_folder import Folder

PLAYED = Played("brand", 1, 0, 0.1, 0.1, Tally())
KEPT = ("postgres/secrets/postgres", "secrets/master")
CLEARED = ("postgres/data/PG_VERSION", "kafka/data/meta.properties", "demo/journal.jsonl", "outside.json", "clock")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which a demo has begun."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    mark_begun(tmp_path)
    for name in (*KEPT, *CLEARED):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("there")
    return tmp_path


def left(home: Path) -> set[str]:
    return {name for name in (*KEPT, *CLEARED) if (home / name).exists()}


async def test_an_interrupted_demo_begins_in_an_empty_home_with_its_old_secrets(home: Path) -> None:
    assert await clear_interrupted(home)
    assert left(home) == set(KEPT)
    assert not await clear_interrupted(home)


async def test_a_demo_that_had_only_begun_is_interrupted_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert not await clear_interrupted(tmp_path)
    mark_begun(tmp_path)
    assert await clear_interrupted(tmp_path)


async def test_a_server_that_an_interrupted_demo_left_running_is_ended_first(home: Path) -> None:
    program = home / "postgres" / "postgres"
    program.symlink_to(sys.executable)
    waits = ("-c", "import time; time.sleep(20)")
    server = await asyncio.create_subprocess_exec(program, *waits, cwd=home / "postgres" / "data")
    assert await clear_interrupted(home)
    assert await server.wait() < 0


async def test_a_demo_that_ended_is_kept(home: Path) -> None:
    mark_done(home, PLAYED)
    assert not await clear_interrupted(home)
    assert left(home) == {*KEPT, *CLEARED}


async def test_a_database_that_somebody_gave_is_not_emptied(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@127.0.0.1/theirs")
    with pytest.raises(Interrupted, match="make it anew"):
        await clear_interrupted(home)
    assert left(home) == {*KEPT, *CLEARED}


async def test_a_demo_that_is_being_played_by_another_run_is_left_alone(home: Path) -> None:
    other = Folder(home / "postgres")
    with pytest.raises(PostgresError, match="Another run uses"):
        await clear_interrupted(home)
    other.release()
    assert left(home) == {*KEPT, *CLEARED}
