"""Hypothesis strategies made from the declarations of frames: what is valid, what just is not."""

from __future__ import annotations

from hypothesis import strategies as st

from whispr.protocol import frames
from whispr.protocol.schema import (
    FRAMES,
    AtMost,
    Constraint,
    Exactly,
    Frame,
    Records,
    Role,
    Text,
    UInt,
)

ALL_FRAMES = sorted(FRAMES.values(), key=lambda frame: frame.code)
SHORT_BYTES = 96
"""Long fields are drawn short: their limits have tests of their own."""


def values(constraint: Constraint) -> st.SearchStrategy[object]:
    """Values that the constraint accepts."""
    match constraint:
        case UInt(bits):
            return st.integers(0, 2**bits - 1)
        case Exactly(size):
            return st.binary(min_size=size, max_size=size)
        case AtMost(size, minimum):
            return st.binary(min_size=minimum, max_size=max(minimum, min(size, SHORT_BYTES)))
        case Records(size, count, minimum):
            return st.integers(minimum, min(count, 3)).flatmap(
                lambda n: st.binary(min_size=n * size, max_size=n * size)
            )
        case Text(size):
            # Four bytes at most for each character.
            return st.text(st.characters(exclude_categories=["Cs"]), max_size=size // 4)


def frames_of(cls: type[Frame]) -> st.SearchStrategy[Frame]:
    """Valid frames of one class."""
    fields = {name: values(constraint) for name, constraint in cls.constraints}
    return st.builds(cls, request_id=st.integers(0, 2**32 - 1), **fields)


def any_frame(sender: Role) -> st.SearchStrategy[Frame]:
    """Valid frames that one end sends."""
    return st.one_of([frames_of(cls) for cls in ALL_FRAMES if cls.sender is sender])


def limits_of(constraint: Constraint) -> tuple[list[object], list[object]]:
    """Values on the limits of a constraint, and those one step beyond or of another type."""
    other_types: list[object] = [None, 1.0, [], {}, bytearray(b"x")]
    match constraint:
        case UInt(bits):
            return [0, 2**bits - 1], [-1, 2**bits, "1", b"1", *other_types]
        case Exactly(size):
            return [bytes(size)], [bytes(size - 1), bytes(size + 1), b"", "x" * size, *other_types]
        case AtMost(size, minimum):
            below: list[object] = [bytes(minimum - 1)] if minimum else []
            return [bytes(minimum), bytes(size)], [bytes(size + 1), "x", 1, *below, *other_types]
        case Records(size, count, minimum):
            below = [bytes((minimum - 1) * size)] if minimum else []
            beyond = [bytes((count + 1) * size), bytes(size + 1), "", 0]
            return [bytes(minimum * size), bytes(count * size)], [*beyond, *below, *other_types]
        case Text(size):
            beyond = ["x" * (size + 1), "é" * (size // 2 + 1), "\ud800", b"x", 0]
            return ["", "x" * size, "é" * (size // 2)], [*beyond, *other_types]


def smallest(cls: type[Frame]) -> Frame:
    """The frame of a class with its smallest values."""
    return cls(1, *(limits_of(constraint)[0][0] for _, constraint in cls.constraints))


def largest(cls: type[Frame]) -> Frame:
    """The frame of a class with its longest values."""
    return cls(2**32 - 1, *(limits_of(constraint)[0][-1] for _, constraint in cls.constraints))


HELLO = frames.Hello(0, 1, 1, bytes(32), bytes(32), 0, 0, 65536, 65472, 0, 20, 60_000)
AUTH = frames.Auth(1, 1, 1, bytes(32), bytes(32), 0, b"", bytes(64))
READY = frames.Ready(1, 1, bytes(16))
