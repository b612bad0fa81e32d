"""A bell within a process: who commits events rings it, who waits for them need not poll."""

import asyncio


class Bell:
    """Rung any number of times, heard by everyone who waits."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever waits."""
        self._rung.set()
        self._rung = asyncio.Event()

    async def heard(self, within_s: float) -> bool:
        """Wait for the next ring; False when the time ran out first."""
        try:
            async with asyncio.timeout(within_s):
                await self._rung.wait()
        except TimeoutError:
            return False
        return True
