"""Who may become whose: nothing is lost or doubled, whatever is claimed in whatever order."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.identity.rules import (
    IdentityTaken,
    Joining,
    Kind,
    NothingShown,
    Register,
    Shown,
    bind,
    join,
    masked,
    resolve,
)
from tests.world import MORNING

BRAND = UUID(int=1)


def shown(kind: Kind, number: int, *, is_proven: bool = True) -> Shown:
    return Shown(kind, UUID(int=1000 * list(Kind).index(kind) + number), f"{kind}{number}", "till", is_proven)


def joining(number: int, *seen: Shown, own_id: UUID | None = None) -> Joining:
    return Joining(list(seen), shown(Kind.CODE, number), MORNING, own_id)


def test_a_card_says_more_than_a_number_so_the_number_moves_to_the_cards_member() -> None:
    register = Register(BRAND)
    card, mobile = shown(Kind.CARD, 1), shown(Kind.MOBILE, 1)
    holder = join(register, joining(1, mobile))
    owner = join(register, joining(2, card))
    assert join(register, joining(3, mobile, card)) is owner
    assert [(move.from_id, move.to_id) for move in register.recycled] == [(holder.person_id, owner.person_id)]


def test_a_claim_that_nobody_proved_moves_nothing_and_changes_nothing() -> None:
    register = Register(BRAND)
    join(register, joining(1, shown(Kind.MOBILE, 1)))
    member = join(register, joining(2, shown(Kind.CARD, 2)))
    said = list(register.events)
    with pytest.raises(IdentityTaken):
        bind(register, member, shown(Kind.MOBILE, 1, is_proven=False))
    with pytest.raises(NothingShown):
        join(register, joining(3))
    assert register.events == said


def test_a_mask_hides_the_middle_and_all_of_what_is_short() -> None:
    assert [masked("mobile", "13800001234"), masked("card", "8800000001"), masked("card", "12345")] == [
        "138****1234",
        "88****0001",
        "****",
    ]


# So few that they meet: a number that moves from one member to another takes three who show the right ones.
OUTSIDE = st.builds(shown, st.sampled_from([Kind.UNIONID, Kind.OPENID]), st.integers(0, 1))
INSIDE = st.builds(shown, st.sampled_from([Kind.CARD, Kind.MOBILE]), st.integers(0, 1))


@given(st.lists(st.tuples(st.booleans(), st.lists(st.one_of(OUTSIDE, INSIDE), min_size=1, max_size=3)), max_size=12))
def test_every_identity_always_has_one_holder_who_has_it_too(steps: list[tuple[bool, list[Shown]]]) -> None:
    register = Register(BRAND)
    for number, (is_joining, seen) in enumerate(steps):
        outside = [one for one in seen if one.kind in (Kind.UNIONID, Kind.OPENID)]
        if is_joining:
            with_refusal(register, joining(number, *seen))
        elif outside:
            resolve(register, outside)
    held = [lookup for person in register.persons.values() for lookup in person.identities]
    assert sorted(held) == sorted(register.holders)
    assert all(lookup in holder.identities for lookup, holder in register.holders.items())
    assert all(holder.person_id in register.persons for holder in register.holders.values())
    assert not set(register.folded) & set(register.persons)


def with_refusal(register: Register, asked: Joining) -> None:
    said = len(register.events)
    try:
        join(register, asked)
    except IdentityTaken:
        assert len(register.events) == said
