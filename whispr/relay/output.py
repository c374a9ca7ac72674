"""What goes out on one connection: joined for each turn of the loop, measured, and cut off in time.

Frames of a turn leave in one `write`: one write for each frame would cost five times as much.
Parts of files are made only while little waits to be written (`bulk_room`), so that a message
overtakes every part that is not yet handed to the transport.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from whispr.protocol.connection import Connection
from whispr.protocol.schema import Frame

BULK_HIGH_BYTES = 32 * 1024
"""Unwritten bytes above which no further part of a file is made."""
BULK_LOW_BYTES = 8 * 1024


class Output:
    """The writing half of a session.

    Args:
        on_written: called after each write with the number of bytes that wait.
    """

    __slots__ = (
        "_connection",
        "_high_bytes",
        "_loop",
        "_on_written",
        "_paused",
        "_scheduled",
        "_transport",
        "blocked_since",
    )

    def __init__(
        self,
        connection: Connection,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        *,
        high_bytes: int,
        on_written: Callable[[int], None],
    ) -> None:
        self._connection = connection
        self._transport = transport
        self._loop = loop
        self._high_bytes = high_bytes
        self._on_written = on_written
        self._paused = False
        self._scheduled = False
        self.blocked_since: float | None = None
        """Since when the other end has not read what was written to it."""
        transport.set_write_buffer_limits(high=BULK_HIGH_BYTES, low=BULK_LOW_BYTES)

    def send(self, frame: Frame) -> None:
        """Put a frame behind those of this turn."""
        self._connection.send(frame)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Hand everything to the transport now."""
        self._scheduled = False
        data = self._connection.data_to_send()
        if data and not self._transport.is_closing():
            self._transport.write(data)
            self._on_written(self._transport.get_write_buffer_size())

    @property
    def size(self) -> int:
        """Bytes that the transport holds because the other end does not read them."""
        return self._transport.get_write_buffer_size()

    @property
    def congested(self) -> bool:
        """Whether so much is unread that this connection is not served until it reads."""
        return self._paused and self._transport.get_write_buffer_size() >= self._high_bytes

    @property
    def bulk_room(self) -> bool:
        """Whether a part of a file may be made."""
        return not self._paused

    def pause(self, now: float) -> None:
        """The transport has more than `BULK_HIGH_BYTES`."""
        self._paused = True
        self.blocked_since = now

    def resume(self) -> None:
        """The transport has less than `BULK_LOW_BYTES` again."""
        self._paused = False
        self.blocked_since = None
