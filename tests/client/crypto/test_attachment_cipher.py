"""Attachments: a known answer, any order, and every way of tampering is refused."""

from __future__ import annotations

import hashlib
import io
import traceback
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whispr.client.crypto.attachment_cipher import EncryptingReader, PartOpener
from whispr.client.crypto.attachment_header import (
    CHUNK_BYTES,
    MAX_PADDED_BYTES,
    AttachmentHeader,
    AttachmentKey,
)
from whispr.client.crypto.padding import padded_file_size
from whispr.errors import (
    CorruptFileError,
    DecryptionError,
    FileTooLargeError,
    InvalidKeyError,
    LocalProtocolError,
    StorageError,
)

KEY = AttachmentKey(bytes(range(32)))
PREFIX = bytes(range(16, 32))
SMALL = b"a small file"
THREE_PARTS = b"".join(index.to_bytes(4) for index in range(40_000))

# Computed once by this module from KEY, PREFIX and SMALL, and confirmed with the
# ChaCha20-Poly1305 of another library over a hand-written HChaCha20.
KNOWN_HEADER = (
    "5753504101a953a0db6328e36eae36499f0c9157421c4f3895f87a865e1f5e1f7dc69d7007"
    "101112131415161718191a1b1c1d1e1f0000ffc00000000000000100"
)
KNOWN_PART_DIGEST = "016ba29cff3f442506acdeabbfdd3a3737ae47b253ae68deed4ff5b6f2403712"
KNOWN_PART_START = "33a8a2788ffd72bd041dfe90f784cff17e0773c6e68218bdb73698468855d483"


def encrypt(
    data: bytes, key: AttachmentKey = KEY, prefix: bytes = PREFIX
) -> tuple[bytes, list[bytes]]:
    reader = EncryptingReader(io.BytesIO(data), len(data), key, prefix)
    return reader.header.encode(), list(reader)


def decrypt(header: bytes, parts: Sequence[bytes], size_bytes: int) -> bytes:
    opener = PartOpener(header, KEY, size_bytes)
    assert opener.part_count == len(parts)
    return b"".join(opener.open_part(index, part) for index, part in enumerate(parts))


def test_known_attachment() -> None:
    header, parts = encrypt(SMALL)
    assert header.hex() == KNOWN_HEADER
    assert len(parts) == 1
    assert len(parts[0]) == 256 + 16
    assert parts[0].hex().startswith(KNOWN_PART_START)
    assert hashlib.sha256(parts[0]).hexdigest() == KNOWN_PART_DIGEST
    assert decrypt(header, parts, len(SMALL)) == SMALL


@pytest.mark.parametrize(
    "size",
    [
        0,
        1,
        256,
        257,
        CHUNK_BYTES - 1,
        CHUNK_BYTES,
        CHUNK_BYTES + 1,
        65_536,
        2 * CHUNK_BYTES,
        1_000_000,
    ],
)
def test_file_of_any_size_comes_back(size: int) -> None:
    data = (THREE_PARTS * 7)[:size]
    header, parts = encrypt(data)
    assert decrypt(header, parts, size) == data
    assert sum(map(len, parts)) == padded_file_size(size) + 16 * len(parts)
    assert all(len(part) == CHUNK_BYTES + 16 for part in parts[:-1])


@settings(max_examples=25)
@given(st.binary(max_size=3000), st.binary(min_size=32, max_size=32))
def test_round_trip(data: bytes, secret: bytes) -> None:
    key = AttachmentKey(secret)
    header, parts = encrypt(data, key)
    opener = PartOpener(header, key, len(data))
    assert b"".join(opener.open_part(index, part) for index, part in enumerate(parts)) == data


def test_parts_open_in_any_order_and_again() -> None:
    header, parts = encrypt(THREE_PARTS)
    opener = PartOpener(header, KEY, len(THREE_PARTS))
    for index in (2, 0, 1, 2):
        start = index * CHUNK_BYTES
        assert opener.open_part(index, parts[index]) == THREE_PARTS[start : start + CHUNK_BYTES]


