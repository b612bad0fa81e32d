"""Stock that comes in bulk, and stock of a shop that is another brand's."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from services.inventory_sharing.stock.actions import Change, ChangeDiffers, change
from services.inventory_sharing.stock.rules import Kind
from shared.ids import new_id
from tests.services.inventory_sharing.test_stock import change as put_change
from tests.services.inventory_sharing.test_stock import stock
from tests.services.tickets import shop_saved
from tests.world import Chain


async def changed(chain: Chain, changes: Sequence[Change]) -> list[dict[str, int]]:
    """Make changes together."""
    database = chain.world.suite.running["inventory_sharing"].context.database
    return [dict(added) for added in await database.act(lambda tx: change(tx, chain.brand_id, changes))]


def said(shop_id: UUID, kind: Kind, change_id: UUID | None = None, **said_milli: int) -> Change:
    return Change(shop_id, change_id or new_id(), kind, said_milli, "")


async def test_changes_that_come_together_count_one_after_the_other_and_repeats_among_them_once(chain: Chain) -> None:
    here, there, again = new_id(), new_id(), new_id()
    changes = [
        said(here, Kind.RECEIVED, again, milk=700, bread=5),
        said(there, Kind.SET, milk=9),
        said(here, Kind.COUNTED, milk=650),
        said(here, Kind.RECEIVED, again, milk=700, bread=5),
        said(here, Kind.WRITTEN_OFF, milk=50),
    ]
    added = [{"milk": 700, "bread": 5}, {"milk": 9}, {"milk": -50}, {"milk": 700, "bread": 5}, {"milk": -50}]
    assert await changed(chain, changes) == added
    assert await changed(chain, changes) == added
    assert (await stock(chain, here), await stock(chain, there)) == ({"milk": 600, "bread": 5}, {"milk": 9})
    assert (await chain.head_office().get("/inventory-sharing/v1/reconciliation")).json() == []


async def test_a_change_that_differs_from_one_in_its_own_batch_undoes_them_all(chain: Chain) -> None:
    shop_id, change_id = new_id(), new_id()
    with pytest.raises(ChangeDiffers):
        await changed(chain, [said(shop_id, Kind.SET, change_id, milk=1), said(shop_id, Kind.SET, change_id, milk=2)])
    assert await stock(chain, shop_id) == {}


async def test_the_stock_of_another_brands_shop_is_neither_changed_nor_kept_safe(chain: Chain) -> None:
    theirs = shop_saved(Chain(chain.world))
    await chain.world.say(theirs)
    await chain.world.settled()
    office = chain.head_office()
    assert (await put_change(office, theirs.shop_id, "set", milk=1)).status_code == 404
    safety = {"lines": [{"sku": "milk", "safety_milli": 500}]}
    answer = await office.put(f"/inventory-sharing/v1/shops/{theirs.shop_id}/safety-stock", json=safety)
    assert answer.status_code == 404
    assert await chain.world.rows("select 1 from inventory_sharing.stock where shop_id = $1", theirs.shop_id) == []
