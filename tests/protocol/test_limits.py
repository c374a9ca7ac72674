"""The protocol's sizes fit into one another."""

from __future__ import annotations

import pytest

from tests.protocol.strategies import ALL_FRAMES, largest
from whispr.protocol import limits
from whispr.protocol.codec import encode
from whispr.protocol.states import MAX_BODY_BYTES, TRANSITIONS


@pytest.mark.parametrize("cls", ALL_FRAMES, ids=lambda cls: cls.__name__)
def test_largest_frame_fits_in_every_state_that_allows_it(cls):
    size = len(encode(largest(cls)))
    for state, allowed in TRANSITIONS.items():
        # Status reports and errors are as small as greetings; only open states carry payloads.
        if cls in allowed:
            assert size <= MAX_BODY_BYTES[state], (cls.__name__, state)


def test_frames_leave_room_for_later_fields():
    assert all(2 + len(cls.constraints) < limits.MAX_FRAME_FIELDS for cls in ALL_FRAMES)


def test_known_values():
    """Numbers that other implementations carry too; changing one changes the protocol."""
    assert limits.ALPN == "whispr/1"
    assert limits.DEFAULT_PORT == 7443
    assert (limits.MAX_FRAME_BYTES_BEFORE_AUTH, limits.MAX_FRAME_BYTES) == (4096, 65536)
    assert (limits.MAX_ENVELOPE_BYTES, limits.PART_BYTES) == (65472, 65472)
    assert limits.CLOCK_WINDOW_MS == 120_000
    assert (limits.DEFAULT_CREDIT_MESSAGES, limits.DEFAULT_CREDIT_BYTES) == (64, 262144)


def test_bitmap_of_the_largest_blob_fits():
    assert limits.MAX_BLOB_PARTS % 8 == 0
    assert limits.MAX_BLOB_PARTS <= 2**16
