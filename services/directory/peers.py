"""What directory calls: WeChat, to learn who logs in; member, to learn whom that means."""

from typing import NamedTuple
from uuid import UUID

from shared.errors import Away
from shared.peers import PeerFailed, Peers

_BUSY_S = 5


class Session(NamedTuple):
    """Who logged in, in WeChat's words; the session key is let go unread."""

    errcode: int
    openid: str = ""
    unionid: str | None = None


async def code_to_session(peers: Peers, weixin_url: str, app_id: str, app_secret: str, js_code: str) -> Session:
    """Who has this code: WeChat's `jscode2session`. A code is good once."""
    query = {"appid": app_id, "secret": app_secret, "js_code": js_code, "grant_type": "authorization_code"}
    try:
        answer = await peers.outside(weixin_url, "/sns/jscode2session", query)
    except (PeerFailed, ValueError) as error:
        raise Away(retry_after_s=_BUSY_S) from error
    if answer.get("errcode", 0) != 0:
        return Session(int(answer["errcode"]))
    return Session(0, str(answer["openid"]), answer.get("unionid"))


async def resolve_person(peers: Peers, brand_id: UUID, session: Session) -> UUID:
    """The person whom these identities mean; who is unknown begins there."""
    shown = [("unionid", session.unionid)] if session.unionid else []
    identities = [{"kind": kind, "value": value} for kind, value in (*shown, ("openid", session.openid))]
    answer = await peers.ask("member", "/identities:resolve", brand_id, {"people": [{"identities": identities}]})
    return UUID(answer["people"][0]["person_id"])
