"""The replay: recorded baskets, sent by tills as a chain's tills would, in the order in which they were sold.

At each ticket of a member the till asks what to say; some shoppers scan what the cashier hands over, and later
pay with the coupon that waited for them; households that were no members yet join at a till. Which of them do is
drawn by ids (`draws.py`), so that every replay of a source is the same.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from deploy.demo.baskets import baskets
from deploy.demo.chain import Chain, Member
from deploy.demo.client import Answer, Client
from deploy.demo.draws import draw
from deploy.demo.journal import Journal
from deploy.demo.opening import JOIN_COUPON_FEN, Opened
from deploy.demo.outside import APP_ID, Outside
from deploy.demo.source import Source
from deploy.demo.tickets import (
    CouponOff,
    MemberSign,
    ReturnTicket,
    SaleTicket,
    VoidTicket,
    number_tickets,
    return_body,
    sale_body,
    sign_of,
    void_body,
)
from deploy.demo.voids import void_of
from shared.clock import ReplayClock
from shared.ids import derived_id

MOST_AHEAD = 1024  # tickets handed out to the shops' queues and not sent yet
SCANS_ONE_IN = 3
INVITED_ONE_IN = 4

Ticket = SaleTicket | ReturnTicket | VoidTicket


@dataclass
class Shopper:
    """A household as the replay knows it."""

    member: Member
    member_id: str | None
    has_scanned: bool = False
    has_spent_join_coupon: bool = False


@dataclass
class Sold:
    """What a sale bore that its return or void must bear too."""

    sign: MemberSign | None
    off_fen: int


@dataclass
class Replay:
    """A replay at work."""

    client: Client
    chain: Chain
    opened: Opened
    outside: Outside
    clock: ReplayClock
    journal: Journal
    coupon_ids: dict[tuple[int, int], str]  # basket and line → the coupon issued for it
    shoppers: dict[int, Shopper] = field(default_factory=dict)
    sold: dict[int, Sold] = field(default_factory=dict)
    kept_back: dict[int, SaleTicket] = field(default_factory=dict)  # tickets of tills whose line was down, by basket
    refused: int = 0

    async def run(self, source: Source, progress: Callable[[int], None]) -> int:
        """Send everything, a shop's tickets one after another, so that a return follows its sale; answers how many."""
        self.shoppers = {
            member.household_id: Shopper(member, self.opened.member_ids.get(member.household_id))
            for member in self.chain.members
        }
        sent = 0
        room = asyncio.Semaphore(MOST_AHEAD)
        queues: dict[str, asyncio.Queue[Ticket | None]] = {}
        async with asyncio.TaskGroup() as shops:
            for ticket in number_tickets(baskets(source), self.chain.shops):
                await room.acquire()
                self.clock.set(ticket.at)
                if ticket.key.shop not in queues:
                    queues[ticket.key.shop] = asyncio.Queue()
                    shops.create_task(self._work(queues[ticket.key.shop], room, progress))
                queues[ticket.key.shop].put_nowait(ticket)
                sent += 1
            for queue in queues.values():
                queue.put_nowait(None)
        return sent

    async def _work(
        self, queue: "asyncio.Queue[Ticket | None]", room: asyncio.Semaphore, progress: Callable[[int], None]
    ) -> None:
        while (ticket := await queue.get()) is not None:
            match ticket:
                case SaleTicket():
                    await self._sell(ticket)
                    progress(1)
                case ReturnTicket():
                    await self._take_back(ticket)
                case VoidTicket():
                    await self._void(ticket)
            room.release()

    async def _sell(self, ticket: SaleTicket) -> None:
        basket = ticket.basket
        voided = void_of(basket)
        if voided is not None and voided.is_early:
            self.kept_back[basket.basket_id] = ticket
            return
        shopper = self.shoppers[basket.household_id]
        till = self.opened.tills[ticket.key.shop, ticket.key.till]
        token = await till.token()
        sign = _shown(ticket, shopper)
        if sign is not None:
            await self._prompt(ticket, shopper, sign, token)
        off = await self._hold_join_coupon(ticket, shopper, token) if sign is not None else []
        ids = await self._hold_recorded(ticket, token) if sign is not None else {}
        body = sale_body(ticket, sign, ids, off)
        await self._post(ticket, body, token)
        self.sold[basket.basket_id] = Sold(sign, sum(coupon.amount_fen for coupon in off))
        if shopper.member.joins_at == basket.sold_at:
            await self._join(shopper, token, basket.sold_at)

    async def _take_back(self, ticket: ReturnTicket) -> None:
        token = await self.opened.tills[ticket.key.shop, ticket.key.till].token()
        sold = self.sold.get(ticket.taken_back.basket.basket_id, Sold(None, 0))
        await self._post(ticket, return_body(ticket, sold.sign, sold.off_fen), token)

    async def _void(self, ticket: VoidTicket) -> None:
        """Void a ticket. Where the line was down the ticket comes behind its void: nothing was asked, nothing held."""
        basket = ticket.voided.basket
        token = await self.opened.tills[ticket.key.shop, ticket.key.till].token()
        late = self.kept_back.pop(basket.basket_id, None)
        if late is None:
            sold = self.sold[basket.basket_id]
            await self._post(ticket, void_body(ticket, sold.sign, sold.off_fen), token)
            return
        shopper = self.shoppers[basket.household_id]
        sign = _shown(late, shopper)
        await self._post(ticket, void_body(ticket, sign), token)
        await self._post(late, sale_body(late, sign), token)
        if shopper.member.joins_at == basket.sold_at:
            await self._join(shopper, token, basket.sold_at)

    async def _post(self, ticket: Ticket, body: dict[str, object], token: str) -> Answer:
        sent = msgspec.json.encode(body)
        answer = await self.client.ask("POST", "/trade/v1/tickets", sent, token=token)
        if not answer.is_good:
            self.refused += 1
        key = ticket.key
        self.journal.note(
            "ticket", shop=key.shop, till=key.till, body=msgspec.Raw(sent), status=answer.status, answer=answer.body
        )
        return answer

    async def _prompt(self, ticket: SaleTicket, shopper: Shopper, sign: MemberSign, token: str) -> None:
        """Ask what to say; one in some of those who are handed a code scans it."""
        shown = {"kind": str(sign.kind.value), "value": sign.value}
        answer = await self.client.ask("POST", "/community/v1/prompts", {"member": shown}, token=token)
        hand_over = answer.body.get("hand_over") if answer.is_good else None
        if (
            hand_over
            and shopper.member_id
            and not shopper.has_scanned
            and draw(SCANS_ONE_IN, "scan", ticket.basket.basket_id) == 0
        ):
            shopper.has_scanned = True
            await self._scan(ticket, shopper, hand_over["qr_url"], token)

    async def _scan(self, ticket: SaleTicket, shopper: Shopper, qr_url: str, token: str) -> None:
        """She scans the code, and shows her member page: the cashier binds it, so that the two are known as one."""
        member = shopper.member
        scanned = await self.outside.scan(qr_url, member)
        self.journal.note("scan", shop=ticket.key.shop, external_userid=member.external_userid, scanned=scanned)
        path = f"/member/v1/members/{shopper.member_id}/identities"
        bound = await self.client.ask("POST", path, {"kind": "unionid", "value": member.unionid}, token=token)
        self.journal.note("bind", member_id=shopper.member_id, status=bound.status, answer=bound.body)

    async def _hold_join_coupon(self, ticket: SaleTicket, shopper: Shopper, token: str) -> list[CouponOff]:
        """Who joined has a coupon waiting: the till holds it before it gives the discount."""
        if not shopper.has_scanned or shopper.has_spent_join_coupon or ticket.basket.amount_fen <= JOIN_COUPON_FEN:
            return []
        coupons = await self.client.ask("GET", f"/campaign/v1/people/{shopper.member_id}/coupons", token=token)
        free = [coupon for coupon in coupons.body if coupon["purpose"] == "join"] if coupons.is_good else []
        if not free:
            return []
        coupon_id = str(free[0]["coupon_id"])
        held = await self._hold(ticket, coupon_id, ticket.basket.amount_fen, token)
        if held is None:
            return []
        shopper.has_spent_join_coupon = True
        return [CouponOff(coupon_id, held)]

    async def _hold_recorded(self, ticket: SaleTicket, token: str) -> dict[int, str]:
        """The coupons that the data says this household redeemed with this basket."""
        ids = {}
        for redemption in ticket.basket.redemptions:
            coupon_id = self.coupon_ids.get((ticket.basket.basket_id, redemption.line_index))
            if coupon_id is not None:
                before_fen = ticket.basket.amount_fen + redemption.amount_fen
                await self._hold(ticket, coupon_id, before_fen, token)
                ids[redemption.line_index] = coupon_id
        return ids

    async def _hold(self, ticket: SaleTicket, coupon_id: str, total_fen: int, token: str) -> int | None:
        hold_id = derived_id(ticket.at, "hold", ticket.basket.basket_id, coupon_id)
        body = {"hold_id": str(hold_id), "coupon_id": coupon_id, "total_fen": total_fen}
        answer = await self.client.ask("POST", "/campaign/v1/coupons/holds", body, token=token)
        self.journal.note("hold", coupon_id=coupon_id, status=answer.status, answer=answer.body)
        return int(answer.body["discount_fen"]) if answer.is_good else None

    async def _join(self, shopper: Shopper, token: str, at: datetime) -> None:
        """A household that was no member yet joins: at the till, or by the mini-program where a friend invited it."""
        member = shopper.member
        if draw(INVITED_ONE_IN, "invited", member.household_id) == 0:
            token = await self._accept_invitation(member)
        body = {"mobile": member.mobile, "card": member.card_number, "verification": {"kind": "sms"}}
        answer = await self.client.ask("POST", "/member/v1/members", body, token=token)
        self.journal.note("join", household=member.household_id, at=at, status=answer.status, answer=answer.body)
        if answer.is_good:
            shopper.member_id = answer.body["member_id"]
            self.journal.note("member", member_id=shopper.member_id, signs=signs_of(member))

    async def _accept_invitation(self, friend: Member) -> str:
        """Some member passes on her invitation, the friend accepts it; answers the friend's token."""
        inviters = [one.member for one in self.shoppers.values() if one.member.joins_at is None]
        inviter = inviters[draw(len(inviters), "inviter", friend.household_id)]
        theirs = await self._sign_in(inviter)
        key = {"idempotency-key": f"invitation of {inviter.household_id}"}
        made = await self.client.must("POST", "/referral/v1/invitations", {}, token=theirs, headers=key)
        token = await self._sign_in(friend)
        path = f"/referral/v1/invitations/{made['invitation_code']}:accept"
        accepted = await self.client.ask("POST", path, token=token)
        self.journal.note(
            "accept",
            friend=friend.household_id,
            inviter=inviter.unionid,
            status=accepted.status,
            answer=accepted.body,
        )
        return token

    async def _sign_in(self, member: Member) -> str:
        """She opens the mini-program."""
        grant = {"grant": "mini_program", "app_id": APP_ID, "js_code": await self.outside.js_code(member)}
        return str((await self.client.must("POST", "/directory/v1/tokens", grant))["access_token"])


def _shown(ticket: SaleTicket, shopper: Shopper) -> MemberSign | None:
    """What she shows at the till, once she is a member."""
    basket = ticket.basket
    return sign_of(shopper.member, basket.basket_id) if shopper.member.is_member_at(basket.sold_at) else None


def signs_of(member: Member) -> list[str]:
    """All that a member may show at a till, kind and value."""
    return [f"card:{member.card_number}", f"mobile:{member.mobile}"]
