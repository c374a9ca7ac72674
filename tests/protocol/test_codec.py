"""Frames to bytes and back: everything valid passes, everything else is refused both ways."""

from __future__ import annotations

import dataclasses
import enum

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.strategies import ALL_FRAMES, any_frame, largest, limits_of, smallest
from whispr.errors import (
    LocalProtocolError,
    MalformedFrameError,
    RemoteProtocolError,
    UnexpectedFrameError,
    UnknownFrameError,
)
from whispr.protocol import frames
from whispr.protocol.codec import decode, encode
from whispr.protocol.limits import MAX_FRAME_FIELDS
from whispr.protocol.schema import Frame, Role

FIELDS = [(cls, name, constraint) for cls in ALL_FRAMES for name, constraint in cls.constraints]
FIELD_IDS = [f"{cls.__name__}.{name}" for cls, name, _ in FIELDS]
PING = frames.Ping.code


def packed(*items: object) -> bytes:
    return msgpack.packb(list(items), use_bin_type=True, unicode_errors="surrogatepass")


def wire_items(frame: Frame) -> list[object]:
    return [frame.code, frame.request_id, *(getattr(frame, name) for name, _ in frame.constraints)]


@given(st.one_of(any_frame(Role.RELAY), any_frame(Role.CLIENT)))
def test_round_trip(frame):
    assert decode(encode(frame), sender=frame.sender) == frame


