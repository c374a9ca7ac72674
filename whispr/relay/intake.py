"""The reading half of a session: bytes to frames, frames to requests, a bounded number in a turn.

It stops by itself while the client does not read, while its requests wait for the store, and
while others have their turn; nothing here grows with what a client sends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Protocol

from whispr.errors import RemoteProtocolError, WhisprError
from whispr.protocol.codes import ErrorCode
from whispr.protocol.connection import Connection, UnknownFrame
from whispr.protocol.frames import Auth, Error, Send
from whispr.protocol.schema import Frame
from whispr.relay.output import Output
from whispr.relay.requests import Requests
from whispr.relay.services import Services

FRAMES_PER_TURN = 64


class Owner(Protocol):
    """The session, as its intake sees it."""

    def broken(self, error: RemoteProtocolError, request_id: int = 0) -> None:
        """The other end broke the rules."""

    def failed(self, error: Exception, request_id: int = 0) -> None:
        """We failed: a bug."""


class Intake:
    """Feeds the requests of one connection."""

    __slots__ = (
        "_connection",
        "_frames",
        "_held",
        "_output",
        "_owner",
        "_pending",
        "_reading_paused",
        "_requests",
        "_services",
        "_stalled",
        "_stopped",
        "_transport",
    )

    def __init__(
        self,
        services: Services,
        connection: Connection,
        transport: asyncio.Transport,
        output: Output,
        requests: Requests,
        owner: Owner,
    ) -> None:
        self._services = services
        self._connection = connection
        self._transport = transport
        self._output = output
        self._requests = requests
        self._owner = owner
        self._frames: Iterator[Frame | UnknownFrame] | None = None
        self._pending: list[bytes] | None = None
        self._held: Frame | UnknownFrame | None = None
        self._reading_paused = False
        self._stalled = False
        self._stopped = False

    @property
    def busy(self) -> bool:
        """Whether it is we who do not read at the moment."""
        return self._frames is not None

    def feed(self, data: bytes) -> None:
        """Carry out what is complete; what comes while that goes on waits, and reading stops."""
        if self._stopped:
            return
        if self._frames is not None:
            if self._pending is None:
                self._pending = []
            self._pending.append(data)
            if not self._reading_paused:
                self._reading_paused = True
                self._transport.pause_reading()
            return
        self._frames = self._connection.receive_data(data, self._services.now())
        self._work()

    def has_room(self) -> None:
        """Go on, if we stopped because the output or the requests had no room."""
        if self._stalled:
            self._stalled = False
            self._services.turns.later(self._work)

    def stop(self) -> None:
        """Carry out nothing more."""
        self._stopped = True
        self._connection.fail()
        self._frames = self._held = self._pending = None

    def _work(self) -> None:
        """Carry out frames until there are none, one has to wait, or the turn is over."""
        try:
            for _ in range(FRAMES_PER_TURN):
                frame = self._held or self._next_frame()
                if frame is None or self._stopped:
                    return
                if not self._may_start(frame):
                    self._held = frame
                    return
                self._held = None
                self._start(frame)
        except RemoteProtocolError as error:
            self._owner.broken(error)
        except WhisprError as error:
            self._owner.failed(error)
        else:
            self._services.turns.later(self._work)

    def _next_frame(self) -> Frame | UnknownFrame | None:
        while self._frames is not None:
            for frame in self._frames:
                return frame
            self._frames = None
            if self._pending:
                data = self._pending.pop(0)
                self._frames = self._connection.receive_data(data, self._services.now())
            elif self._reading_paused:
                self._reading_paused = False
                self._transport.resume_reading()
        return None

    def _may_start(self, frame: Frame | UnknownFrame) -> bool:
        """Whether there is room and a turn; if not, `_work` is called when there is."""
        if self._output.congested or (
            not isinstance(frame, UnknownFrame) and self._requests.is_full_for(frame)
        ):
            self._stalled = True
            return False
        kind = type(frame)
        costs_check = kind is Auth or (kind is Send and self._services.config.verify == "always")
        if costs_check and not self._services.turns.take_check():
            self._services.turns.later(self._work)
            return False
        return True

    def _start(self, frame: Frame | UnknownFrame) -> None:
        if isinstance(frame, UnknownFrame):
            self._services.metrics.frame_rejected("unsupported")
            self._output.send(
                Error(
                    frame.request_id,
                    code_number=ErrorCode.UNSUPPORTED,
                    retry_after_ms=0,
                    text="a frame of another version",
                )
            )
        else:
            self._requests.put(frame)
