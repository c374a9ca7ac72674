"""How frames are declared: what a constraint accepts, what a declaration must have."""

from __future__ import annotations

from typing import Annotated

import pytest

from tests.protocol.strategies import ALL_FRAMES, limits_of
from whispr.protocol import frames
from whispr.protocol.schema import (
    FRAMES,
    AtMost,
    Exactly,
    Frame,
    Records,
    Role,
    Text,
    UInt,
    frame,
    u8,
)

CONSTRAINTS = [
    UInt(8), UInt(64), Exactly(32), AtMost(128), AtMost(10, minimum=1), Records(32, 2, minimum=1),
    Records(32, 1024), Text(200),
]  # fmt: skip


@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=str)
def test_constraint_accepts_its_limits_and_nothing_beyond(constraint):
    inside, outside = limits_of(constraint)
    assert all(constraint.accepts(value) for value in inside)
    assert [value for value in outside if constraint.accepts(value)] == []


def test_truth_value_is_no_integer():
    assert not UInt(8).accepts(True)


def test_text_is_measured_in_bytes_and_needs_utf8():
    assert Text(4).accepts("👩")
    assert not Text(3).accepts("👩")
    assert not Text(9).accepts("\udcff")


@pytest.mark.parametrize(
    ("constraint", "text"),
    [
        (UInt(16), "u16"),
        (Exactly(32), "bin 32"),
        (AtMost(128), "bin 0..128"),
        (Records(32, 2, minimum=1), "bin 1..2 × 32"),
        (Text(200), "str 0..200"),
    ],
)
def test_constraint_names_itself_for_the_documentation(constraint, text):
    assert str(constraint) == text


def test_code_is_taken_once():
    with pytest.raises(TypeError, match="taken by Hello"):

        @frame(0x01, sender=Role.RELAY)
        class Again(Frame):
            """A second frame of that code."""

    assert FRAMES[0x01] is frames.Hello


@pytest.mark.parametrize("annotation", [int, Annotated[int, "u8"], Annotated[int, UInt(8), 1]])
def test_field_needs_one_constraint(annotation):
    class Loose(Frame):
        """A frame with a field of no bounds."""

    Loose.__annotations__ = {"value": annotation}
    with pytest.raises(TypeError, match=r"Loose\.value has no constraint"):
        frame(0x7E, sender=Role.RELAY)(Loose)
    assert 0x7E not in FRAMES


def test_declaration_keeps_order_of_fields():
    assert [name for name, _ in frames.Subscribe.constraints] == ["credit_messages", "credit_bytes"]
    assert frames.Subscribe.constraints[0][1] == UInt(16)
    assert u8.__metadata__ == (UInt(8),)


@pytest.mark.parametrize("cls", ALL_FRAMES, ids=lambda cls: cls.__name__)
def test_every_declaration_is_whole(cls):
    assert 0 <= cls.code <= 0xFF
    assert cls.__doc__
    assert not cls.__doc__.startswith(cls.__name__ + "(")
    answers = [getattr(frames, name) for name in cls.answers]
    assert all(answer.sender is not cls.sender for answer in answers)


def test_frame_is_frozen_and_compares_by_value():
    assert frames.Ping(1) == frames.Ping(1) != frames.Ping(2)
    with pytest.raises(AttributeError):
        frames.Ping(1).request_id = 2


def test_repr_shows_no_bytes():
    token = b"access token of a relay"
    shown = repr(frames.Auth(1, 1, 2, b"K" * 32, bytes(32), 5, token, bytes(64)))
    assert "access token" not in shown
    assert "KKKK" not in shown
    assert "access_token=<23 bytes>" in shown
    assert repr(frames.Error(3, 30, 9, "slow down")) == (
        "Error(3, code_number=30, retry_after_ms=9, text='slow down')"
    )
