"""The control routes below /emulator: what people do on their phones, the weather, and the truth for the checker."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field

from deploy.emulator.corp import Corp, Scanned, Target
from deploy.emulator.groups import Entry
from deploy.emulator.outbox import Change, Outbox
from deploy.emulator.people import Person
from deploy.emulator.ways import config_id_of
from deploy.emulator.weather import Weather
from deploy.emulator.world import World
from shared.wecom.changes import ContactChangeType, QuitScene

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Emulator:
    """The world and what sends its callbacks."""

    world: World
    outbox: Outbox

    def tell(self, corp: Corp, *changes: Change) -> None:
        """Send what happened, if the corp has said where to."""
        if corp.target is None:
            return
        for change in changes:
            self.outbox.post(corp.target, change)


class CorpBody(BaseModel):
    """A corp: the secret of its app, and how many a group holds."""

    secret: str = Field(min_length=1)
    most_members: int = Field(500, ge=2, le=500)


class CallbackBody(BaseModel):
    """Where a corp wants its callbacks, as typed in at the admin console."""

    url: str
    token: str
    encoding_aes_key: str = Field(min_length=43, max_length=43)


class NameBody(BaseModel):
    """A name."""

    name: str


class SecretBody(BaseModel):
    """A secret."""

    secret: str = Field(min_length=1)


class GroupBody(BaseModel):
    """A group to open."""

    owner: str
    name: str


class InviteBody(BaseModel):
    """Who asks whom in."""

    inviter: str
    person: Person


class QuitHow(StrEnum):
    """Whose hand it was."""

    LEFT = "left"
    REMOVED = "removed"


class QuitBody(BaseModel):
    """Who goes, and how."""

    external_userid: str
    how: QuitHow = QuitHow.LEFT


class ContactBody(BaseModel):
    """Who adds whom."""

    userid: str
    person: Person


class PartHow(StrEnum):
    """Who deletes whom."""

    BY_PERSON = "by_person"
    BY_STAFF = "by_staff"


class PartBody(BaseModel):
    """Who parts from whom, and how."""

    userid: str
    external_userid: str
    how: PartHow = PartHow.BY_PERSON


class ScanBody(BaseModel):
    """Who scans what; `qr_code` is the picture's address or the config_id."""

    qr_code: str
    person: Person


class LoginBody(BaseModel):
    """Who opens which mini-program."""

    appid: str
    person: Person


SCENE_OF_QUITTING = MappingProxyType({QuitHow.LEFT: QuitScene.LEFT, QuitHow.REMOVED: QuitScene.REMOVED})
CHANGE_OF_PARTING = MappingProxyType(
    {
        PartHow.BY_PERSON: ContactChangeType.PERSON_REMOVED_STAFF,
        PartHow.BY_STAFF: ContactChangeType.STAFF_REMOVED_PERSON,
    }
)


def emulator_of(request: Request) -> Emulator:
    """The emulator that is asked."""
    emulator: Emulator = request.app.state.emulator
    return emulator


def ready_emulator(emulator: Annotated[Emulator, Depends(emulator_of)]) -> Emulator:
    """The emulator, where it can take more callbacks; nothing happens that could not be told."""
    if emulator.outbox.is_full:
        raise HTTPException(503, "too many callbacks under way")
    return emulator


TheEmulator = Annotated[Emulator, Depends(emulator_of)]
ReadyEmulator = Annotated[Emulator, Depends(ready_emulator)]

router = APIRouter(prefix="/emulator")


@router.get("/health")
async def health() -> Answer:
    """It listens."""
    return {"healthy": True}


@router.put("/corps/{corp_id}")
async def put_corp(emulator: TheEmulator, corp_id: str, body: CorpBody) -> Answer:
    """Make a corp, or give it another secret."""
    corp = emulator.world.put_corp(corp_id, body.secret)
    corp.groups.most_members = body.most_members
    return {"corp_id": corp_id}


@router.put("/corps/{corp_id}/callback")
async def put_callback(emulator: TheEmulator, corp_id: str, body: CallbackBody) -> Answer:
    """Say where callbacks go; the address must prove to be the corp's, by GET."""
    corp = emulator.world.corp(corp_id)
    target = Target(body.url, corp_id, body.token, body.encoding_aes_key)
    if not await emulator.outbox.verify(target):
        raise HTTPException(400, "the address did not answer the echo")
    corp.target = target
    return {"corp_id": corp_id}


@router.put("/corps/{corp_id}/staff/{userid}")
async def put_staff(emulator: TheEmulator, corp_id: str, userid: str, body: NameBody) -> Answer:
    """Make or rename a staff member."""
    emulator.world.corp(corp_id).staff[userid] = body.name
    return {"userid": userid}


@router.put("/programs/{appid}")
async def put_program(emulator: TheEmulator, appid: str, body: SecretBody) -> Answer:
    """Make a mini-program, or give it another secret."""
    emulator.world.put_program(appid, body.secret)
    return {"appid": appid}


