"""Blobs: file ciphertext in parts; how its id and its download token's hash are computed.

    blob id    = SHA-256( label || SHA-256(header) || size u64 || part size u32 || hash 0 || … )
    hash n     = SHA-256( part n )
    token hash = SHA-256( label || token )

The id depends on the ciphertext alone: a retry is recognised, and every part is verified. The
ciphertext is made with a random key, so the id says nothing about the file.
"""

from __future__ import annotations

from collections.abc import Sequence

from whispr.protocol.limits import PART_BYTES
from whispr.protocol.signing import LABEL_BLOB, LABEL_BLOB_TOKEN, sha256


def part_count(size_bytes: int) -> int:
    """How many parts a blob of that size has; 0 for an empty one, which no relay takes."""
    return -(-size_bytes // PART_BYTES)


def part_size(size_bytes: int, index: int) -> int:
    """Size of part `index` (from 0) of a blob of that size.

    Raises:
        IndexError: there is no such part.
    """
    if not 0 <= index < part_count(size_bytes):
        raise IndexError("no such part")
    return min(PART_BYTES, size_bytes - index * PART_BYTES)


def blob_id(header: bytes, size_bytes: int, part_hashes: Sequence[bytes]) -> bytes:
    """Id of a blob, 32 bytes; `part_hashes` are SHA-256 of each part in order.

    Raises:
        ValueError: the number of hashes does not fit the size.
    """
    if len(part_hashes) != part_count(size_bytes):
        raise ValueError("one hash for each part")
    return sha256(
        LABEL_BLOB,
        sha256(header),
        size_bytes.to_bytes(8, "big"),
        PART_BYTES.to_bytes(4, "big"),
        *part_hashes,
    )


def token_hash(token: bytes) -> bytes:
    """What the uploader leaves of a download token, 32 bytes."""
    return sha256(LABEL_BLOB_TOKEN, token)


def received_bitmap(received: set[int], count: int) -> bytes:
    """Bitmap of parts, bit 7 of byte 0 is part 0; unused bits are 0."""
    bits = bytearray(-(-count // 8))
    for index in received:
        bits[index // 8] |= 0x80 >> index % 8
    return bytes(bits)


def missing_parts(bitmap: bytes, count: int) -> list[int]:
    """Indexes of the parts that a bitmap lacks; bytes that are not there count as missing."""
    return [
        index
        for index in range(count)
        if index // 8 >= len(bitmap) or not bitmap[index // 8] & 0x80 >> index % 8
    ]
