"""Tills under fire: many posts in flight, each sent again until it is acknowledged; all of it journaled."""

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from deploy.demo.journal import Journal
from tests.faults.line import ANSWER_LIMIT_S, GONE, Answer, Line, request
from tests.faults.papers import Paper, Papers

IN_A_BATCH = 100
BATCH_ONE_IN = 150
TWICE_AT_ONCE_ONE_IN = 30
TWICE_LATER_ONE_IN = 30
COMES_BACK_ONE_IN = 12
FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 1.0
RETRIES_LATER = (429, 503, 507)
PATIENT_ONE_IN = 8
FOREVER_S = 60.0  # longer than all that a process may wait for before it answers, the database's silence included


@dataclass
class Seen:
    """What the tills saw."""

    posts: int = 0
    again: int = 0  # posts that had to be repeated
    unanswered: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    sent: set[tuple[int, str]] = field(default_factory=set)
    acknowledged: dict[tuple[int, str], str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)  # answers that no till should ever get


class Tills:
    """Tills that post until told to close; what is under way then is finished first.

    Most hang up on silence and send again, as tills do; some wait on, for whoever lets a post lie is not to be saved
    by the next one.
    """

    def __init__(
        self, ports: Sequence[int], tokens: Sequence[str], papers: Papers, journal: Journal, rush: asyncio.Event
    ) -> None:
        self.seen = Seen()
        self._ports = ports
        self._tokens = tokens
        self._papers = papers
        self._journal = journal
        self._rush = rush
        self._drawn = random.Random(len(tokens))
        self._coming_back: deque[Paper] = deque()
        self._closing = asyncio.Event()

    async def work(self, at_once: int, think_s: float) -> None:
        """Post, so many at once, each pausing for so long between two posts."""
        async with asyncio.TaskGroup() as group:
            for number in range(at_once):
                limit_s = ANSWER_LIMIT_S if number % PATIENT_ONE_IN else FOREVER_S
                group.create_task(self._one(think_s, limit_s))

    async def sell(self, port: int) -> None:
        """One sale more, taken by this process and no other."""
        line = Line(port)
        await self._deliver(self._papers.sales(1), [line])
        line.close()

    def close(self) -> None:
        """Begin nothing new."""
        self._closing.set()

    async def _one(self, think_s: float, limit_s: float) -> None:
        lines = [Line(port, limit_s) for port in self._ports]
        while not self._closing.is_set():
            papers = self._next()
            sendings = 2 if self._one_in(TWICE_AT_ONCE_ONE_IN) else 1
            others = [Line(port, limit_s) for port in self._ports]
            await asyncio.gather(*(self._deliver(papers, each) for each in (lines, others)[:sendings]))
            for line in others:
                line.close()
            if self._one_in(TWICE_LATER_ONE_IN):
                await self._deliver(papers, lines)
            await asyncio.sleep(think_s)
        for line in lines:
            line.close()

    def _next(self) -> list[Paper]:
        if self._coming_back and self._one_in(2):
            return [self._coming_back.popleft()]
        is_batch = self._rush.is_set() or self._one_in(BATCH_ONE_IN)
        return self._papers.sales(IN_A_BATCH if is_batch else 1)

    async def _deliver(self, papers: Sequence[Paper], lines: Sequence[Line]) -> None:
        """Send until it is acknowledged, by whichever process answers."""
        self.seen.sent.update(paper.key for paper in papers)
        whole, wait_s = self._request(papers), FIRST_WAIT_S
        while True:
            answer = await self._try(self._drawn.choice(lines), whole)
            if answer is not None and answer.status in (200, 201):
                self._acknowledged(papers, answer)
                return
            self.seen.again += 1
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _try(self, line: Line, whole: bytes) -> Answer | None:
        self.seen.posts += 1
        asked_s = time.monotonic()
        try:
            answer = await line.ask(whole)
        except GONE:
            self.seen.unanswered += 1
            if time.monotonic() - asked_s >= FOREVER_S:
                self.seen.complaints.append(f"a post was left without an answer, its line open: {whole[-200:]!r}")
            return None
        self.seen.statuses[answer.status] += 1
        if answer.status in RETRIES_LATER:
            if "retry-after" not in answer.headers:
                self.seen.complaints.append(f"{answer.status} without Retry-After: {answer.body[:200]!r}")
        elif answer.status not in (200, 201):
            self.seen.complaints.append(f"{answer.status}: {answer.body[:300]!r}")
        return answer

    def _request(self, papers: Sequence[Paper]) -> bytes:
        token = self._tokens[papers[0].till]
        if len(papers) == 1:
            return request("/trade/v1/tickets", token, msgspec.json.encode(papers[0].body))
        tickets = [paper.body for paper in papers]
        return request("/trade/v1/tickets:batch", token, msgspec.json.encode({"tickets": tickets}))

    def _acknowledged(self, papers: Sequence[Paper], answer: Answer) -> None:
        told = msgspec.json.decode(answer.body)
        for paper, one in zip(papers, told.get("answers", [told]), strict=True):
            if one["status"] != 201:
                self.seen.complaints.append(f"ticket {paper.key} was refused: {one}")
                continue
            before = self.seen.acknowledged.get(paper.key)
            if before is None:
                self._first_time(paper, one["ticket_id"])
            elif before != one["ticket_id"]:
                self.seen.complaints.append(f"ticket {paper.key} is {before}, then {one['ticket_id']}")

    def _first_time(self, paper: Paper, ticket_id: str) -> None:
        self.seen.acknowledged[paper.key] = ticket_id
        self._journal.note("ticket", till=paper.till, body=paper.body, ticket_id=ticket_id)
        if paper.body["kind"] == "sale" and self._one_in(COMES_BACK_ONE_IN):
            self._coming_back.extend(self._papers.returns(paper, self._drawn.choice((1, 2))))

    def _one_in(self, count: int) -> bool:
        return self._drawn.randrange(count) == 0