@router.post("/corps/{corp_id}/groups")
async def open_group(emulator: ReadyEmulator, corp_id: str, body: GroupBody) -> Answer:
    """Staff opens a group."""
    corp = emulator.world.corp(corp_id)
    group, created = corp.open_group(body.owner, body.name, emulator.world.clock())
    emulator.tell(corp, created)
    return {"chat_id": group.chat_id}


@router.delete("/corps/{corp_id}/groups/{chat_id}")
async def dismiss_group(emulator: ReadyEmulator, corp_id: str, chat_id: str) -> Answer:
    """The owner dismisses a group."""
    corp = emulator.world.corp(corp_id)
    emulator.tell(corp, corp.groups.dismiss(chat_id, emulator.world.clock()))
    return {"chat_id": chat_id}


@router.put("/corps/{corp_id}/groups/{chat_id}/name")
async def rename_group(emulator: ReadyEmulator, corp_id: str, chat_id: str, body: NameBody) -> Answer:
    """Somebody renames a group."""
    corp = emulator.world.corp(corp_id)
    emulator.tell(corp, corp.groups.rename(chat_id, body.name, emulator.world.clock()))
    return {"chat_id": chat_id}


@router.post("/corps/{corp_id}/groups/{chat_id}/invite")
async def invite(emulator: ReadyEmulator, corp_id: str, chat_id: str, body: InviteBody) -> Answer:
    """A member asks a person in."""
    corp = emulator.world.corp(corp_id)
    entry = Entry(inviter=body.inviter)
    return _told(emulator, corp, corp.join_group(chat_id, body.person, entry, emulator.world.clock()))


@router.post("/corps/{corp_id}/groups/{chat_id}/quit")
async def quit_group(emulator: ReadyEmulator, corp_id: str, chat_id: str, body: QuitBody) -> Answer:
    """A person leaves a group, or staff removes her."""
    corp = emulator.world.corp(corp_id)
    at = emulator.world.clock()
    emulator.tell(corp, corp.groups.quit(chat_id, body.external_userid, SCENE_OF_QUITTING[body.how], at))
    return {"chat_id": chat_id}


@router.post("/corps/{corp_id}/contacts")
async def add_contact(emulator: ReadyEmulator, corp_id: str, body: ContactBody) -> Answer:
    """A person adds a staff member by other means than a live code."""
    corp = emulator.world.corp(corp_id)
    return _told(emulator, corp, corp.add_contact(body.userid, body.person, emulator.world.clock()))


@router.post("/corps/{corp_id}/contacts/part")
async def part_contact(emulator: ReadyEmulator, corp_id: str, body: PartBody) -> Answer:
    """One deletes the other."""
    corp = emulator.world.corp(corp_id)
    at = emulator.world.clock()
    emulator.tell(corp, corp.contacts.remove(body.userid, body.external_userid, CHANGE_OF_PARTING[body.how], at))
    return {"userid": body.userid}


@router.post("/corps/{corp_id}/scan")
async def scan(emulator: ReadyEmulator, corp_id: str, body: ScanBody) -> Answer:
    """A person scans a live code."""
    corp = emulator.world.corp(corp_id)
    config_id = config_id_of(body.qr_code)
    return _told(emulator, corp, corp.scan(config_id, body.person, emulator.world.clock()))


@router.post("/js_codes")
async def issue_js_code(emulator: TheEmulator, body: LoginBody) -> Answer:
    """A person opens a mini-program: what `wx.login` gives her."""
    return {"js_code": emulator.world.program(body.appid).issue(body.person, emulator.world.machine_clock())}


@router.post("/tokens/expire")
async def expire_tokens(emulator: TheEmulator) -> Answer:
    """End every access token."""
    emulator.world.expire_tokens()
    return {}


@router.put("/weather")
async def put_weather(emulator: TheEmulator, body: Weather) -> Answer:
    """Make the weather."""
    emulator.world.weather.become(body)
    return body.model_dump()


@router.post("/flush")
async def flush(emulator: TheEmulator) -> Answer:
    """Deliver whatever is under way; answers what became of all callbacks so far."""
    await emulator.outbox.flush()
    return emulator.outbox.tally.as_dict()


@router.get("/state")
async def state(emulator: TheEmulator) -> Answer:
    """The truth: who is in which group, who is whose contact, who ever joined."""
    corps = {corp_id: _truth(corp) for corp_id, corp in emulator.world.corps.items()}
    return {"corps": corps, "callbacks": emulator.outbox.tally.as_dict()}


def _told(emulator: Emulator, corp: Corp, scanned: Scanned) -> Answer:
    emulator.tell(corp, *scanned.changes)
    return {"chat_id": scanned.chat_id, "userid": scanned.userid, "is_new": bool(scanned.changes)}


def _truth(corp: Corp) -> Answer:
    groups = {
        group.chat_id: {
            "name": group.name,
            "owner": group.owner,
            "member_version": group.version,
            "members": sorted(group.members),
        }
        for group in corp.groups
    }
    contacts = sorted((follow.person.external_userid, follow.userid) for follow in corp.contacts)
    joiners = {external_userid: person.unionid for external_userid, person in sorted(corp.groups.joiners.items())}
    return {"groups": groups, "contacts": contacts, "joiners": joiners}