def test_parts_that_are_only_padding_are_empty() -> None:
    size = 4 * 1024 * 1024 + 1
    assert padded_file_size(size) - size > CHUNK_BYTES
    header, parts = encrypt(bytes(size))
    opener = PartOpener(header, KEY, size)
    assert opener.open_part(len(parts) - 1, parts[-1]) == b""


def test_plaintext_and_length_do_not_show() -> None:
    header, parts = encrypt(b"needle in a file" * 10)
    other_header, other_parts = encrypt(b"x")
    assert b"needle" not in header + b"".join(parts)
    assert list(map(len, parts)) == list(map(len, other_parts))
    assert header == other_header


@pytest.mark.parametrize("flip", [0x01, 0x80])
def test_every_changed_byte_of_the_header_is_refused(flip: int) -> None:
    header, parts = encrypt(SMALL)
    for position in range(len(header)):
        changed = bytearray(header)
        changed[position] ^= flip
        with pytest.raises(DecryptionError):
            PartOpener(bytes(changed), KEY, len(SMALL)).open_part(0, parts[0])


@pytest.mark.parametrize("flip", [0x01, 0x80])
def test_every_changed_byte_of_a_part_is_refused(flip: int) -> None:
    header, parts = encrypt(SMALL)
    opener = PartOpener(header, KEY, len(SMALL))
    for position in range(len(parts[0])):
        changed = bytearray(parts[0])
        changed[position] ^= flip
        with pytest.raises(DecryptionError):
            opener.open_part(0, bytes(changed))


def test_every_truncation_of_a_part_is_refused() -> None:
    header, parts = encrypt(SMALL)
    opener = PartOpener(header, KEY, len(SMALL))
    for size in range(len(parts[0])):
        with pytest.raises(DecryptionError):
            opener.open_part(0, parts[0][:size])
    with pytest.raises(DecryptionError):
        opener.open_part(0, parts[0] + b"\0")


def test_swapped_and_repeated_parts_are_refused() -> None:
    header, parts = encrypt(THREE_PARTS)
    opener = PartOpener(header, KEY, len(THREE_PARTS))
    for index, other in ((0, 1), (1, 0), (1, 2), (2, 1)):
        with pytest.raises(DecryptionError):
            opener.open_part(index, parts[other])


@pytest.mark.parametrize("index", [-1, 3, 2**56])
def test_part_that_is_not_there_is_refused(index: int) -> None:
    header, parts = encrypt(THREE_PARTS)
    with pytest.raises(DecryptionError, match="no part"):
        PartOpener(header, KEY, len(THREE_PARTS)).open_part(index, parts[0])


def test_file_cut_at_a_part_is_refused() -> None:
    two_full = THREE_PARTS[: 2 * CHUNK_BYTES]
    header, parts = encrypt(two_full)
    shorter = AttachmentHeader(KEY.commitment(), PREFIX, padded_file_size(CHUNK_BYTES))
    with pytest.raises(DecryptionError):
        PartOpener(shorter.encode(), KEY, CHUNK_BYTES).open_part(0, parts[0])
    assert decrypt(header, parts, len(two_full)) == two_full


def test_last_flag_is_part_of_the_nonce() -> None:
    """Equal chunk, index, key and associated data, and only the flag differs."""
    header, parts = encrypt(SMALL)
    opener = PartOpener(header, KEY, len(SMALL))
    opener._cipher._last_index = 1
    with pytest.raises(DecryptionError):
        opener.open_part(0, parts[0])


def test_part_of_another_file_or_prefix_is_refused() -> None:
    header, _ = encrypt(SMALL)
    opener = PartOpener(header, KEY, len(SMALL))
    for foreign in (
        encrypt(SMALL, AttachmentKey(bytes(32)))[1][0],
        encrypt(SMALL, prefix=bytes(16))[1][0],
    ):
        with pytest.raises(DecryptionError):
            opener.open_part(0, foreign)


def test_commitment_is_checked_before_any_part() -> None:
    header, _ = encrypt(SMALL)
    with pytest.raises(DecryptionError, match="another key"):
        PartOpener(header, AttachmentKey(bytes(32)), len(SMALL))


def test_commitment_of_another_key_does_not_help() -> None:
    other = AttachmentKey(bytes(32))
    _, parts = encrypt(SMALL)
    forged = AttachmentHeader(other.commitment(), PREFIX, 256).encode()
    with pytest.raises(DecryptionError):
        PartOpener(forged, other, len(SMALL)).open_part(0, parts[0])


