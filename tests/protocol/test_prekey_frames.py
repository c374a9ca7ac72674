"""The frames of prekeys are those that `frames` hands on, and each fits where it has to pass."""

from __future__ import annotations

from tests.protocol.strategies import largest
from whispr.protocol import frames, prekey_frames
from whispr.protocol.codec import encode
from whispr.protocol.limits import (
    LOW_PREKEYS,
    MAX_FRAME_BYTES,
    MAX_ONE_TIME_KEM_PREKEYS,
    MAX_ONE_TIME_PREKEYS,
)
from whispr.protocol.schema import FRAMES


def test_frames_hands_on_every_prekey_frame():
    declared = [cls for cls in FRAMES.values() if cls.__module__ == prekey_frames.__name__]
    assert {cls.code for cls in declared} == set(range(0x30, 0x35))
    assert all(getattr(frames, cls.__name__) is cls for cls in declared)


def test_a_full_publish_is_one_frame():
    assert len(encode(largest(frames.PublishPrekeys))) <= MAX_FRAME_BYTES


def test_low_lies_below_what_is_held():
    assert 0 < LOW_PREKEYS < min(MAX_ONE_TIME_PREKEYS, MAX_ONE_TIME_KEM_PREKEYS)
