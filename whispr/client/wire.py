"""`Wire`: a TLS transport and a `Connection` joined; bytes below, frames above.

Nothing is written before the peer was checked. Frames of one turn of the loop leave in one write.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Protocol, cast

from whispr.errors import (
    ConnectionClosedError,
    RemoteProtocolError,
    TransportError,
    WhisprError,
)
from whispr.protocol.connection import Connection, Timing, UnknownFrame
from whispr.protocol.schema import Frame, Role
from whispr.tls import TlsObject

WRITE_HIGH_WATER_BYTES = 32 * 1024
"""Unwritten bytes above which parts of files wait, so that messages overtake them."""


class WireListener(Protocol):
    """Who sits above a wire."""

    def frame_received(self, frame: Frame) -> None:
        """A frame came, in order. May raise RemoteProtocolError, which ends the wire."""

    def bytes_received(self, now: float) -> None:
        """The other end lives."""

    def wire_ended(self, error: WhisprError) -> None:
        """Nothing passes any more, in either direction; called once."""

    def wire_lost(self) -> None:
        """The transport is gone; called once, after `wire_ended`."""


class Wire(asyncio.Protocol):
    """One connection to a relay.

    Args:
        listener: hears of frames and of the end.
        check_peer: gives the relay id or raises a TransportError; called before anything else.
        now: seconds of a monotonic clock.
        frame_seconds: how long a single frame may take to arrive.
    """

    def __init__(
        self,
        listener: WireListener,
        *,
        check_peer: Callable[[TlsObject], bytes],
        now: Callable[[], float],
        frame_seconds: float,
    ) -> None:
        self._listener = listener
        self._check_peer = check_peer
        self._now = now
        # The deadlines of authentication and silence are the session's.
        timing = Timing(auth_seconds=math.inf, frame_seconds=frame_seconds, idle_seconds=math.inf)
        self._connection = Connection(Role.CLIENT, now=now(), timing=timing)
        self._transport: asyncio.Transport | None = None
        self._flush_planned = False
        self._may_write = asyncio.Event()
        self._may_write.set()
        self.relay_id = b""
        """Of the key that the other end proved; empty before."""
        self.error: WhisprError | None = None
        """Why nothing passes any more."""
        self.aborted = False
        self._lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_WATER_BYTES)
        if self.error is not None:
            self._transport.abort()
            return
        try:
            self.relay_id = self._check_peer(transport.get_extra_info("ssl_object"))
        except TransportError as error:
            self.abort(error)

    def data_received(self, data: bytes) -> None:
        if self._has_ended():
            return
        now = self._now()
        self._listener.bytes_received(now)
        try:
            for frame in self._connection.receive_data(data, now):
                if not isinstance(frame, UnknownFrame):
                    self._listener.frame_received(frame)
                if self._has_ended():
                    return
        except RemoteProtocolError as error:
            self.abort(error)

    def _has_ended(self) -> bool:
        return self.error is not None

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None:
            error = ConnectionClosedError("the relay closed the connection")
        else:
            error = ConnectionClosedError("the connection to the relay broke")
            error.__cause__ = exc
        self._end(error)
        self.aborted = True
        self._lost.set()
        self._listener.wire_lost()

    def next_request_id(self) -> int:
        """A request id for the next frame."""
        return self._connection.next_request_id()

    def send(self, frame: Frame) -> None:
        """Queue a frame; it leaves at the end of this turn of the loop.

        Raises:
            LocalProtocolError: not in this state, or out of bounds.
        """
        self._connection.send(frame)
        if not self._flush_planned:
            self._flush_planned = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_planned = False
        data = self._connection.data_to_send()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def writable(self) -> None:
        """Wait until the transport takes more.

        Raises:
            ConnectionClosedError: it never will.
        """
        self._flush()
        while not self._has_ended() and not self._may_write.is_set():
            await self._may_write.wait()
            # Somebody who waited too may have filled it again.
            self._flush()
        if self.error is not None:
            raise ConnectionClosedError(str(self.error)) from self.error

    def stuck(self, now: float) -> bool:
        """Whether a frame has taken too long to arrive."""
        return self._connection.handle_timer(now) is not None

    def next_timer(self) -> float:
        """When `stuck` may become true."""
        return self._connection.next_timer()

    def close(self, error: WhisprError) -> None:
        """Write what is queued and close; nothing is received any more."""
        self._flush()
        self._end(error)
        if self._transport is not None:
            self._transport.close()

    def abort(self, error: WhisprError) -> None:
        """Drop the connection at once."""
        self.aborted = True
        self._end(error)
        if self._transport is not None:
            self._transport.abort()

    async def gone(self) -> None:
        """Wait until the transport is gone, if there ever was one."""
        if self._transport is not None:
            await self._lost.wait()

    def _end(self, error: WhisprError) -> None:
        if self.error is not None:
            return
        self.error = error
        self._connection.fail()
        self._may_write.set()
        self._listener.wire_ended(error)
