"""Why is it so? A coupon, a point entry, a share is followed back, service by service, to its ticket or scan.

Only public doors are asked, by a credential of staff; each names what caused its own rows, and that is asked next.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from rich.text import Text
from rich.tree import Tree

from shared.words import Language, Words

TIMEOUT_S = 10.0
USUAL_ZONE = "Asia/Shanghai"

_ISSUED = {
    "join": Words("首次加入社群，获赠此券", "given for joining a group for the first time"),
    "reward": Words("因好友而得的奖励券", "given as a reward, because of a friend"),
    "list": Words("总部按名单发放，请求 {cause}", "given by head office by name, in its request {cause}"),
    "claim": Words("本人领取，请求 {cause}", "she claimed it herself, by her request {cause}"),
}
_TICKETS = {
    "sale": Words("销售小票", "a sale"),
    "return": Words("退货小票", "a return"),
    "void": Words("作废小票", "a void"),
    "exchange": Words("换货小票", "an exchange"),
    "write_off": Words("报损小票", "a write-off"),
    "training": Words("培训小票", "a training ticket"),
}
_ACCOUNTS = {
    "platform": Words("平台服务费", "the platform's fee"),
    "royalty": Words("特许权使用费（总部）", "head office's royalty"),
    "owner_shop": Words("会员归属门店", "the shop that the member belongs to"),
    "guide": Words("导购提成", "the guide's commission"),
    "seller": Words("销售门店", "the selling shop keeps"),
}
_COUPON = Words(
    "优惠券 {id}，活动“{campaign}”，持有人 {person}", "Coupon {id} of campaign “{campaign}”, held by {person}"
)
_POINTS = Words("{at}  会员 {member} 积分 {points:+}：{words}", "{at}  {points:+} points for member {member}: {words}")
_SPLIT = Words("小票 {id} 的分账", "How ticket {id} is shared")
_POSTED = Words("{at}  {shop} {yuan} 元入账", "{at}  {yuan} yuan of {shop} were posted")
_TOOK = Words("门店收款 {yuan} 元", "the till took in {yuan} yuan")
_SHARE = Words("{account}：{yuan} 元", "{account}: {yuan} yuan")
_BY_RULE = Words("{share}，按规则 {rule}", "{share}, by rule {rule}")
_REWARD = Words("奖励 {yuan} 元，归邀请人 {inviter}：{words}", "A reward of {yuan} yuan for inviter {inviter}: {words}")
_FRIEND = Words(
    "被邀请人 {friend} 于 {at} 成为会员，归属{shop}",
    "Her friend {friend} became a member at {at}, and belongs to {shop}",
)
_NO_SHOP = Words("无门店", "no shop")
_JOINED = Words("{at}  {person} 加入社群“{group}”（{shop}）", "{at}  {person} joined the group “{group}” of {shop}")
_SCANNED = Words(
    "她扫了活码 {live_code}，投放于 {channel}", "She scanned live code {live_code}, which is shown at: {channel}"
)
_PROMPTED = Words("{at}  此前收银员曾按提示邀请她", "{at}  a till had been told to invite her")
_CALLBACK = Words("企业微信回调 {cause} 告知", "WeCom told so, by callback {cause}")
_SEEN = Words("企业微信的群成员列表中可见（版本 {cause}）", "WeCom's list of the group showed it (version {cause})")
_TICKET = Words(
    "{kind} {number}：{shop}，收银机 {till}，{at}，合计 {yuan} 元，{lines} 行，{member}",
    "{kind}, number {number}: {shop}, till {till}, at {at}, {yuan} yuan in all, {lines} lines, {member}",
)
_MEMBER = Words("会员 {id}", "member {id}")
_NOBODY = Words("非会员", "nobody known")
_FLAGGED = Words("标记：{flags}", "odd about it: {flags}")


class What(StrEnum):
    """What can be asked about."""

    COUPON = "coupon"
    POINTS = "points"
    SPLIT = "split"
    REWARD = "reward"
    MEMBERSHIP = "membership"


class Unexplained(Exception):
    """Why there is no answer, in a sentence."""


@dataclass(frozen=True)
class Told:
    """One sentence, and what led to it."""

    words: str
    because: list["Told"] = field(default_factory=list)

    def tree(self) -> Tree:
        """The same, to be shown."""
        tree = Tree(Text(self.words), guide_style="dim")
        for told in self.because:
            tree.add(told.tree())
        return tree


def read_credential(path: Path) -> bytes:
    """The body of a request for a token."""
    if not path.exists():
        raise Unexplained(f"No credential at {path}: name one of staff by --credential, or run the demo first.")
    return path.read_bytes()


async def explain(url: str, credential: bytes, language: Language, what: What, asked_id: UUID) -> Told:
    """Sign in where the suite answers, and ask."""
    headers = {"accept-language": language, "content-type": "application/json"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT_S) as client:
        try:
            answer = await client.post("/directory/v1/tokens", content=credential)
            if not answer.is_success:
                raise Unexplained(f"The credential does not count: {answer.text}")
            client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
            return await Explaining(client, language).ask(what, asked_id)
        except httpx.HTTPError as error:
            raise Unexplained(f"Nobody answers at {url}: is `make run` up? ({error})") from error


class Explaining:
    """Somebody who asks, signed in, and the names she has learned."""

    def __init__(self, client: httpx.AsyncClient, language: Language) -> None:
        self._client = client
        self._language = language
        self._shops: dict[str, Mapping[str, Any]] = {}

    async def ask(self, what: What, asked_id: UUID | str) -> Told:
        """Follow one thing back to where it came from."""
        ways: dict[What, Callable[[Any], Awaitable[Told]]] = {
            What.COUPON: self._coupon,
            What.POINTS: self._points,
            What.SPLIT: self._split,
            What.REWARD: self._reward,
            What.MEMBERSHIP: self._membership,
        }
        return await ways[what](str(asked_id))

    async def _coupon(self, coupon_id: str) -> Told:
        told = await self._must(f"/campaign/v1/explain/{coupon_id}")
        steps = [await self._step(told, step) for step in told["story"]]
        words = self._say(_COUPON, id=coupon_id, campaign=told["campaign"], person=told["person_id"])
        return Told(words, steps)

    async def _step(self, coupon: Mapping[str, Any], step: Mapping[str, Any]) -> Told:
        shop_id = step["shop_id"]
        words = step["words"].strip()
        because = [await self._ticket(step["ticket_id"])] if step["ticket_id"] else []
        if step["step"] == "issue":
            words = self._say(_ISSUED[coupon["purpose"]], cause=step["cause"])
            because = await self._issued_for(coupon)
        if shop_id is not None:
            words = f"{await self._shop_name(shop_id)}: {words}"
        return Told(f"{await self._time(step['at'], shop_id)}  {words}", because)

    async def _issued_for(self, coupon: Mapping[str, Any]) -> list[Told]:
        if coupon["reward_id"] is not None:
            return [await self._reward(coupon["reward_id"])]
        if coupon["purpose"] == "join":
            return [await self._membership(coupon["because"][0])]
        return []

    async def _points(self, entry_id: str) -> Told:
        told = await self._must(f"/member/v1/explain/{entry_id}")
        entry = told["entry"]
        ids = dict.fromkeys(entry[name] for name in ("ticket_id", "original_id") if entry[name])
        facts = {"member": entry["member_id"], "points": entry["points"], "words": told["arithmetic"]}
        words = self._say(_POINTS, at=await self._time(entry["at"]), **facts)
        return Told(words, [await self._ticket(ticket_id) for ticket_id in ids])

    async def _split(self, ticket_id: str) -> Told:
        told = await self._must(f"/settlement/v1/explain/{ticket_id}")
        return Told(self._say(_SPLIT, id=ticket_id), [await self._posting(posting) for posting in told["postings"]])

    async def _posting(self, posting: Mapping[str, Any]) -> Told:
        shop_id = posting["shop_id"]
        facts = {"shop": await self._shop_name(shop_id), "yuan": _yuan(posting["total_fen"])}
        words = self._say(_POSTED, at=await self._time(posting["posted_at"], shop_id), **facts)
        shares = [self._share(entry) for entry in posting["entries"]]
        return Told(words, [*shares, await self._ticket(posting["ticket_id"])])

    def _share(self, entry: Mapping[str, Any]) -> Told:
        if entry["account"] == "takings":  # the ledger's other side: what it gives, the others have
            return Told(self._say(_TOOK, yuan=_yuan(-entry["amount_fen"])))
        share = self._say(_SHARE, account=self._say(_ACCOUNTS[entry["account"]]), yuan=_yuan(entry["amount_fen"]))
        return Told(self._say(_BY_RULE, share=share, rule=entry["rule"]) if entry["rule"] else share)

    async def _reward(self, reward_id: str) -> Told:
        told = await self._must(f"/referral/v1/explain/{reward_id}")
        facts = {"inviter": told["inviter_id"], "words": " ".join(told["words"])}
        words = self._say(_REWARD, yuan=_yuan(told["reward"]["amount_fen"]), **facts)
        if told["ticket_id"] is not None:
            return Told(words, [await self._ticket(told["ticket_id"])])
        joined = await self._get(f"/community/v1/explain/{told['because'][0]}")
        return Told(words, [await (self._friend(told["invitee_id"]) if joined is None else self._joined(joined))])

    async def _friend(self, member_id: str) -> Told:
        """A friend who joined otherwise than by a group: at a till, or by the mini-program."""
        member = await self._must(f"/member/v1/members/{member_id}")
        shop_id = member["owner_shop_id"]
        shop = await self._shop_name(shop_id) if shop_id else self._say(_NO_SHOP)
        return Told(self._say(_FRIEND, friend=member_id, at=await self._time(member["joined_at"], shop_id), shop=shop))

    async def _membership(self, membership_id: str) -> Told:
        return await self._joined(await self._must(f"/community/v1/explain/{membership_id}"))

    async def _joined(self, told: Mapping[str, Any]) -> Told:
        shop_id, because = told["shop_id"], []
        if told["live_code"] is not None:
            because.append(Told(self._say(_SCANNED, live_code=told["live_code"], channel=told["channel"])))
        if told["prompted_at"] is not None:
            because.append(Told(self._say(_PROMPTED, at=await self._time(told["prompted_at"], shop_id))))
        # A join that no callback told of was seen in the group's detail, and bears the chat and the version of that.
        cause = told["because"][0]
        because.append(Told(self._say(_SEEN if "@" in cause else _CALLBACK, cause=cause)))
        facts = {"person": told["person_id"], "group": told["group_name"], "shop": await self._shop_name(shop_id)}
        return Told(self._say(_JOINED, at=await self._time(told["joined_at"], shop_id), **facts), because)

    async def _ticket(self, ticket_id: str) -> Told:
        """The root: what a till sent."""
        told = await self._must(f"/trade/v1/tickets/{ticket_id}")
        member_id, shop_id = told["member_id"], told["shop_id"]
        words = self._say(
            _TICKET,
            kind=self._say(_TICKETS[told["kind"]]),
            number=told["number"],
            shop=await self._shop_name(shop_id),
            till=told["till"],
            at=await self._time(told["sold_at"], shop_id),
            yuan=_yuan(told["total_fen"]),
            lines=len(told["ticket"]["lines"]),
            member=self._say(_MEMBER, id=member_id) if member_id else self._say(_NOBODY),
        )
        flags = [Told(self._say(_FLAGGED, flags=", ".join(told["flags"])))] if told["flags"] else []
        return Told(words[:1].upper() + words[1:], flags)

    async def _shop(self, shop_id: str) -> Mapping[str, Any]:
        if shop_id not in self._shops:
            self._shops[shop_id] = await self._get(f"/directory/v1/shops/{shop_id}") or {"code": shop_id, "name": ""}
        return self._shops[shop_id]

    async def _shop_name(self, shop_id: str) -> str:
        shop = await self._shop(shop_id)
        return f"{shop['code']} {shop['name']}".strip()

    async def _time(self, text: str, shop_id: str | None = None) -> str:
        zone = (await self._shop(shop_id)).get("zone", USUAL_ZONE) if shop_id else USUAL_ZONE
        return f"{datetime.fromisoformat(text).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"

    async def _must(self, path: str) -> Any:
        """What a door tells; there has to be something."""
        told = await self._get(path)
        if told is None:
            raise Unexplained(f"{path}: there is no such thing, or it is not for this credential to see.")
        return told

    async def _get(self, path: str) -> Any:
        answer = await self._client.get(path)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if not answer.is_success:
            raise Unexplained(f"{path}: {answer.text}")
        return answer.json()

    def _say(self, words: Words, /, **facts: object) -> str:
        return words.say(self._language, **facts)


def _yuan(amount_fen: int) -> str:
    return f"{'-' if amount_fen < 0 else ''}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"
