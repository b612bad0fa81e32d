"""Members and their identities over HTTP: joining, binding, finding; resolving for sister services."""

import base64
import secrets
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Header

from services.member.identity import actions, queries
from services.member.identity.rules import Joining, Kind, Shown, masked
from services.member.identity.schemas import (
    BindBody,
    FindBody,
    IdentityOut,
    ImportBody,
    ImportedOut,
    ImportOut,
    JoinBody,
    MemberOut,
    ResolveBody,
    ResolvedOut,
    ResolveOut,
)
from services.member.points_rule import queries as points_rule
from services.member.tier.rules import tier_of
from shared.auth import caller as auth
from shared.auth.caller import ALL_STAFF, HEAD_OFFICE, SERVICE, SHOPPER, TILL, Caller, Role
from shared.context import Context
from shared.db import Row, Tx
from shared.errors import NotFound, Refusal
from shared.http import Answering, Asking, Doors, Reading, Who
from shared.words import preferred

doors = Doors("/member/v1", "identity")

_CODE_BYTES = 10  # 80 random bits, 16 letters
_AT_JOINING = "joining"

AcceptLanguage = Annotated[str | None, Header(max_length=200)]


@doors.act("/members", who=TILL | ALL_STAFF | SHOPPER | SERVICE, natural_key="the identities", status_code=201)
async def join(body: JoinBody, tx: Answering, who: Who, asking: Asking) -> MemberOut:
    """Join: at a till or with staff by what is shown, a shopper as herself. Who has joined gets the same answer."""
    own_id = None
    if who.kind is auth.Kind.SHOPPER:
        own_id = await queries.standing(tx, who.brand_id, who.id)
        if own_id is None:
            raise NotFound(what="person")
    joining = Joining(
        shown=_shown_at_joining(asking, who, body),
        member_code=_new_code(asking, who.brand_id),
        joined_at=tx.at,
        own_id=own_id,
        shop_id=_only_shop(who),
        guide_id=who.id if Role.GUIDE in who.roles else None,
    )
    (joined,) = await actions.join_members(tx, who.brand_id, [joining])
    if isinstance(joined, Refusal):
        raise joined
    return await _member(tx, who.brand_id, joined, shows_code=True)


@doors.act("/members:import", who=HEAD_OFFICE, natural_key="the identities")
async def import_members(
    body: ImportBody, tx: Answering, who: Who, asking: Asking, accept_language: AcceptLanguage = None
) -> ImportOut:
    """Take over the members that the chain had before, up to a thousand a post; a bad row holds up nobody."""
    joinings = [
        Joining(
            shown=[
                _shown(asking, who, kind, value, "import")
                for kind, value in ((Kind.CARD, row.card), (Kind.MOBILE, row.mobile))
                if value is not None
            ],
            member_code=_new_code(asking, who.brand_id),
            joined_at=row.joined_at,
            shop_id=row.shop_id,
        )
        for row in body.members
    ]
    answers = await actions.join_members(tx, who.brand_id, joinings)
    codes = await _codes(tx, [answer for answer in answers if isinstance(answer, UUID)])
    language = preferred(accept_language)
    return ImportOut(
        answers=[
            ImportedOut(status=answer.status, code=answer.code, detail=answer.say(language))
            if isinstance(answer, Refusal)
            else ImportedOut(status=201, member_id=answer, member_code=codes[answer])
            for answer in answers
        ]
    )


@doors.act("/members:find", who=ALL_STAFF | SERVICE, natural_key="it changes nothing")
async def find(body: FindBody, tx: Answering, who: Who, asking: Asking) -> MemberOut:
    """The member behind a mobile number, a card or a member code."""
    lookup = asking.secrets.lookup(who.brand_id, body.kind, body.value)
    member_id = (await queries.members(tx, [lookup])).get(lookup)
    if member_id is None:
        raise NotFound(what="member")
    return await _member(tx, who.brand_id, member_id)


