"""What a running service has at hand: its settings, database, keys, peers and batchers; made once, at the edge."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from shared.auth.tokens import Signer, Verifier
from shared.batcher import Batcher
from shared.clock import Clock
from shared.db.database import ANSWER_LIMIT_S, Database, Tx
from shared.disk import Disk
from shared.peers import Peers
from shared.secrets import Secrets
from shared.settings import Settings

_SPACING = 1.4  # measured: 1.3 to 1.6 give a tenth more tickets, the listeners beside them included

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Flush = Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]]
Action = Callable[[Tx, Sequence[Item]], Awaitable[Sequence[Answer | Exception]]]


@dataclass
class Context:
    """One service in one process."""

    service: str
    settings: Settings
    secrets: Secrets
    clock: Clock
    database: Database
    verifier: Verifier
    signer: Signer
    peers: Peers
    batchers: dict[str, Batcher[Any, Any]] = field(default_factory=dict)
    disk: Disk = field(init=False)

    def __post_init__(self) -> None:
        self.disk = Disk.of(self.settings)

    async def together(self, action: Action[Item, Answer], item: Item) -> Answer:
        """Hand `item` to an action that takes a list; those that arrive together share one transaction."""
        self.disk.must_have_room()
        answer: Answer = await self._batcher(action).submit(item)
        return answer

    async def all_together(self, action: Action[Item, Answer], items: Sequence[Item]) -> list[Answer | Exception]:
        """The same for many items of one caller; answers what became of each."""
        self.disk.must_have_room()
        return await self._batcher(action).submit_all(items)

    def _batcher(self, action: Action[Item, Answer]) -> Batcher[Item, Answer]:
        pause_s = self.settings.writer_pause_ms / 1000
        return self.batcher(action.__name__, partial(self._commit, action), pause_s=pause_s, spacing=_SPACING)

    def batcher(self, name: str, flush: Flush[Item, Answer], **how: Any) -> Batcher[Item, Answer]:
        """The service's one batcher of this name, made so when it is first asked for."""
        named = f"{self.service}.{name}"
        batcher = self.batchers.get(named)
        if batcher is None:
            batcher = self.batchers[named] = Batcher(named, flush, **how)
        return batcher

    async def _commit(self, action: Action[Item, Answer], items: Sequence[Item]) -> Sequence[Answer | Exception]:
        return await self.database.act(lambda tx: action(tx, items), limit_s=ANSWER_LIMIT_S)