@pytest.mark.parametrize("size_bytes", [-1, 257, 10**9])
def test_size_that_does_not_fit_the_header_is_refused(size_bytes: int) -> None:
    header, _ = encrypt(SMALL)
    with pytest.raises(DecryptionError, match="size"):
        PartOpener(header, KEY, size_bytes)


def test_digest_is_that_of_the_file_without_padding() -> None:
    reader = EncryptingReader(io.BytesIO(THREE_PARTS), len(THREE_PARTS), KEY, PREFIX)
    with pytest.raises(LocalProtocolError):
        reader.file_digest()
    assert len(list(reader)) == reader.part_count
    assert reader.file_digest() == hashlib.sha256(THREE_PARTS).digest()


def test_reader_runs_once() -> None:
    reader = EncryptingReader(io.BytesIO(SMALL), len(SMALL), KEY, PREFIX)
    assert len(list(reader)) == 1
    assert list(reader) == []


@pytest.mark.parametrize("now", [0, 1, CHUNK_BYTES, 2 * CHUNK_BYTES, len(THREE_PARTS) - 1])
def test_file_that_shrank_is_refused_and_its_key_is_spent(now: int) -> None:
    reader = EncryptingReader(io.BytesIO(THREE_PARTS[:now]), len(THREE_PARTS), KEY, PREFIX)
    with pytest.raises(CorruptFileError, match="changed"):
        list(reader)
    with pytest.raises(LocalProtocolError, match="new key"):
        next(reader)
    with pytest.raises(LocalProtocolError):
        reader.file_digest()


@pytest.mark.parametrize("size", [0, 1, 256, CHUNK_BYTES, 2 * CHUNK_BYTES])
def test_file_that_grew_is_refused(size: int) -> None:
    reader = EncryptingReader(io.BytesIO(THREE_PARTS[: size + 1]), size, KEY, PREFIX)
    with pytest.raises(CorruptFileError, match="changed"):
        list(reader)


class SlowSource(io.BytesIO):
    """Gives at most 1,000 bytes at a time and remembers the largest request."""

    largest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        self.largest = max(self.largest, size)
        return super().read(min(size, 1000))


def test_source_may_give_less_at_a_time_and_memory_stays_constant() -> None:
    source = SlowSource(THREE_PARTS)
    reader = EncryptingReader(source, len(THREE_PARTS), KEY, PREFIX)
    assert list(reader) == encrypt(THREE_PARTS)[1]
    assert source.largest <= CHUNK_BYTES


class BrokenSource(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(5, "input/output error")


def test_unreadable_source_is_a_storage_error() -> None:
    reader = EncryptingReader(BrokenSource(), 10, KEY, PREFIX)
    with pytest.raises(StorageError, match="input/output"):
        next(reader)
    with pytest.raises(LocalProtocolError):
        next(reader)


def test_largest_file_is_accepted_and_a_larger_one_is_not() -> None:
    largest = padded_file_size(2**27)
    while padded_file_size(largest + 1) <= MAX_PADDED_BYTES:
        largest = padded_file_size(largest + 1)
    assert EncryptingReader(io.BytesIO(), largest, KEY, PREFIX).part_count <= 4096
    with pytest.raises(FileTooLargeError):
        EncryptingReader(io.BytesIO(), largest + 1, KEY, PREFIX)


@pytest.mark.parametrize("size", [0, 15, 17])
def test_prefix_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(InvalidKeyError):
        EncryptingReader(io.BytesIO(), 0, KEY, bytes(size))


def test_nothing_secret_is_shown() -> None:
    key = AttachmentKey(b"k" * 32)
    header, parts = encrypt(b"plaintext of a file", key)
    opener = PartOpener(header, key, 19)
    reader = EncryptingReader(io.BytesIO(), 0, key, PREFIX)
    with pytest.raises(DecryptionError) as caught:
        opener.open_part(0, parts[0][:-1] + b"?")
    shown = repr(opener) + repr(reader) + "".join(traceback.format_exception(caught.value))
    assert "kkk" not in shown
    assert "plaintext of" not in shown
