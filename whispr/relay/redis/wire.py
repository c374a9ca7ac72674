"""One connection to the store: commands out once for each turn of the loop, replies in order.

Replies are parsed in C and handed to futures where they arrive; there is no task and no stream in
between. An error reply is a value, `ReplyError`, because a script may fail for many reasons and
the caller knows which of them it expects.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from hiredis import HiredisError, PushNotification, Reader, ReplyError, pack_command

from whispr.errors import RelayUnavailableError

Word = bytes | str | int
Reply = Any

RETRY_AFTER_MS = 1000
MAX_PENDING = 50_000
"""Commands without a reply; more are refused, they would only grow old."""

__all__ = ["PushNotification", "Reply", "ReplyError", "Wire", "Word", "unavailable"]


def unavailable(text: str = "the store does not answer") -> RelayUnavailableError:
    """What to raise while the store cannot be asked."""
    return RelayUnavailableError(text, retry_after_ms=RETRY_AFTER_MS)


class Wire(asyncio.Protocol):
    """A connection; once lost it stays lost, and everything that waited on it fails.

    Args:
        on_push: called with each message that answers nothing: notifications.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_push: Callable[[list[Any]], None] | None = None,
    ) -> None:
        self._loop = loop
        self._on_push = on_push
        self._reader = Reader(notEnoughData=_NOTHING)
        self._pending: deque[tuple[asyncio.Future[Reply], float]] = deque()
        self._unsent: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._lost = False
        self.closed: asyncio.Future[None] = loop.create_future()
        """Done when the connection is gone."""
        self.heard = loop.time()
        """When something last came, in the time of the loop."""

    def call(self, *words: Word) -> asyncio.Future[Reply]:
        """Send a command; the future has its reply, or raises RelayUnavailableError."""
        future: asyncio.Future[Reply] = self._loop.create_future()
        if self._lost or self._transport is None or len(self._pending) >= MAX_PENDING:
            future.set_exception(unavailable())
            return future
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(pack_command(cast("tuple[str]", words)))
        self._pending.append((future, self._loop.time()))
        return future

    def tell(self, *words: Word) -> None:
        """Send a command that is answered by pushed messages alone."""
        if self._transport is not None and not self._lost:
            if not self._unsent:
                self._loop.call_soon(self._flush)
            self._unsent.append(pack_command(cast("tuple[str]", words)))

    @property
    def silent_since(self) -> float | None:
        """Since when the oldest command waits for its reply."""
        return self._pending[0][1] if self._pending else None

    def abort(self) -> None:
        """Give the connection up at once; what waits fails now."""
        if self._transport is not None:
            self._transport.abort()
        self._fail()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio: connected."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Asyncio: hand every complete reply to who waits for it."""
        self.heard = self._loop.time()
        reader, pending = self._reader, self._pending
        try:
            reader.feed(data)
            while (reply := reader.gets()) is not _NOTHING:
                if type(reply) is PushNotification:
                    if self._on_push is not None:
                        self._on_push(reply)
                    continue
                future, _ = pending.popleft()
                if not future.done():
                    future.set_result(reply)
        except (HiredisError, IndexError):  # not what a store says: nothing after it can be trusted
            self.abort()

    def connection_lost(self, exception: Exception | None) -> None:
        """Asyncio: gone."""
        self._fail()

    def _flush(self) -> None:
        if self._unsent and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self._unsent))
        self._unsent.clear()

    def _fail(self) -> None:
        self._lost = True
        self._unsent.clear()
        while self._pending:
            future, _ = self._pending.popleft()
            if not future.done():
                future.set_exception(unavailable())
                future.exception()  # whoever asked may be gone: that is no news
        if not self.closed.done():
            self.closed.set_result(None)


_NOTHING: Any = object()
