"""A shared store with a stopwatch: how long each call takes and how many are not answered.

The store in memory answers within the request that asks; only what lies behind a connection is
worth a measurement, and pays for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Protocol, TypeVar

from whispr.errors import RelayUnavailableError
from whispr.relay.stores.base import Incoming, Kept, Refused, Store, Stored, StoreUsage, Watcher

Answer = TypeVar("Answer")


class Stopwatch(Protocol):
    """Whoever counts the calls."""

    def store_call(self, operation: str, seconds: float, *, failed: bool = False) -> None:
        """A call of this name took so long; `failed` if the store did not answer."""


class TimedStore:
    """Hands every call on to `store` and tells `stopwatch`; a `Store` itself."""

    def __init__(self, store: Store, stopwatch: Stopwatch) -> None:
        self._store = store
        self._stopwatch = stopwatch

    @property
    def epoch(self) -> bytes:
        """As the store says."""
        return self._store.epoch

    @property
    def up(self) -> bool:
        """As the store says."""
        return self._store.up

    async def open(self) -> None:
        """See `Store`."""
        await self._store.open()

    async def repetition(self, incoming: Incoming) -> Kept | None:
        """See `Store`."""
        return await self._timed("repetition", lambda: self._store.repetition(incoming))

    async def enqueue(self, incoming: Incoming) -> Kept | Refused:
        """See `Store`."""
        return await self._timed("enqueue", lambda: self._store.enqueue(incoming))

    async def fetch(
        self, mailbox: bytes, *, after: int, max_messages: int, max_bytes: int
    ) -> list[Stored]:
        """See `Store`."""
        return await self._timed(
            "fetch",
            lambda: self._store.fetch(
                mailbox, after=after, max_messages=max_messages, max_bytes=max_bytes
            ),
        )

    async def acknowledge(self, mailbox: bytes, position: int) -> int:
        """See `Store`."""
        return await self._timed("acknowledge", lambda: self._store.acknowledge(mailbox, position))

    async def last_position(self, mailbox: bytes) -> int:
        """See `Store`."""
        return await self._timed("last_position", lambda: self._store.last_position(mailbox))

    async def watch(self, mailbox: bytes, watcher: Watcher) -> None:
        """See `Store`."""
        await self._timed("watch", lambda: self._store.watch(mailbox, watcher))

    async def unwatch(self, mailbox: bytes, watcher: Watcher) -> None:
        """See `Store`."""
        await self._timed("unwatch", lambda: self._store.unwatch(mailbox, watcher))

    async def publish(self, mailbox: bytes, data: bytes) -> bool:
        """See `Store`."""
        return await self._timed("publish", lambda: self._store.publish(mailbox, data))

    async def allow(self, mailbox: bytes, keys: frozenset[bytes]) -> None:
        """See `Store`."""
        await self._timed("allow", lambda: self._store.allow(mailbox, keys))

    async def take_send_budget(self, key_id: bytes) -> int:
        """See `Store`."""
        return await self._timed("take_send_budget", lambda: self._store.take_send_budget(key_id))

    def usage(self) -> StoreUsage:
        """As the store says."""
        return self._store.usage()

    async def sweep(self) -> None:
        """See `Store`."""
        await self._timed("sweep", self._store.sweep)

    async def close(self) -> None:
        """See `Store`."""
        await self._store.close()

    async def _timed(self, operation: str, call: Callable[[], Awaitable[Answer]]) -> Answer:
        began = perf_counter()
        try:
            answer = await call()
        except RelayUnavailableError:
            self._stopwatch.store_call(operation, perf_counter() - began, failed=True)
            raise
        self._stopwatch.store_call(operation, perf_counter() - began)
        return answer
