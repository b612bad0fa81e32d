"""What a process remembers of its database: what was found, each kind by itself, and never without bound."""

from shared.db.known import Known


def test_only_what_was_not_found_yet_is_asked_for_again() -> None:
    known = Known()
    known.add("milk and bread", {"milk", "bread"})
    assert known.beyond("milk and bread", {"milk", "cheese"}) == {"cheese"}
    assert known.beyond("others", {"milk"}) == {"milk"}


def test_too_many_are_forgotten_rather_than_kept() -> None:
    known = Known(most=3)
    known.add("a", {"1", "2"})
    known.add("b", {"3"})
    known.add("b", {"3"})
    assert known.beyond("a", {"1", "2"}) == set()
    known.add("b", {"4", "5"})
    assert known.beyond("a", {"1", "2"}) == {"1", "2"}
    assert known.beyond("b", {"3", "4", "5"}) == {"3"}
