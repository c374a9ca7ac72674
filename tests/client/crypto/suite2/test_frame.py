from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.kit import seeded
from whispr.client.crypto.padding import MAX_PADDED_CONTENT_BYTES
from whispr.client.crypto.suite2.frame import HEAD_BYTES, OVERHEAD_BYTES, Frame
from whispr.client.crypto.suite2.handshake_block import BLOCK_BYTES
from whispr.client.crypto.suite2.ratchet_state import RatchetHeader
from whispr.errors import DecryptionError
from whispr.protocol.envelope import MAX_CIPHERTEXT_BYTES
from whispr.protocol.signing import sha256

HEADER = RatchetHeader(seeded("key"), 2, 3)
FRAME = Frame(seeded("session")[:16], 4, HEADER, b"c" * 32 + b"t" * 272)
FIRST = dataclasses.replace(FRAME, block=b"b" * BLOCK_BYTES)


@pytest.mark.parametrize("frame", [FRAME, FIRST], ids=["message", "first"])
def test_a_frame_comes_back(frame: Frame) -> None:
    assert Frame.decode(frame.encode()) == frame


def test_the_layout_is_the_one_of_the_docstring() -> None:
    head = FRAME.session_id + (4).to_bytes(4, "big") + HEADER.encode()
    assert len(head) + 1 == HEAD_BYTES == 61
    assert FRAME.encode() == b"\1" + head + FRAME.sealed
    assert FIRST.encode() == b"\2" + head + FIRST.block + FIRST.sealed
    assert OVERHEAD_BYTES == 61 + 48


def test_the_digest_of_a_handshake_is_known_before_anything_is_computed() -> None:
    assert FIRST.handshake_digest == sha256(FIRST.block)
    assert FRAME.handshake_digest is None


@pytest.mark.parametrize("kind", [0, 3, 255])
def test_other_kinds_are_refused(kind: int) -> None:
    with pytest.raises(DecryptionError):
        Frame.decode(bytes((kind,)) + FRAME.encode()[1:])


@pytest.mark.parametrize("frame", [FRAME, FIRST], ids=["message", "first"])
def test_every_shorter_frame_is_refused(frame: Frame) -> None:
    data = frame.encode()
    for size in range(len(data)):
        with pytest.raises(DecryptionError):
            Frame.decode(data[:size])


@pytest.mark.parametrize("frame", [FRAME, FIRST], ids=["message", "first"])
def test_the_longest_content_fits_and_no_longer_one(frame: Frame) -> None:
    longest = dataclasses.replace(frame, sealed=bytes(MAX_PADDED_CONTENT_BYTES + 48))
    assert len(longest.encode()) <= MAX_CIPHERTEXT_BYTES
    assert Frame.decode(longest.encode()) == longest
    with pytest.raises(DecryptionError):
        Frame.decode(longest.encode() + b"\0")


@given(st.binary(max_size=3000))
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    try:
        frame = Frame.decode(data)
    except DecryptionError:
        return
    assert frame.encode() == data


def test_parts_of_a_wrong_size_are_not_sent() -> None:
    for changed in (
        dataclasses.replace(FRAME, session_id=b"short"),
        dataclasses.replace(FRAME, block=b"short"),
    ):
        with pytest.raises(ValueError, match="expected"):
            changed.encode()
