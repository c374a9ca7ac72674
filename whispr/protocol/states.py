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
    """The relay said GOAWAY: what is under way is finished, nothing new is asked."""
    TURNED_AWAY = "turned away"
    """The relay said GOAWAY before anything was proven: the limits stay those of a stranger."""


_BEFORE_AUTH = (
    frames.Auth,
    frames.Ping,
    frames.Status,
    frames.Pong,
    frames.StatusReport,
    frames.Error,
)
_AFTER_GREETING = tuple(frame for frame in FRAMES.values() if frame is not frames.Hello)

TRANSITIONS: dict[State, dict[type[Frame], State]] = {
    State.CONNECTED: {
        frames.Hello: State.GREETED,
        frames.Goaway: State.TURNED_AWAY,
        frames.Error: State.CONNECTED,
    },
    State.GREETED: {
        **dict.fromkeys(_BEFORE_AUTH, State.GREETED),
        frames.Ready: State.OPEN,
        frames.Goaway: State.TURNED_AWAY,
    },
    State.OPEN: {
        **dict.fromkeys(_AFTER_GREETING, State.OPEN),
        frames.Goaway: State.LEAVING,
    },
    State.LEAVING: dict.fromkeys(_AFTER_GREETING, State.LEAVING),
    State.TURNED_AWAY: {
        **dict.fromkeys(_BEFORE_AUTH, State.TURNED_AWAY),
        frames.Ready: State.LEAVING,
        frames.Goaway: State.TURNED_AWAY,
    },
}
"""For each state: the frames that may pass, either way, and the state that each leads to."""

ASKED_AFTER_GOAWAY = frozenset({frames.Ack})
"""What a client may still ask in LEAVING: what it has stored need not be delivered again.

The relay allows more in that state, because requests and GOAWAY cross on the way.
"""

MAX_BODY_BYTES: dict[State, int] = {
    State.CONNECTED: MAX_FRAME_BYTES_BEFORE_AUTH,
    State.GREETED: MAX_FRAME_BYTES_BEFORE_AUTH,
    State.OPEN: MAX_FRAME_BYTES,
    State.LEAVING: MAX_FRAME_BYTES,
    State.TURNED_AWAY: MAX_FRAME_BYTES_BEFORE_AUTH,
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
    frames.PublishPrekeys: Scope.READ,
    frames.ClaimPrekeys: Scope.SEND,
}
"""The scope that a request needs; the others of an open connection need none in particular."""


UNPROVEN = frozenset({State.CONNECTED, State.GREETED, State.TURNED_AWAY})
"""States in which nothing is proven: the deadline for authentication runs."""


def next_state(state: State, frame: type[Frame]) -> State:
    """Where `frame` leads from `state`.

    Raises:
        UnexpectedFrameError: the state does not allow the frame.
    """
    try:
        return TRANSITIONS[state][frame]
    except KeyError:
        raise UnexpectedFrameError(f"{frame.__name__} while {state.value}") from None
