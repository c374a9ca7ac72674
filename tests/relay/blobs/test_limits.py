from __future__ import annotations

import pytest

from whispr.protocol.limits import PART_BYTES
from whispr.relay.blobs.limits import (
    BLOB_OVERHEAD_BYTES,
    HOUR_MS,
    MIB,
    PART_OVERHEAD_BYTES,
    BlobLimits,
    charge_bytes,
    longest_pause_ms,
)


@pytest.mark.parametrize(("size_bytes", "parts"), [(1, 1), (PART_BYTES, 1), (PART_BYTES + 1, 2)])
def test_a_charge_is_bytes_and_overhead(size_bytes, parts):
    overhead_bytes = BLOB_OVERHEAD_BYTES + parts * PART_OVERHEAD_BYTES
    assert charge_bytes(size_bytes) == size_bytes + overhead_bytes


def test_a_share_is_a_quarter_but_holds_one_largest_blob():
    assert BlobLimits(max_blob_bytes=MIB, total_bytes=100 * MIB).share_bytes == 25 * MIB
    assert BlobLimits(max_blob_bytes=MIB, total_bytes=2 * MIB).share_bytes == charge_bytes(MIB)


@pytest.mark.parametrize(
    ("life_ms", "pause_ms"), [(1000, 10_000), (360_000, HOUR_MS), (86_400_000, HOUR_MS)]
)
def test_a_pause_is_ten_lives_or_an_hour(life_ms, pause_ms):
    assert longest_pause_ms(life_ms) == pause_ms
