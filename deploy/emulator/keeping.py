"""What the world outside remembers from one start to the next: one file, written whole and then moved into place.

Access tokens and the codes of phones are not kept: after a start they count no more, as WeCom may have it at any time.
A process that is killed forgets at most what happened in its last two seconds.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.emulator.contacts import Follow
from deploy.emulator.corp import Corp, Target
from deploy.emulator.groups import Group
from deploy.emulator.people import Person
from deploy.emulator.ways import ContactWay, JoinWay
from deploy.emulator.weather import Weather
from deploy.emulator.world import World

WRITES_EVERY_S = 2.0


@dataclass(frozen=True, kw_only=True)
class KeptCorp:
    """All of a corp."""

    secret: str
    staff: dict[str, str]
    most_members: int
    opened: int
    groups: list[Group]
    joiners: dict[str, Person]
    follows: list[Follow]
    greeted: list[tuple[str, str]]
    join_ways: dict[str, JoinWay]
    contact_ways: dict[str, ContactWay]
    ways_made: int
    target: Target | None


@dataclass(frozen=True, kw_only=True)
class KeptProgram:
    """A mini-program; `issued` so that no code comes twice."""

    secret: str
    issued: int


@dataclass(frozen=True, kw_only=True)
class KeptWorld:
    """The file."""

    weather: Weather
    corps: dict[str, KeptCorp]
    programs: dict[str, KeptProgram]


_file = TypeAdapter(KeptWorld)


class Keeper:
    """Keeps a world in a file, as long as it is asked to, whenever something may have changed."""

    def __init__(self, world: World, path: Path) -> None:
        self._world = world
        self._path = path
        self._touched = asyncio.Event()

    def load(self) -> None:
        """Make the world what the file says, if there is one."""
        if self._path.exists():
            _restore(self._world, _file.validate_json(self._path.read_bytes()))

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Write while inside, and once more at the end."""
        writer = asyncio.create_task(self._write_on(), name="keep the world")
        try:
            yield
        finally:
            writer.cancel()
            await asyncio.wait({writer})
            self._write()

    def touch(self) -> None:
        """Something may have changed."""
        self._touched.set()

    async def _write_on(self) -> None:
        while True:
            await self._touched.wait()
            self._touched.clear()
            self._write()
            await asyncio.sleep(WRITES_EVERY_S)

    def _write(self) -> None:
        beside = self._path.with_suffix(".new")
        beside.touch(mode=0o600)  # it holds the corp's secret and key
        beside.write_bytes(_file.dump_json(_kept(self._world)))
        beside.replace(self._path)


class Touching:
    """Tells the keeper of every request that may have changed the world: all but GETs."""

    def __init__(self, app: ASGIApp, keeper: Keeper) -> None:
        self._app = app
        self._keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            if scope["type"] == "http" and scope["method"] != "GET":
                self._keeper.touch()


def _kept(world: World) -> KeptWorld:
    return KeptWorld(
        weather=world.weather,
        corps={corp_id: _kept_corp(corp) for corp_id, corp in world.corps.items()},
        programs={appid: KeptProgram(secret=one.secret, issued=one.issued) for appid, one in world.programs.items()},
    )


def _kept_corp(corp: Corp) -> KeptCorp:
    return KeptCorp(
        secret=corp.secret,
        staff=corp.staff,
        most_members=corp.groups.most_members,
        opened=corp.groups.opened,
        groups=list(corp.groups),
        joiners=corp.groups.joiners,
        follows=list(corp.contacts),
        greeted=sorted(corp.contacts.greeted),
        join_ways=corp.join_ways,
        contact_ways=corp.contact_ways,
        ways_made=corp.ways_made,
        target=corp.target,
    )


def _restore(world: World, kept: KeptWorld) -> None:
    world.weather.become(kept.weather)
    for corp_id, corp in kept.corps.items():
        _restore_corp(world.put_corp(corp_id, corp.secret), corp)
    for appid, program in kept.programs.items():
        world.put_program(appid, program.secret).issued = program.issued


def _restore_corp(corp: Corp, kept: KeptCorp) -> None:
    corp.staff.update(kept.staff)
    corp.groups.most_members = kept.most_members
    corp.groups.opened = kept.opened
    corp.groups.by_chat.update({group.chat_id: group for group in kept.groups})
    corp.groups.joiners.update(kept.joiners)
    for follow in kept.follows:
        corp.contacts.by_person.setdefault(follow.person.external_userid, {})[follow.userid] = follow
    corp.contacts.greeted.update(kept.greeted)
    corp.join_ways.update(kept.join_ways)
    corp.contact_ways.update(kept.contact_ways)
    corp.ways_made = kept.ways_made
    corp.target = kept.target
