"""Who joined and who left, decided from what is stored, seen and told."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as some

from services.community.group.rules import Here, Seen, Step, compare, followed, is_behind, is_full, without_leavers
from services.community.registry.rules import settled

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PEOPLE = [UUID(int=number) for number in range(1, 9)]


def here(*people: UUID) -> list[Here]:
    return [Here(UUID(int=100 + one.int), one, AT) for one in people]


def seen(*people: UUID, at: datetime = AT) -> list[Seen]:
    return [Seen(one, at, None) for one in people]


def gone(last: str, current: str, *people: UUID) -> Step:
    return Step("callback", AT, last, current, left=people)


def test_removals_are_followed_from_the_stored_version_in_whatever_order_they_came() -> None:
    steps = [gone("b", "c", PEOPLE[1]), gone("a", "b", PEOPLE[0])]
    assert followed("a", steps) == "c"
    assert [one.lookup for one in without_leavers(here(*PEOPLE[:3]), steps)] == [PEOPLE[2]]


def test_a_gap_a_join_or_an_unknown_version_is_not_followed() -> None:
    assert followed("a", [gone("b", "c", PEOPLE[0])]) is None
    assert followed("a", [Step("callback", AT, "a", "b", joined=PEOPLE[:1])]) is None
    assert followed(None, [gone("a", "b", PEOPLE[0])]) is None
    assert followed("a", [gone("a", "b", PEOPLE[0]), gone("a", "b", PEOPLE[1])]) is None
    assert followed("a", []) is None


def test_a_version_that_a_callback_told_to_be_past_is_behind() -> None:
    steps = [gone("a", "b", PEOPLE[0])]
    assert (is_behind("a", steps), is_behind("b", steps), is_behind("z", steps)) == (True, False, False)


def test_who_left_left_when_the_callback_says_or_now() -> None:
    later = AT + timedelta(hours=1)
    step = Step("callback", AT + timedelta(minutes=5), None, None, left=PEOPLE[:1])
    found = compare(here(*PEOPLE[:2]), [], [step], later)
    assert [left_at for _, left_at in found.left] == [step.at, later]


def test_who_left_and_joined_again_in_between_did_both() -> None:
    back_at = AT + timedelta(hours=1)
    found = compare(here(PEOPLE[0]), seen(PEOPLE[0], at=back_at), [], back_at)
    assert ([one.lookup for one in found.joined], found.left) == ([PEOPLE[0]], [(UUID(int=101), back_at)])


def test_who_was_told_to_join_and_is_not_there_passed_by() -> None:
    step = Step("callback", AT, "a", "b", joined=PEOPLE[:3])
    found = compare(here(PEOPLE[0]), seen(PEOPLE[1]), [step], AT)
    assert [one.lookup for one in found.passed_by] == [PEOPLE[2]]


@given(some.sets(some.sampled_from(PEOPLE)), some.sets(some.sampled_from(PEOPLE)))
def test_the_difference_makes_what_is_stored_what_was_seen(before: set[UUID], after: set[UUID]) -> None:
    stored = here(*before)
    found = compare(stored, seen(*after), [], AT)
    left = {membership_id for membership_id, _ in found.left}
    kept = {one.lookup for one in stored if one.membership_id not in left}
    assert kept | {one.lookup for one in found.joined} == after
    assert not kept & {one.lookup for one in found.joined}


def test_a_group_is_full_when_the_owner_and_the_members_fill_it() -> None:
    assert (is_full(498, 500), is_full(499, 500)) == (False, True)


def test_folds_that_come_together_lead_to_the_last() -> None:
    one, two, three = PEOPLE[:3]
    assert settled([(one, two), (two, three)]) == {one: three, two: three}
