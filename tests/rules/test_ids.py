"""Ids: what names itself names itself the same for ever, whoever made the UUID."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.trade.ticket.rules import ticket_id
from shared.ids import derived_id, derived_ids, id_of, new_id

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
SHOP_ID = UUID("01933f5e-0000-7abc-8def-0123456789ab")


def test_a_derived_id_is_the_same_as_ever() -> None:
    assert derived_id(NOON, "ticket", 1, 2, 3) == UUID("01a22206-ca00-8d28-bd33-2917ab974ceb")
    assert ticket_id(SHOP_ID, "T1", date(2026, 11, 28), "000123") == UUID("01a21f73-9c00-82f1-8baa-f1ec993da74e")


def test_it_differs_by_every_part_and_by_where_they_are_parted() -> None:
    named = derived_id(NOON, "a", "bc")
    assert named not in {derived_id(NOON, "ab", "c"), derived_id(NOON, "a", "bd"), derived_id(NOON, "abc")}
    assert derived_ids(NOON, "a")("bc") == named
    assert named.version == 8


def test_new_ids_are_of_version_7_and_in_order() -> None:
    made = [new_id() for _ in range(1000)]
    assert sorted(set(made)) == made
    assert {one.version for one in made} == {7}


def test_ours_equal_the_standard_librarys_as_text_as_key_and_as_bytes() -> None:
    ours = id_of(str(SHOP_ID))
    assert {SHOP_ID: "found"}[ours] == "found"
    assert (str(ours), ours.bytes, id_of(SHOP_ID.bytes)) == (str(SHOP_ID), SHOP_ID.bytes, SHOP_ID)
    with pytest.raises(ValueError, match="invalid UUID"):
        id_of("01933f5e-0000-7abc-8def-0123456789ag")
