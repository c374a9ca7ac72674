"""The frames of blobs are those that `frames` hands on."""

from __future__ import annotations

from whispr.protocol import blob_frames, frames
from whispr.protocol.limits import MAX_BLOB_PARTS
from whispr.protocol.schema import FRAMES


def test_frames_hands_on_every_blob_frame():
    declared = [cls for cls in FRAMES.values() if cls.__module__ == blob_frames.__name__]
    assert {cls.code for cls in declared} == set(range(0x20, 0x27))
    assert all(getattr(frames, cls.__name__) is cls for cls in declared)


def test_index_and_bitmap_reach_every_part():
    index = dict(frames.Part.constraints)["index"]
    received = dict(frames.UploadState.constraints)["received"]
    assert index.accepts(MAX_BLOB_PARTS - 1)
    assert received.accepts(bytes(MAX_BLOB_PARTS // 8))
    assert not received.accepts(bytes(MAX_BLOB_PARTS // 8 + 1))
