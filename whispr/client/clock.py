"""The clocks of a client: `ClientClock`, which tests replace, and the relay's time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Protocol, TypeVar

from whispr.errors import RemoteProtocolError

Result = TypeVar("Result")

MAX_CLOCK_MS = 253_402_300_800_000
"""The year 10000: a relay whose clock stands there is wrong or hostile."""


class ClientClock(Protocol):
    """Where time comes from and how it is waited for."""

    def monotonic(self) -> float:
        """Seconds that never go backwards."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970 by the clock of this computer, right or wrong."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""


class SystemClock:
    """The clocks of this computer."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class RelayClock:
    """The relay's time: what it said last, plus the seconds that passed here since.

    Before a relay said anything the clock of this computer has to do.
    """

    def __init__(self, clock: ClientClock) -> None:
        self._clock = clock
        self._base_ms: int | None = None
        self._base_seconds = 0.0

    def set_from(self, relay_clock_ms: int) -> None:
        """The relay says that it is `relay_clock_ms` now (HELLO, PONG).

        Raises:
            RemoteProtocolError: beyond every calendar.
        """
        if relay_clock_ms > MAX_CLOCK_MS:
            raise RemoteProtocolError("the relay's clock is beyond every calendar")
        self._base_ms = relay_clock_ms
        self._base_seconds = self._clock.monotonic()

    def now_ms(self) -> int:
        """Milliseconds since 1970 by the relay's clock."""
        if self._base_ms is None:
            return self._clock.wall_ms()
        return self._base_ms + int((self._clock.monotonic() - self._base_seconds) * 1000)


async def within(clock: ClientClock, seconds: float, awaitable: Awaitable[Result]) -> Result:
    """Await, but for at most `seconds` of `clock`; what is late is cancelled.

    Raises:
        TimeoutError: not done in time.
    """
    task = asyncio.ensure_future(awaitable)
    alarm = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        await _cancelled(task, alarm)


async def _cancelled(*futures: asyncio.Future[Result] | asyncio.Future[None]) -> None:
    for future in futures:
        future.cancel()
    await asyncio.gather(*futures, return_exceptions=True)