@doors.read("/members/{member_id}", who=ALL_STAFF | SHOPPER | SERVICE)
async def read_member(member_id: UUID, tx: Reading, who: Who) -> MemberOut:
    """A member as she stands; a shopper sees herself alone."""
    standing_id = await actions.standing_member(tx, who, member_id)
    return await _member(tx, who.brand_id, standing_id, shows_code=who.kind is auth.Kind.SHOPPER)


@doors.act("/members/{member_id}/identities", who=TILL | ALL_STAFF | SHOPPER | SERVICE, natural_key="the identity")
async def bind(member_id: UUID, body: BindBody, tx: Answering, who: Who, asking: Asking) -> MemberOut:
    """One more identity is hers; whoever was known by it alone turns out to be her."""
    standing_id = await actions.standing_member(tx, who, member_id)
    proof = body.verification.kind if body.verification else str(who.kind)
    shown = _shown(asking, who, Kind(body.kind), body.value, proof)
    await actions.bind_identity(tx, who.brand_id, standing_id, shown)
    return await _member(tx, who.brand_id, standing_id)


@doors.act("/identities:resolve", who=SERVICE, natural_key="the identities")
async def resolve(body: ResolveBody, tx: Answering, who: Who, asking: Asking) -> ResolveOut:
    """Whom outside identities mean, up to a thousand persons at once; who is unknown begins here."""
    entries = [
        [_shown(asking, who, Kind(one.kind), one.value, who.name) for one in entry.identities] for entry in body.people
    ]
    found = await actions.resolve_identities(tx, who.brand_id, entries)
    return ResolveOut(
        people=[
            ResolvedOut(
                person_id=one.person_id,
                is_member=one.is_member,
                flags=["two_members"] if one.is_doubtful else [],
            )
            for one in found
        ]
    )


def _shown_at_joining(asking: Context, who: Caller, body: JoinBody) -> list[Shown]:
    shown = []
    if body.card is not None:
        shown.append(_shown(asking, who, Kind.CARD, body.card, str(who.kind)))
    if body.mobile is not None and body.verification is not None:
        shown.append(_shown(asking, who, Kind.MOBILE, body.mobile, body.verification.kind))
    return shown


def _shown(asking: Context, who: Caller, kind: Kind, value: str, proof: str) -> Shown:
    """What was shown. A shopper's own word proves nothing that is somebody else's so far."""
    lookup = asking.secrets.lookup(who.brand_id, kind, value)
    return Shown(kind, lookup, value, proof, is_proven=who.kind is not auth.Kind.SHOPPER)


def _new_code(asking: Context, brand_id: UUID) -> Shown:
    value = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode()
    return Shown(Kind.CODE, asking.secrets.lookup(brand_id, Kind.CODE, value), value, _AT_JOINING, is_proven=True)


def _only_shop(who: Caller) -> UUID | None:
    """The shop where somebody joins: the till's, or that of staff who serve but one."""
    return next(iter(who.shop_ids)) if who.shop_ids is not None and len(who.shop_ids) == 1 else None


async def _codes(tx: Tx, member_ids: Sequence[UUID]) -> dict[UUID, str]:
    return {row["person_id"]: row["value"] for row in await queries.shown(tx, member_ids) if row["kind"] == Kind.CODE}


async def _member(tx: Tx, brand_id: UUID, member_id: UUID, *, shows_code: bool = False) -> MemberOut:
    row = (await queries.views(tx, brand_id, [member_id])).get(member_id)
    if row is None:
        raise NotFound(what="member")
    shown = await queries.shown(tx, [member_id])
    holding = (await points_rule.current(tx, [brand_id]))[brand_id]
    return MemberOut(
        **{**row, "points": max(row["points"], 0)},
        tier=tier_of(row["growth"], holding.rule.tiers).name,
        identities=[_identity(one) for one in shown],
        member_code=next((one["value"] for one in shown if one["kind"] == Kind.CODE), None) if shows_code else None,
    )


def _identity(row: Row) -> IdentityOut:
    return IdentityOut(kind=row["kind"], masked=masked(row["kind"], row["value"]), bound_at=row["bound_at"])
