"""`Demand`: who wants the connection of a link now, and since when nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from whispr.client.clock import ClientClock, within
from whispr.client.session import Session
from whispr.errors import ConnectError


class Demand:
    """The callers that wait for a session of one link, and those that hold one."""

    def __init__(self, clock: ClientClock) -> None:
        self._clock = clock
        self._news = asyncio.Event()
        self._waiters: set[asyncio.Future[Session]] = set()
        self._holds = 0
        self.used = clock.monotonic()
        """When somebody last asked for a session or let go of one."""

    @property
    def present(self) -> bool:
        """Whether anybody waits or holds."""
        return bool(self._waiters) or self._holds > 0

    @property
    def held(self) -> bool:
        """Whether anybody works with the session for longer than a request."""
        return self._holds > 0

    def touch(self) -> None:
        """Somebody uses the session now."""
        self.used = self._clock.monotonic()

    async def wait(self) -> None:
        """Return when anybody waits or holds."""
        while not self.present:
            self._news.clear()
            await self._news.wait()

    async def session(self, timeout_seconds: float) -> Session:
        """The next session that is given.

        Raises:
            TimeoutError: none in time.
            WhisprError: what `refuse` was told.
        """
        self.touch()
        waiter: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        self._news.set()
        try:
            return await within(self._clock, timeout_seconds, waiter)
        finally:
            self._waiters.discard(waiter)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Keep the connection for as long as this lasts."""
        self._holds += 1
        self._news.set()
        try:
            yield
        finally:
            self._holds -= 1
            self.touch()

    def give(self, session: Session) -> None:
        """Everybody who waits gets this session."""
        for waiter in self._drawn():
            waiter.set_result(session)

    def refuse(self, reason: str, cause: Exception) -> None:
        """Everybody who waits hears that there will be none for now (ConnectError)."""
        for waiter in self._drawn():
            # One exception for each: a shared one would collect the tracebacks of all.
            error = ConnectError(reason)
            error.__cause__ = cause
            waiter.set_exception(error)

    def _drawn(self) -> list[asyncio.Future[Session]]:
        drawn = [waiter for waiter in self._waiters if not waiter.done()]
        self._waiters.clear()
        return drawn
