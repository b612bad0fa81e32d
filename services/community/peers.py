"""What community calls: WeCom, about groups, contacts and live codes; member, to learn whom identities mean."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from shared.errors import Away
from shared.peers import PeerFailed, Peers

MOST_RESOLVED = 1000  # in one question, as member allows

INVALID_TOKENS = frozenset({40014, 42001})
UNKNOWN_CHAT = 40050
NOT_A_CONTACT = 84061

_BUSY_S = 5


class WeComRefused(Exception):
    """WeCom's no: a 200 with a number in it."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errcode, errmsg)
        self.errcode = errcode


WAITED_FOR = (WeComRefused, Away)  # what passes, or waits for somebody to mend the settings: try again later


class Outsider(NamedTuple):
    """A person as WeCom names her; the unionid only where it is known."""

    external_userid: str
    unionid: str | None


async def wecom(
    peers: Peers, wecom_url: str, path: str, query: Mapping[str, str], body: Mapping[str, object] | None = None
) -> Any:
    """Ask WeCom; raises `WeComRefused`, or `Away` where there is no answer."""
    try:
        answer = await peers.outside(wecom_url, f"/cgi-bin/{path}", query, body)
    except (PeerFailed, ValueError) as error:
        raise Away(retry_after_s=_BUSY_S) from error
    if answer.get("errcode", 0) != 0:
        raise WeComRefused(int(answer["errcode"]), str(answer.get("errmsg", ""))[:200])
    return answer


async def resolve(peers: Peers, brand_id: UUID, outsiders: Sequence[Outsider]) -> list[UUID]:
    """The person whom each one is; who is unknown begins there."""
    person_ids: list[UUID] = []
    for begin in range(0, len(outsiders), MOST_RESOLVED):
        people = [{"identities": _identities(one)} for one in outsiders[begin : begin + MOST_RESOLVED]]
        answer = await peers.ask("member", "/identities:resolve", brand_id, {"people": people})
        person_ids += [UUID(one["person_id"]) for one in answer["people"]]
    return person_ids


def _identities(outsider: Outsider) -> list[dict[str, str]]:
    shown = [("external_userid", outsider.external_userid), ("unionid", outsider.unionid)]
    return [{"kind": kind, "value": value} for kind, value in shown if value]
