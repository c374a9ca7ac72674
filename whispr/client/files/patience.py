"""How often and how long a transfer waits for a relay that says "not now"."""

from __future__ import annotations

import asyncio

from whispr.client.clock import ClientClock
from whispr.errors import RelayError

ATTEMPTS = 8
LONGEST_WAIT_SECONDS = 60.0
_FIRST_WAIT_SECONDS = 0.25


class Patience:
    """Bounds the waits between two signs of progress; what takes longer is for the outbox."""

    def __init__(self, clock: ClientClock) -> None:
        self._clock = clock
        self._used = 0
        self._waited = 0
        self._turn = asyncio.Lock()

    def renew(self) -> None:
        """Something moved: begin to count again."""
        self._used = 0

    async def wait(self, error: RelayError) -> None:
        """Wait as long as the relay asked for, and longer each time that this does not help.

        Parts that are refused together wait together: that counts once. Raises the error itself
        after `ATTEMPTS` waits, or when the relay asks for more than a minute.
        """
        waited = self._waited
        async with self._turn:
            if waited == self._waited:
                await self._wait(error)
                self._waited += 1

    async def _wait(self, error: RelayError) -> None:
        asked_seconds = error.retry_after_ms / 1000
        if self._used >= ATTEMPTS or asked_seconds > LONGEST_WAIT_SECONDS:
            raise error
        own_seconds = min(_FIRST_WAIT_SECONDS * 2**self._used, LONGEST_WAIT_SECONDS)
        if asked_seconds and not self._used:
            own_seconds = 0.0  # it knows best, as long as that helps
        self._used += 1
        await self._clock.sleep(max(asked_seconds, own_seconds))
