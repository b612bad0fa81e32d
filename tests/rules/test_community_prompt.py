"""What a cashier says, decided from what is known of the shopper and the shop."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.community.live_code.rules import Chat, chats_for, cost_per_join_fen
from services.community.look.rules import wait_ms
from services.community.prompt.rules import QUIET, Decision, HandOver, Prompt, Standing, decide, masked, say

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
GROUP, STAFF = HandOver("till", "https://qr/group"), HandOver("guide", "https://qr/staff")


def standing(**known: Any) -> Standing:
    defaults: dict[str, Any] = {
        "person_id": UUID(int=1),
        "is_member": True,
        "is_in_group": False,
        "is_contact": False,
        "has_ever_joined": False,
        "last_joined_at": None,
        "last_prompted_at": None,
        "group_code": GROUP,
        "staff_code": STAFF,
        "offer_fen": 500,
    }
    return Standing(**(defaults | known))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"is_member": False}, Prompt(Decision.BECOME_MEMBER, GROUP, 500)),
        ({"is_member": False, "group_code": None}, Prompt(Decision.BECOME_MEMBER, STAFF)),
        ({}, Prompt(Decision.JOIN_GROUP, GROUP, 500)),
        ({"has_ever_joined": True}, Prompt(Decision.JOIN_GROUP, GROUP)),
        ({"group_code": None}, Prompt(Decision.ADD_CONTACT, STAFF)),
        ({"is_in_group": True}, Prompt(Decision.ADD_CONTACT, STAFF)),
        ({"is_in_group": True, "is_contact": True}, Prompt(Decision.NOTHING)),
        ({"is_in_group": True, "staff_code": None}, Prompt(Decision.NOTHING)),
        ({"group_code": None, "staff_code": None, "is_member": False}, Prompt(Decision.NOTHING)),
    ],
)
def test_each_shopper_is_offered_what_she_has_not_got_yet(known: dict[str, Any], expected: Prompt) -> None:
    assert decide(standing(**known), AT) == expected


def test_whoever_was_asked_and_did_not_join_is_left_alone_until_the_quiet_days_are_over() -> None:
    assert decide(standing(last_prompted_at=AT - QUIET + timedelta(seconds=1)), AT).decision is Decision.NOTHING
    assert decide(standing(last_prompted_at=AT - QUIET), AT).decision is Decision.JOIN_GROUP


def test_whoever_joined_after_being_asked_may_be_asked_at_another_shop() -> None:
    asked_at = AT - timedelta(hours=2)
    joined = standing(last_prompted_at=asked_at, last_joined_at=asked_at + timedelta(minutes=1), has_ever_joined=True)
    assert decide(joined, AT).decision is Decision.JOIN_GROUP


def test_the_words_name_the_coupon_to_the_fen_and_only_where_there_is_one() -> None:
    assert "5.05 yuan" in (say(Prompt(Decision.JOIN_GROUP, GROUP, 505), "en") or "")
    assert "元" not in (say(Prompt(Decision.JOIN_GROUP, GROUP), "zh-CN") or "")
    assert say(Prompt(Decision.NOTHING), "zh-CN") is None


def test_what_is_shown_of_a_person_is_masked() -> None:
    assert (masked("13800001234"), masked("8800000001")) == ("138****1234", "****")


def test_a_code_leads_into_groups_with_room_and_else_to_the_newest_full_one() -> None:
    chats = [Chat("a", False), Chat("b", True), Chat("c", False)]
    assert chats_for(chats, ["a"], frozenset({"a"})) == ["b"]
    assert chats_for([chats[0], chats[2]], [], frozenset()) == ["c"]
    assert chats_for([], [], frozenset()) == []


def test_a_group_that_wecom_opened_by_itself_stays_behind_the_code_and_five_is_the_most() -> None:
    chats = [Chat(name, True) for name in "abcdef"]
    assert chats_for(chats, ["a", "new"], frozenset({"a"})) == ["a", "b", "c", "d", "new"]


def test_the_cost_of_a_join_is_rounded_up_and_unknown_before_the_first() -> None:
    assert (cost_per_join_fen(1001, 2), cost_per_join_fen(1001, 0)) == (501, None)


def test_waiting_doubles_up_to_a_minute() -> None:
    assert [wait_ms(tries) for tries in (1, 2, 3, 9, 1000)] == [250, 500, 1000, 60_000, 60_000]
