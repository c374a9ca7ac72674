"""Blobs: ids and token hashes as the specification writes them, parts, bitmaps."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whispr.protocol import blob
from whispr.protocol.limits import PART_BYTES

KNOWN_ID = "5be7b8609f36acea41954c4d954893eb67f66f651902eab34747e8ce4d9200cb"
KNOWN_TOKEN_HASH = "af28f047e4cb7b872b20b11a70de95c7a852d7763f10a6def2f475ca71d0b94e"


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def test_id_is_the_hash_of_the_specification():
    parts = [bytes(PART_BYTES), b"rest"]
    size = PART_BYTES + 4
    expected = sha256(
        b"whispr/1/blob\0"
        + sha256(b"header")
        + struct.pack(">QI", size, PART_BYTES)
        + b"".join(map(sha256, parts))
    )
    assert blob.blob_id(b"header", size, [sha256(part) for part in parts]) == expected


def test_known_id_and_token_hash():
    assert blob.blob_id(b"", 1, [sha256(b"x")]).hex() == KNOWN_ID
    assert blob.token_hash(bytes(32)).hex() == KNOWN_TOKEN_HASH
    assert blob.token_hash(bytes(32)) == sha256(b"whispr/1/blob-token\0" + bytes(32))


def test_everything_is_bound_to_the_id():
    hashes = [sha256(b"a"), sha256(b"b")]
    size = PART_BYTES + 1
    ids = {
        blob.blob_id(b"", size, hashes),
        blob.blob_id(b"h", size, hashes),
        blob.blob_id(b"", size + 1, hashes),
        blob.blob_id(b"", size, hashes[::-1]),
    }
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("size", "count", "last"),
    [
        (1, 1, 1),
        (PART_BYTES - 1, 1, PART_BYTES - 1),
        (PART_BYTES, 1, PART_BYTES),
        (PART_BYTES + 1, 2, 1),
        (3 * PART_BYTES, 3, PART_BYTES),
    ],
)
def test_parts_of_a_size(size, count, last):
    assert blob.part_count(size) == count
    sizes = [blob.part_size(size, index) for index in range(count)]
    assert sizes == [PART_BYTES] * (count - 1) + [last]
    for index in (-1, count):
        with pytest.raises(IndexError):
            blob.part_size(size, index)


def test_empty_blob_has_no_part():
    assert blob.part_count(0) == 0
    with pytest.raises(IndexError):
        blob.part_size(0, 0)


@pytest.mark.parametrize("hashes", [0, 1, 3])
def test_number_of_hashes_fits_the_size(hashes):
    with pytest.raises(ValueError, match="one hash for each part"):
        blob.blob_id(b"", PART_BYTES + 1, [bytes(32)] * hashes)


def test_known_bitmaps():
    assert blob.received_bitmap(set(), 3) == b"\x00"
    assert blob.received_bitmap({0}, 3) == b"\x80"
    assert blob.received_bitmap({0, 7, 8}, 9) == b"\x81\x80"


@given(st.integers(1, 100).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_bitmap_round_trip(case):
    count, received = case
    bitmap = blob.received_bitmap(received, count)
    assert len(bitmap) == -(-count // 8)
    assert blob.missing_parts(bitmap, count) == sorted(set(range(count)) - received)


def test_short_bitmap_means_missing():
    assert blob.missing_parts(b"", 2) == [0, 1]
    assert blob.missing_parts(b"\xff", 10) == [8, 9]
    assert blob.missing_parts(b"\xff\xff\xff", 3) == []
