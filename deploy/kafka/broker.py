"""A real Apache Kafka in one process on the loopback address: fetched once, then started and stopped."""

import asyncio
import fcntl
import secrets
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from string import Template
from typing import IO, NamedTuple

from deploy.ports import free_ports
from deploy.processes import last_lines, open_log, tied_to_parent

HERE = Path(__file__).parent
LIBRARIES = HERE / "libs"
PINNED = HERE / "pom.xml"
FETCHED = LIBRARIES / "pom.xml"
JAVA = ("java", "-Xms256m", "-Xmx512m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-cp", f"{LIBRARIES}/*")
LOG_SETTINGS = f"-Dlog4j2.configurationFile=file:{HERE / 'log4j2.properties'}"
STARTED = "Kafka Server started"

FETCH_LIMIT_S = 600.0
FREE_LIMIT_S = 20.0  # a broker whose starter was killed ends by itself, in about 3 s
START_LIMIT_S = 60.0
STOP_LIMIT_S = 20.0
LOOK_EVERY_S = 0.05


class KafkaError(Exception):
    """The broker cannot do what was asked; the message says what to do about it."""


class Secured(NamedTuple):
    """An encrypted line that asks who speaks: the one user it knows, and the file with its key and certificate."""

    user: str
    password: str
    keys: Path


class Broker:
    """A running broker. `stop` it before its folder is used again."""

    def __init__(self, folder: Path, port: int, secured: Secured | None = None) -> None:
        self.port = port
        self._secured = secured
        self._folder = folder
        self._log = folder / "server.log"
        self._lock: IO[bytes] | None = None
        self._process: asyncio.subprocess.Process | None = None

    @classmethod
    async def start(cls, folder: Path, *, port: int | None = None, secured: Secured | None = None) -> "Broker":
        """Start the broker of a folder, formatted at the first time, and wait until it takes messages."""
        _assert_ready_to_run()
        broker = cls(_made(folder), port or free_ports(1)[0], secured)
        broker._lock = await _lock(broker._folder)
        is_up = False
        try:
            await broker._format()
            await broker._launch()
            is_up = True
        finally:
            if not is_up:
                await broker.stop()
        return broker

    @property
    def address(self) -> str:
        """What clients call their bootstrap server."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None, "asked before it was started"
        return self._process.pid

    async def stop(self) -> None:
        """End the broker: politely, then without asking it."""
        if self._process is not None:
            await _end(self._process)
        if self._lock is not None:
            self._lock.close()

    async def _format(self) -> None:
        _write_settings(self._folder, self.port, self._secured)
        if (self._folder / "data" / "meta.properties").exists():
            return
        cluster = f"--cluster-id={secrets.token_urlsafe(16)}"
        tool = await self._spawn(
            ["kafka.tools.StorageTool", "format", cluster, *self._users(), "--config", "server.properties"]
        )
        try:
            returncode = await asyncio.wait_for(tool.wait(), START_LIMIT_S)
        finally:
            await _end(tool)
        if returncode != 0:
            raise KafkaError(f"Kafka cannot format {self._folder}:\n{last_lines(self._log)}")

    def _users(self) -> list[str]:
        """Who the broker knows by a mechanism whose passwords it keeps itself."""
        if self._secured is None:
            return []
        return ["--add-scram", f'SCRAM-SHA-512=[name="{self._secured.user}",password="{self._secured.password}"]']

    async def _launch(self) -> None:
        said_before = self._log.stat().st_size
        self._process = await self._spawn(["kafka.Kafka", "server.properties"])
        try:
            await asyncio.wait_for(self._until_started(self._process, said_before), START_LIMIT_S)
        except TimeoutError as error:
            raise KafkaError(f"Kafka has not started after {START_LIMIT_S:.0f} s:\n{last_lines(self._log)}") from error

    async def _until_started(self, process: asyncio.subprocess.Process, said_before: int) -> None:
        ended = asyncio.create_task(process.wait())
        try:
            while not _says(self._log, said_before, STARTED):
                await asyncio.wait({ended}, timeout=LOOK_EVERY_S)
                if ended.done():
                    raise KafkaError(f"Kafka did not start:\n{last_lines(self._log)}")
        finally:
            ended.cancel()

    async def _spawn(self, arguments: list[str]) -> asyncio.subprocess.Process:
        assert self._lock is not None, "spawned without holding the folder"
        command = [*JAVA, LOG_SETTINGS, f"-Dkafka.logs.dir={self._folder}", *arguments]
        with open_log(self._log) as output:
            return await asyncio.create_subprocess_exec(
                *tied_to_parent(command, signal.SIGTERM),
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(self._lock.fileno(),),  # the folder is held as long as the broker lives, also without us
                start_new_session=True,
            )


async def fetch() -> None:
    """Bring Kafka's jars into `libs`, as `pom.xml` pins them, once. Its own step, never part of a test."""
    _assert_java()
    if _is_fetched():
        return
    if not shutil.which("mvn"):
        raise KafkaError("Kafka did NOT run: Maven, which fetches it, is missing. `apt-get install maven` installs it.")
    shutil.rmtree(LIBRARIES, ignore_errors=True)
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={LIBRARIES}"]
    maven = await asyncio.create_subprocess_exec("mvn", "-q", "-B", "-f", str(PINNED), *goal)
    try:
        returncode = await asyncio.wait_for(maven.wait(), FETCH_LIMIT_S)
    finally:
        await _end(maven)
    if returncode != 0:
        raise KafkaError("Kafka did NOT run: Maven could not fetch it; Maven's own words are above.")
    shutil.copy(PINNED, FETCHED)


def _assert_ready_to_run() -> None:
    _assert_java()
    if not _is_fetched():
        raise KafkaError("Kafka did NOT run: its jars are missing or outdated. `siyu kafka --fetch-only` fetches them.")


def _assert_java() -> None:
    if not shutil.which("java"):
        raise KafkaError(
            "Kafka did NOT run: Java 17 or newer is missing. `apt-get install default-jre-headless` installs it."
        )


def _is_fetched() -> bool:
    """Whether what was fetched is what is pinned now; the copy of the pins is written last."""
    return FETCHED.exists() and FETCHED.read_bytes() == PINNED.read_bytes()


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder.resolve()


async def _lock(folder: Path) -> IO[bytes]:
    lock = (folder / "lock").open("ab")
    give_up_s = asyncio.get_running_loop().time() + FREE_LIMIT_S
    while not _locked(lock):
        if asyncio.get_running_loop().time() > give_up_s:
            lock.close()
            raise KafkaError(f"Another broker uses {folder}. Stop it, or choose another folder.")
        await asyncio.sleep(LOOK_EVERY_S)
    return lock


def _locked(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_settings(folder: Path, port: int, secured: Secured | None) -> None:
    template = Template((HERE / "server.properties").read_text(encoding="utf-8"))
    inner_port, controller_port = free_ports(2)
    places = {"port": port, "inner_port": inner_port, "controller_port": controller_port, "data": folder / "data"}
    filled = template.substitute(places, protocol="SASL_SSL" if secured else "PLAINTEXT")
    if secured:
        filled += Template((HERE / "secured.properties").read_text(encoding="utf-8")).substitute(secured._asdict())
    (folder / "server.properties").write_text(filled, encoding="utf-8")


def _says(log: Path, said_before: int, words: str) -> bool:
    with log.open("rb") as lines:
        lines.seek(said_before)
        return words.encode() in lines.read()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_LIMIT_S)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
