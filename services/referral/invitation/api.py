"""Invitations over HTTP: shoppers, guides and shops get their code, friends accept it."""

from services.referral.invitation import actions
from services.referral.invitation.actions import Accepting
from services.referral.invitation.schemas import AcceptanceOut, InvitationCode, InvitationIn, InvitationOut
from services.referral.reward_rule import queries as reward_rule
from shared.auth.caller import ALL_STAFF, SHOPPER
from shared.http import Answering, Asking, Doors, Who

doors = Doors("/referral/v1", "invitation")


@doors.act("/invitations", who=SHOPPER | ALL_STAFF, natural_key="inviter")
async def make_invitation(body: InvitationIn, tx: Answering, who: Who) -> InvitationOut:
    """The caller's invitation: a visitor's who never bought, a member's, a guide's, or a shop's."""
    invitation = await actions.make_invitation(tx, who, body.shop_id)
    rule = (await reward_rule.current(tx, [who.brand_id]))[who.brand_id].rule
    return InvitationOut(
        invitation_code=invitation.invitation_code,
        inviter_kind=invitation.inviter_kind,
        link=f"{rule.landing_path}?code={invitation.invitation_code}",
    )


@doors.flow("/invitations/{invitation_code}:accept", who=SHOPPER, natural_key="code and shopper")
async def accept_invitation(invitation_code: InvitationCode, asking: Asking, who: Who) -> AcceptanceOut:
    """A friend says yes; whether she becomes the inviter's invitee is decided when she joins."""
    item = Accepting(who.brand_id, who.id, invitation_code)
    acceptance = await asking.together(actions.accept_invitations, item)
    return AcceptanceOut(
        invitation_code=acceptance.invitation_code, accepted_at=acceptance.accepted_at, until_at=acceptance.until_at
    )
