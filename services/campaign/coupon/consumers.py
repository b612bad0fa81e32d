"""What coupons hear: joiners and rewards."""

from collections.abc import Sequence

from services.campaign.coupon import actions
from shared.bus import on
from shared.db import Tx
from shared.events.community import MembershipJoined
from shared.events.event import Heard
from shared.events.referral import RewardAccrued


@on(MembershipJoined)
async def welcome_joiners(tx: Tx, heard: Sequence[Heard[MembershipJoined]]) -> None:
    """Whoever joins a group for the first time gets the join coupon."""
    await actions.issue_to_joiners(tx, heard)


@on(RewardAccrued)
async def reward_inviters(tx: Tx, heard: Sequence[Heard[RewardAccrued]]) -> None:
    """An inviter whose reward is a coupon gets it."""
    await actions.issue_rewards(tx, heard)
