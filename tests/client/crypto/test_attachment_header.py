"""The attachment header: layout, every changed byte, the commitment, sizes on the wire."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whispr.client.crypto.attachment_header import (
    CHUNK_BYTES,
    HEADER_BYTES,
    MAX_PADDED_BYTES,
    AttachmentHeader,
    AttachmentKey,
    chunk_bytes,
    ciphertext_bytes,
    part_count,
)
from whispr.client.crypto.padding import padded_file_size
from whispr.errors import DecryptionError, InvalidKeyError
from whispr.protocol import blob
from whispr.protocol.limits import MAX_BLOB_HEADER_BYTES, PART_BYTES

KEY = AttachmentKey(bytes(range(32)))
PREFIX = bytes(range(16, 32))
HEADER = AttachmentHeader(KEY.commitment(), PREFIX, 256)


def hkdf_by_the_book(key: bytes, info: bytes) -> bytes:
    """RFC 5869 for one block, without the library."""
    extracted = hmac.digest(bytes(32), key, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)


def test_layout_is_as_documented() -> None:
    expected = (
        b"WSPA\x01"
        + hkdf_by_the_book(KEY.secret, b"whispr/1/att/commit")
        + PREFIX
        + (65_472).to_bytes(4)
        + (256).to_bytes(8)
    )
    assert HEADER.encode() == expected
    assert len(expected) == HEADER_BYTES == 65 <= MAX_BLOB_HEADER_BYTES
    assert AttachmentHeader.decode(expected) == HEADER


def test_part_key_is_not_the_commitment() -> None:
    assert KEY.part_key() == hkdf_by_the_book(KEY.secret, b"whispr/1/att/key")
    assert len({KEY.part_key(), KEY.commitment(), KEY.secret}) == 3


def test_commitment_admits_one_key_only() -> None:
    HEADER.require_key(KEY)
    with pytest.raises(DecryptionError):
        HEADER.require_key(AttachmentKey(bytes(32)))


@pytest.mark.parametrize("size", [0, 64, 66, 128])
def test_header_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(DecryptionError):
        AttachmentHeader.decode(HEADER.encode().ljust(128, b"\0")[:size])


@pytest.mark.parametrize("position", [0, 3, 4, 53, 56])
def test_magic_version_and_part_size_are_fixed(position: int) -> None:
    changed = bytearray(HEADER.encode())
    changed[position] ^= 1
    with pytest.raises(DecryptionError):
        AttachmentHeader.decode(bytes(changed))


def test_padded_size_is_bounded_on_both_sides() -> None:
    fixed = HEADER.encode()[:-8]
    for size in (1, MAX_PADDED_BYTES):
        assert AttachmentHeader.decode(fixed + size.to_bytes(8)).padded_bytes == size
    for size in (0, MAX_PADDED_BYTES + 1, 2**64 - 1):
        with pytest.raises(DecryptionError):
            AttachmentHeader.decode(fixed + size.to_bytes(8))


@given(st.integers(min_value=0, max_value=240 * 1024 * 1024))
def test_sizes_agree_with_the_blob_on_the_wire(size_bytes: int) -> None:
    padded = padded_file_size(size_bytes)
    on_wire = ciphertext_bytes(padded)
    last = part_count(padded) - 1
    assert part_count(padded) == blob.part_count(on_wire)
    assert chunk_bytes(padded, last) + 16 == blob.part_size(on_wire, last)
    assert 0 < chunk_bytes(padded, last) <= CHUNK_BYTES == PART_BYTES - 16


def test_a_file_of_ten_mebibytes_stays_under_the_relay_limit() -> None:
    assert ciphertext_bytes(padded_file_size(10 * 1024 * 1024)) < 12 * 1024 * 1024


@pytest.mark.parametrize("size", [0, 31, 33])
def test_key_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(InvalidKeyError):
        AttachmentKey(bytes(size))


def test_key_shows_nothing() -> None:
    key = AttachmentKey(b"k" * 32)
    for shown in (repr(key), str(key), f"{key}", repr([key])):
        assert "kkk" not in shown
        assert "redacted" in shown
