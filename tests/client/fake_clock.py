"""A `ClientClock` that stands still until a test moves it."""

from __future__ import annotations

import asyncio

TURNS = 20
"""Turns of the loop that a chain of tasks may need until it sleeps again."""


async def settle() -> None:
    """Let everything run that needs no time and no bytes."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


class FakeClientClock:
    """Time as a test tells it; `sleeping` says for how long somebody waits now."""

    def __init__(self, wall_ms: int = 1_700_000_000_000) -> None:
        self.seconds = 1000.0
        self._wall_ms = wall_ms
        self._sleepers: dict[asyncio.Future[None], float] = {}

    def monotonic(self) -> float:
        return self.seconds

    def wall_ms(self) -> int:
        return self._wall_ms

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers[sleeper] = self.seconds + seconds
        try:
            await sleeper
        finally:
            del self._sleepers[sleeper]

    @property
    def sleeping(self) -> list[float]:
        """Seconds that each sleeper still waits, shortest first."""
        return sorted(round(due - self.seconds, 6) for due in self._sleepers.values())

    async def advance(self, seconds: float) -> None:
        """Let time pass; everybody who is due wakes in order, at his time."""
        await settle()
        end = self.seconds + seconds
        while due := [at for at in self._sleepers.values() if at <= end]:
            self.seconds = min(due)
            for sleeper, at in list(self._sleepers.items()):
                if at <= self.seconds and not sleeper.done():
                    sleeper.set_result(None)
            await settle()
        self.seconds = end
        await settle()
