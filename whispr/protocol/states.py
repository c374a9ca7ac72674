"""States of a connection as a table: which frame may pass in which state, and where it leads.

Everything that decides whether a frame is legal lives here. The diagrams of `docs/protocol.md` §3
are drawn from `TRANSITIONS`.
"""

from __future__ import annotations

import enum

from whispr.errors import UnexpectedFrameError
from whispr.protocol import frames
from whispr.protocol.codes import Scope
from whispr.protocol.limits import MAX_FRAME_BYTES, MAX_FRAME_BYTES_BEFORE_AUTH
from whispr.protocol.schema import FRAMES, Frame


class State(enum.Enum):
    """Where a connection is."""

    CONNECTED = "connected"
    """TLS stands, nothing was said."""
    GREETED = "greeted"
    """The relay said HELLO; the client has proven nothing."""
    OPEN = "open"
    """At least one scope is proven."""
    LEAVING = "leaving"
    """The relay said GOAWAY: answers still pass, nothing new is asked."""


_BEFORE_AUTH = (
    frames.Auth,
    frames.Ping,
    frames.Status,
    frames.Pong,
    frames.StatusReport,
    frames.Error,
)
_NOT_AFTER_GREETING = (frames.Hello, frames.Ready, frames.Goaway)

TRANSITIONS: dict[State, dict[type[Frame], State]] = {
    State.CONNECTED: {
        frames.Hello: State.GREETED,
        frames.Goaway: State.LEAVING,
        frames.Error: State.CONNECTED,
    },
    State.GREETED: {
        **dict.fromkeys(_BEFORE_AUTH, State.GREETED),
        frames.Ready: State.OPEN,
        frames.Goaway: State.LEAVING,
    },
    State.OPEN: {
        **{frame: State.OPEN for frame in FRAMES.values() if frame not in _NOT_AFTER_GREETING},
        frames.Ready: State.OPEN,
        frames.Goaway: State.LEAVING,
    },
    State.LEAVING: {
        **{frame: State.LEAVING for frame in FRAMES.values() if frame is not frames.Hello},
    },
}

MAX_BODY_BYTES: dict[State, int] = {
    State.CONNECTED: MAX_FRAME_BYTES_BEFORE_AUTH,
    State.GREETED: MAX_FRAME_BYTES_BEFORE_AUTH,
    State.OPEN: MAX_FRAME_BYTES,
    State.LEAVING: MAX_FRAME_BYTES,
}
"""Largest frame body in each state."""

REQUIRED_SCOPE: dict[type[Frame], Scope] = {
    frames.Send: Scope.SEND,
    frames.Upload: Scope.SEND,
    frames.Part: Scope.SEND,
    frames.Subscribe: Scope.READ,
    frames.Ack: Scope.READ,
    frames.Unsubscribe: Scope.READ,
    frames.Allow: Scope.READ,
}
"""The scope that a request needs; the others of an open connection need none in particular."""


def next_state(state: State, frame: type[Frame]) -> State:
    """Where `frame` leads from `state`.

    Raises:
        UnexpectedFrameError: the state does not allow the frame.
    """
    try:
        return TRANSITIONS[state][frame]
    except KeyError:
        raise UnexpectedFrameError(f"{frame.__name__} while {state.value}") from None
