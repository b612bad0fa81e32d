"""Facts as community and member say them of people, for the tests of those who listen."""

from uuid import UUID

from shared.events.community import MembershipJoined
from shared.events.member import PersonFolded
from shared.ids import new_id
from tests.world import Chain


def grouped(chain: Chain, person_id: UUID, is_first: bool = True) -> MembershipJoined:
    """She joined a group now."""
    return MembershipJoined(
        brand_id=chain.brand_id,
        membership_id=new_id(),
        group_id=new_id(),
        shop_id=new_id(),
        person_id=person_id,
        live_code_id=None,
        is_first=is_first,
        joined_at=chain.world.clock.at,
    )


def folded(chain: Chain, from_id: UUID, into_id: UUID) -> PersonFolded:
    """The one turned out to be the other."""
    return PersonFolded(brand_id=chain.brand_id, from_id=from_id, into_id=into_id)
