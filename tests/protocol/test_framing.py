"""The length prefix: bodies come out however the bytes come in, and lengths are refused early."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whispr.errors import FrameTooLargeError
from whispr.protocol.framing import ReceiveBuffer, prefixed
from whispr.protocol.states import MAX_BODY_BYTES, State

LIMIT = 4096
BODIES = [b"x", b"two", bytes(LIMIT), b"last"]
STREAM = b"".join(map(prefixed, BODIES))


def bodies(buffer: ReceiveBuffer, limit: int = LIMIT) -> list[bytes]:
    return list(iter(lambda: buffer.next_body(limit), None))


def test_known_bytes():
    assert prefixed(b"abc") == b"\0\0\0\3abc"


def test_whole():
    buffer = ReceiveBuffer()
    buffer.feed(STREAM)
    assert bodies(buffer) == BODIES
    assert len(buffer) == 0


def test_byte_by_byte():
    buffer, found = ReceiveBuffer(), []
    for index in range(len(STREAM)):
        buffer.feed(STREAM[index : index + 1])
        found += bodies(buffer)
    assert found == BODIES


def test_with_trailing_data():
    buffer = ReceiveBuffer()
    buffer.feed(STREAM + b"\0\0\0\5half")
    assert bodies(buffer) == BODIES
    assert len(buffer) == 8
    buffer.feed(b"!")
    assert bodies(buffer) == [b"half!"]


@given(st.lists(st.binary(min_size=1, max_size=50)), st.lists(st.integers(0, 300)))
def test_any_split(items, cuts):
    stream, buffer, found = b"".join(map(prefixed, items)), ReceiveBuffer(), []
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    for start, end in itertools.pairwise(edges):
        buffer.feed(memoryview(stream)[start:end])
        found += bodies(buffer)
    assert found == items


@pytest.mark.parametrize("state", State)
def test_lengths_inside_the_limit_of_a_state_wait_for_their_body(state):
    for length in (1, MAX_BODY_BYTES[state]):
        buffer = ReceiveBuffer()
        buffer.feed(length.to_bytes(4, "big"))
        assert buffer.next_body(MAX_BODY_BYTES[state]) is None
        buffer.feed(bytes(length))
        assert buffer.next_body(MAX_BODY_BYTES[state]) == bytes(length)


@pytest.mark.parametrize("state", State)
def test_other_lengths_are_refused_at_the_fourth_byte(state):
    limit = MAX_BODY_BYTES[state]
    for length in (0, limit + 1, 2**31, 2**32 - 1):
        buffer, announced = ReceiveBuffer(), length.to_bytes(4, "big")
        for byte in announced[:3]:
            buffer.feed(bytes((byte,)))
            assert buffer.next_body(limit) is None
        buffer.feed(announced[3:])
        with pytest.raises(FrameTooLargeError):
            buffer.next_body(limit)
        assert len(buffer) == 4


def test_body_is_a_copy():
    chunk = bytearray(prefixed(b"abc"))
    buffer = ReceiveBuffer()
    buffer.feed(chunk)
    chunk[4:] = b"xyz"
    assert buffer.next_body(LIMIT) == b"abc"


def test_clear_forgets_everything():
    buffer = ReceiveBuffer()
    buffer.feed(STREAM)
    buffer.clear()
    assert len(buffer) == 0
    assert buffer.next_body(LIMIT) is None