@pytest.mark.parametrize("cls", ALL_FRAMES, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("make", [smallest, largest])
def test_round_trip_at_the_limits(cls, make):
    frame = make(cls)
    assert decode(encode(frame), sender=cls.sender) == frame


@pytest.mark.parametrize(("cls", "name", "constraint"), FIELDS, ids=FIELD_IDS)
def test_field_out_of_bounds_is_refused_in_both_directions(cls, name, constraint):
    good = smallest(cls)
    position = 2 + [known for known, _ in cls.constraints].index(name)
    for value in limits_of(constraint)[1]:
        with pytest.raises(LocalProtocolError, match=f"{cls.__name__}.{name}"):
            encode(dataclasses.replace(good, **{name: value}))
        if isinstance(value, bytearray) or (value == -1 and position < 2):
            continue  # on the wire a bytearray is plain bytes
        items = wire_items(good)
        items[position] = value
        try:
            body = packed(*items)
        except OverflowError:  # msgpack has no such integer
            continue
        with pytest.raises(MalformedFrameError):
            decode(body, sender=cls.sender)


@pytest.mark.parametrize("request_id", [-1, 2**32, None, 1.0, "1"])
def test_request_id_out_of_bounds_is_refused_in_both_directions(request_id):
    with pytest.raises(LocalProtocolError):
        encode(frames.Ping(request_id))
    with pytest.raises(MalformedFrameError):
        decode(packed(PING, request_id), sender=Role.CLIENT)


@pytest.mark.parametrize("request_id", [0, 2**32 - 1])
def test_request_id_at_its_limits_passes(request_id):
    assert decode(packed(PING, request_id), sender=Role.CLIENT).request_id == request_id


def test_enumerations_travel_as_numbers():
    class Reason(enum.IntEnum):
        LATE = 5

    goaway = frames.Goaway(0, Reason.LATE, 0)
    assert decode(encode(goaway), sender=Role.RELAY) == frames.Goaway(0, 5, 0)


@pytest.mark.parametrize("cls", [cls for cls in ALL_FRAMES if cls.constraints])
def test_too_few_fields_are_refused(cls):
    items = wire_items(smallest(cls))
    with pytest.raises(MalformedFrameError, match="too few"):
        decode(packed(*items[:-1]), sender=cls.sender)


@pytest.mark.parametrize("cls", ALL_FRAMES, ids=lambda cls: cls.__name__)
def test_unknown_trailing_scalars_are_ignored(cls):
    frame = smallest(cls)
    trailing = [None, True, False, 1.5, -7, 2**64 - 1, "later", b"later"]
    body = packed(*wire_items(frame), *trailing)
    assert decode(body, sender=cls.sender) == frame


def test_number_of_items_is_limited():
    room = MAX_FRAME_FIELDS - 2
    assert decode(packed(PING, 1, *[0] * room), sender=Role.CLIENT) == frames.Ping(1)
    with pytest.raises(MalformedFrameError):
        decode(packed(PING, 1, *[0] * (room + 1)), sender=Role.CLIENT)


@pytest.mark.parametrize("number", [b"\xcc\x04", b"\xcd\0\x04", b"\xce\0\0\0\x04", b"\xd0\x04"])
def test_longer_spellings_of_an_integer_are_read(number):
    assert decode(b"\x92" + number + b"\x01", sender=Role.CLIENT) == frames.Ping(1)


def test_unknown_code_tells_its_request_id():
    with pytest.raises(UnknownFrameError) as raised:
        decode(packed(0x7F, 4711, "whatever", b"follows"), sender=Role.CLIENT)
    assert raised.value.request_id == 4711


@pytest.mark.parametrize("code", [-1, 256, True, None, "4", 4.0])
def test_code_is_a_small_number(code):
    with pytest.raises(MalformedFrameError):
        decode(packed(code, 1), sender=Role.CLIENT)


@pytest.mark.parametrize("cls", ALL_FRAMES, ids=lambda cls: cls.__name__)
def test_frame_of_the_other_end_is_refused(cls):
    other = Role.CLIENT if cls.sender is Role.RELAY else Role.RELAY
    with pytest.raises(UnexpectedFrameError):
        decode(encode(smallest(cls)), sender=other)


NOT_SCALARS = {
    "empty array": b"\x90",
    "array": b"\x91\x01",
    "array 16": b"\xdc\0\x01\x01",
    "array 32": b"\xdd\0\0\0\x01\x01",
    "empty map": b"\x80",
    "map": b"\x81\x01\x01",
    "map 16": b"\xde\0\x01\x01\x01",
    "map 32": b"\xdf\0\0\0\x01\x01\x01",
    "fixext 1": b"\xd4\x05\0",
    "fixext 2": b"\xd5\x05\0\0",
    "timestamp 32": b"\xd6\xff\0\0\0\0",
    "timestamp 64": b"\xd7\xff\0\0\0\0\0\0\0\0",
    "fixext 16": b"\xd8\x05" + bytes(16),
    "ext 8": b"\xc7\x01\x05\0",
    "ext 16": b"\xc8\0\x01\x05\0",
    "ext 32": b"\xc9\0\0\0\x01\x05\0",
    "never used": b"\xc1",
}


@pytest.mark.parametrize("item", NOT_SCALARS.values(), ids=NOT_SCALARS)
def test_containers_and_extensions_are_refused_in_any_place(item):
    for body in (item, b"\x91" + item, b"\x92\x04" + item, b"\x93\x04\x01" + item):
        with pytest.raises(MalformedFrameError):
            decode(body, sender=Role.CLIENT)


@pytest.mark.parametrize("cls", ALL_FRAMES, ids=lambda cls: cls.__name__)
def test_cut_or_lengthened_body_is_refused(cls):
    body = encode(smallest(cls))
    for end in range(len(body)):
        with pytest.raises(MalformedFrameError):
            decode(body[:end], sender=cls.sender)
    with pytest.raises(MalformedFrameError):
        decode(body + b"\xc0", sender=cls.sender)


@given(st.binary(max_size=200), st.sampled_from(Role))
def test_any_bytes_are_a_frame_or_a_documented_error(body, sender):
    try:
        frame = decode(body, sender=sender)
    except RemoteProtocolError:
        return
    assert decode(encode(frame), sender=sender) == frame


@given(any_frame(Role.CLIENT), st.data())
def test_one_changed_byte_is_a_frame_or_a_documented_error(frame, data):
    body = bytearray(encode(frame))
    position = data.draw(st.integers(0, len(body) - 1))
    body[position] ^= data.draw(st.integers(1, 255))
    try:
        changed = decode(bytes(body), sender=Role.CLIENT)
    except RemoteProtocolError:
        return
    assert decode(encode(changed), sender=Role.CLIENT) == changed
