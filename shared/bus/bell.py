"""A bell within a process: who commits events rings it, who waits for them need not poll."""

import asyncio


class Bell:
    """Rung any number of times, heard by everyone who waits."""

    def __init__(self) -> None:
        self.times = 0
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever waits."""
        self.times += 1
        self._rung.set()
        self._rung = asyncio.Event()

    async def heard(self, within_s: float, *, since: int | None = None) -> bool:
        """Wait for the next ring, or for one since it had been rung so often; False when the time ran out first."""
        if since is not None and self.times > since:
            return True
        try:
            async with asyncio.timeout(within_s):
                await self._rung.wait()
        except TimeoutError:
            return False
        return True
