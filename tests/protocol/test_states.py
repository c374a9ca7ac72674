"""The table of states: complete, closed, and the only thing that says what is legal."""

from __future__ import annotations

import itertools

import pytest

from tests.protocol.strategies import ALL_FRAMES
from whispr.errors import UnexpectedFrameError
from whispr.protocol import frames
from whispr.protocol.codes import Scope
from whispr.protocol.limits import MAX_FRAME_BYTES, MAX_FRAME_BYTES_BEFORE_AUTH
from whispr.protocol.schema import Role
from whispr.protocol.states import (
    ASKED_AFTER_GOAWAY,
    MAX_BODY_BYTES,
    REQUIRED_SCOPE,
    TRANSITIONS,
    UNPROVEN,
    State,
    next_state,
)

GREETED_FRAMES = {
    frames.Auth, frames.Ping, frames.Status, frames.Pong, frames.StatusReport, frames.Error,
    frames.Ready, frames.Goaway,
}  # fmt: skip
ALLOWED = {
    State.CONNECTED: {frames.Hello, frames.Error, frames.Goaway},
    State.GREETED: GREETED_FRAMES,
    State.OPEN: set(ALL_FRAMES) - {frames.Hello},
    State.LEAVING: set(ALL_FRAMES) - {frames.Hello},
    State.TURNED_AWAY: GREETED_FRAMES,
}


@pytest.mark.parametrize(
    ("state", "cls"),
    list(itertools.product(State, ALL_FRAMES)),
    ids=lambda value: value.name if isinstance(value, State) else value.__name__,
)
def test_every_pair_is_in_the_table_or_raises(state, cls):
    if cls in ALLOWED[state]:
        assert next_state(state, cls) is TRANSITIONS[state][cls]
    else:
        with pytest.raises(UnexpectedFrameError, match=f"{cls.__name__} while {state.value}"):
            next_state(state, cls)


def test_only_three_frames_change_the_state():
    changes = {
        (state, cls, after)
        for state, row in TRANSITIONS.items()
        for cls, after in row.items()
        if after is not state
    }
    assert changes == {
        (State.CONNECTED, frames.Hello, State.GREETED),
        (State.CONNECTED, frames.Goaway, State.TURNED_AWAY),
        (State.GREETED, frames.Ready, State.OPEN),
        (State.GREETED, frames.Goaway, State.TURNED_AWAY),
        (State.OPEN, frames.Goaway, State.LEAVING),
        (State.TURNED_AWAY, frames.Ready, State.LEAVING),
    }


def test_only_the_relay_opens_and_ends():
    """Whatever a client says leaves the state as it was: nobody opens a connection for himself."""
    for state, row in TRANSITIONS.items():
        assert all(after is state for cls, after in row.items() if cls.sender is Role.CLIENT)


def test_strangers_get_small_frames_only():
    for state in State:
        expected = MAX_FRAME_BYTES_BEFORE_AUTH if state in UNPROVEN else MAX_FRAME_BYTES
        assert MAX_BODY_BYTES[state] == expected
    assert set(State) - {State.OPEN, State.LEAVING} == UNPROVEN


def test_requests_that_need_a_scope():
    assert {cls for cls, scope in REQUIRED_SCOPE.items() if scope is Scope.SEND} == {
        frames.Send, frames.Upload, frames.Part, frames.ClaimPrekeys,
    }  # fmt: skip
    assert {cls for cls, scope in REQUIRED_SCOPE.items() if scope is Scope.READ} == {
        frames.Subscribe, frames.Ack, frames.Unsubscribe, frames.Allow, frames.PublishPrekeys,
    }  # fmt: skip
    assert all(cls.sender is Role.CLIENT for cls in REQUIRED_SCOPE)


def test_only_acknowledging_goes_on_after_goaway():
    assert ASKED_AFTER_GOAWAY == {frames.Ack}
