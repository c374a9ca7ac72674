"""`Connection`: one end as a value machine; bytes and time in, frames and bytes out.

The caller owns the transport and the clock. It must call `data_to_send` after everything it does
and write what comes back; it must call `handle_timer` when `next_timer` is due.
`docs/protocol.md` §3.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from whispr.errors import (
    LocalProtocolError,
    RemoteProtocolError,
    UnexpectedFrameError,
    UnknownFrameError,
)
from whispr.protocol import codec, frames
from whispr.protocol.framing import ReceiveBuffer, prefixed
from whispr.protocol.limits import MAX_FRAMES_BEFORE_AUTH
from whispr.protocol.schema import Frame, Role
from whispr.protocol.states import (
    ASKED_AFTER_GOAWAY,
    MAX_BODY_BYTES,
    UNPROVEN,
    State,
    next_state,
)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long an end waits for the other, in seconds."""

    auth_seconds: float = 10.0
    """From the start of the connection to the first READY."""
    frame_seconds: float = 15.0
    """From the first byte of a frame to its last."""
    idle_seconds: float = 100.0
    """Without any byte from the other end."""


class Timeout(enum.Enum):
    """What took too long."""

    AUTH = "auth"
    FRAME = "frame"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class UnknownFrame:
    """A frame of another version arrived; the connection lives on."""

    request_id: int


class Connection:
    """One end of a connection.

    Args:
        role: which end this is.
        now: seconds of any monotonic clock; the same clock for every later `now`.
        timing: the limits in time.
    """

    def __init__(self, role: Role, *, now: float, timing: Timing = Timing()) -> None:
        self.role = role
        self.state = State.CONNECTED
        self._peer = Role.CLIENT if role is Role.RELAY else Role.RELAY
        self._timing = timing
        self._buffer = ReceiveBuffer()
        self._outgoing: list[bytes] = []
        self._started = now
        self._heard = now
        self._frame_started: float | None = None
        self._frames_before_auth = 0
        self._last_request_id = 0
        self._failed = False

    @property
    def heard(self) -> float:
        """When the last byte came from the other end."""
        return self._heard

    def next_request_id(self) -> int:
        """A request id that was not used recently; never 0."""
        self._last_request_id = self._last_request_id % 0xFFFF_FFFF + 1
        return self._last_request_id

    def receive_data(
        self, data: bytes | bytearray | memoryview, now: float
    ) -> Iterator[Frame | UnknownFrame]:
        """Take the bytes at once; the iterator gives frames one by one.

        Each frame is judged in the state that its predecessors and your answers led to, so answer
        as you go. Iterate to the end before the next call, or read no further bytes until you did:
        what lies unread between two frames is bounded only by what you feed. An iterator that was
        left early loses nothing, the next one goes on.

        Raises:
            RemoteProtocolError: from the iterator: the other end broke the rules. Everything after
                that is dropped unread. `codes.ANSWERS` says what to answer.
        """
        if self._failed:
            return iter(())
        self._heard = now
        self._buffer.feed(data)
        return self._frames(now)

    def _frames(self, now: float) -> Iterator[Frame | UnknownFrame]:
        try:
            while (body := self._buffer.next_body(MAX_BODY_BYTES[self.state])) is not None:
                self._frame_started = None
                yield self._judged(body)
        except RemoteProtocolError:
            self.fail()
            raise
        if len(self._buffer) and self._frame_started is None:
            self._frame_started = now

    def _judged(self, body: bytes) -> Frame | UnknownFrame:
        if self.role is Role.RELAY and self.state in UNPROVEN:
            self._frames_before_auth += 1
            if self._frames_before_auth > MAX_FRAMES_BEFORE_AUTH:
                raise UnexpectedFrameError("too many frames before authentication")
        try:
            frame = codec.decode(body, sender=self._peer)
        except UnknownFrameError as error:
            return UnknownFrame(error.request_id)
        self.state = next_state(self.state, type(frame))
        return frame

    def receive_eof(self) -> bool:
        """The other end closed its side; returns whether it did so between two frames."""
        clean = len(self._buffer) == 0 and not self._failed
        self.fail()
        return clean

    def fail(self) -> None:
        """Receive nothing more: what comes is dropped unread."""
        self._failed = True
        self._buffer.clear()
        self._frame_started = None

    def send(self, frame: Frame) -> None:
        """Queue a frame; `data_to_send` gives the bytes.

        Raises:
            LocalProtocolError: not ours to send, not in this state, or out of bounds.
        """
        if frame.sender is not self.role:
            raise LocalProtocolError(f"a {self.role.value} does not send {type(frame).__name__}")
        try:
            state = next_state(self.state, type(frame))
        except UnexpectedFrameError as error:
            raise LocalProtocolError(str(error)) from error
        if self._leaves and type(frame) not in ASKED_AFTER_GOAWAY:
            raise LocalProtocolError(f"{type(frame).__name__} after goaway")
        self._outgoing.append(prefixed(codec.encode(frame)))
        self.state = state

    @property
    def _leaves(self) -> bool:
        return self.role is Role.CLIENT and self.state in (State.LEAVING, State.TURNED_AWAY)

    def data_to_send(self) -> bytes:
        """Everything queued since the last call, joined: one write for one turn of the loop."""
        if not self._outgoing:
            return b""
        data = self._outgoing[0] if len(self._outgoing) == 1 else b"".join(self._outgoing)
        self._outgoing.clear()
        return data

    def next_timer(self) -> float:
        """When `handle_timer` wants to be called."""
        return min(deadline for deadline, _ in self._deadlines())

    def handle_timer(self, now: float) -> Timeout | None:
        """What has taken too long by `now`, if anything."""
        for deadline, timeout in sorted(self._deadlines(), key=lambda item: item[0]):
            if now >= deadline:
                return timeout
        return None

    def _deadlines(self) -> Iterator[tuple[float, Timeout]]:
        yield self._heard + self._timing.idle_seconds, Timeout.IDLE
        if self.state in UNPROVEN:
            yield self._started + self._timing.auth_seconds, Timeout.AUTH
        if self._frame_started is not None:
            yield self._frame_started + self._timing.frame_seconds, Timeout.FRAME


ANSWERED_BY_PUSH = (
    *(frames.Deliver, frames.Synced, frames.FateNotice, frames.Goaway),
    frames.LowPrekeys,
)
"""Frames of the relay that answer no request of their own."""
