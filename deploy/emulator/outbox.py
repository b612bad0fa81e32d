"""The sender of callbacks: encrypted, up to three tries each, a few at once, through whatever the weather is."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from secrets import token_hex

import httpx

from deploy.emulator.corp import Target
from deploy.emulator.world import World
from shared.wecom.changes import ChatChange, ContactChange, compose

TIMEOUT_S = 5.0
TRIES = 3
HELD_AT_MOST_S = 2.0
MOST_WAITING = 100_000

Change = ChatChange | ContactChange


@dataclass(frozen=True, slots=True)
class Sending:
    """How the sender works; tests take the waiting out."""

    at_once: int = 8
    timeout_s: float = TIMEOUT_S
    retry_after_s: float = 0.5
    held_at_most_s: float = HELD_AT_MOST_S


@dataclass(slots=True)
class Tally:
    """What became of the callbacks. A repeated one counts once as told and twice as sent."""

    told: int = 0
    lost: int = 0
    repeated: int = 0
    disordered: int = 0
    delivered: int = 0
    failed: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Letter:
    """A callback under way."""

    target: Target
    document: bytes


@dataclass(slots=True, eq=False)
class Held:
    """A letter that lets others pass."""

    letter: Letter
    lets_pass: int
    timer: asyncio.TimerHandle | None = None


class Outbox:
    """Everything between a change and its delivery."""

    def __init__(self, world: World, client: httpx.AsyncClient, sending: Sending) -> None:
        self.tally = Tally()
        self._world = world
        self._client = client
        self._sending = sending
        self._told: Counter[str] = Counter()  # by whom a change is about, so that its fate is always the same
        self._ready: asyncio.Queue[Letter] = asyncio.Queue()
        self._held: list[Held] = []

    @property
    def is_full(self) -> bool:
        """Whether whoever makes changes has to wait."""
        return self._ready.qsize() + len(self._held) >= MOST_WAITING

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Send while inside."""
        workers = [asyncio.create_task(self._work(), name=f"callbacks {n}") for n in range(self._sending.at_once)]
        try:
            yield
        finally:
            self._release_all(self._held[:])
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    def post(self, target: Target, change: Change) -> None:
        """Take a change over; what is drawn for it depends on the how-manyeth it is about its subject."""
        subject = change.chat_id if isinstance(change, ChatChange) else change.external_userid
        self._told[subject] += 1
        self.tally.told += 1
        chance, weather = self._world.chance, self._world.weather
        drawn_for = (subject, self._told[subject])
        if chance.happens(weather.lost_bp, "lost", *drawn_for):
            self.tally.lost += 1
            return
        copies = 1
        if chance.happens(weather.repeated_bp, "repeated", *drawn_for):
            self.tally.repeated += 1
            copies = 2
        letter = Letter(target, compose(change))
        for copy in range(copies):
            self._send_or_hold(letter, (*drawn_for, copy))

    async def flush(self) -> None:
        """Deliver everything that is still under way."""
        self._release_all(self._held[:])
        await self._ready.join()

    async def verify(self, target: Target) -> bool:
        """Ask the address whether it is the corp's, as WeCom does before it takes it."""
        echo = token_hex(16).encode()
        query = target.callbacks.seal_echo(echo, self._world.machine_clock())
        try:
            async with asyncio.timeout(self._sending.timeout_s):
                response = await self._client.get(target.url, params=dict(query))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            return False
        return response.status_code == 200 and response.content == echo

    def _send_or_hold(self, letter: Letter, drawn_for: tuple[object, ...]) -> None:
        chance, weather = self._world.chance, self._world.weather
        if not chance.happens(weather.disordered_bp, "disordered", *drawn_for):
            self._send(letter)
            return
        self.tally.disordered += 1
        held = Held(letter, 1 + chance.draw(weather.window, "lets pass", *drawn_for))
        loop = asyncio.get_running_loop()
        held.timer = loop.call_later(self._sending.held_at_most_s, self._release_all, [held])
        self._held.append(held)

    def _send(self, letter: Letter) -> None:
        self._ready.put_nowait(letter)
        for held in self._held:
            held.lets_pass -= 1
        self._release_all([held for held in self._held if held.lets_pass <= 0])

    def _release_all(self, released: list[Held]) -> None:
        for held in released:
            assert held.timer is not None
            held.timer.cancel()
            self._held.remove(held)
            self._ready.put_nowait(held.letter)

    async def _work(self) -> None:
        while True:
            letter = await self._ready.get()
            try:
                await self._deliver(letter)
            finally:
                self._ready.task_done()

    async def _deliver(self, letter: Letter) -> None:
        for tries_left in reversed(range(TRIES)):
            if await self._is_taken(letter):
                self.tally.delivered += 1
                return
            if tries_left:
                await asyncio.sleep(self._sending.retry_after_s)
        self.tally.failed += 1

    async def _is_taken(self, letter: Letter) -> bool:
        sealed = letter.target.callbacks.seal(letter.document, self._world.machine_clock())
        headers = {"Content-Type": "text/xml"}
        try:
            async with asyncio.timeout(self._sending.timeout_s):
                response = await self._client.post(
                    letter.target.url, params=dict(sealed.query), content=sealed.body, headers=headers
                )
        except (httpx.HTTPError, TimeoutError):
            return False
        return response.status_code == 200
