"""Padding: the sizes, the bytes, and everything that is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whispr.client.crypto.padding import (
    MAX_CONTENT_BYTES,
    MAX_PADDED_CONTENT_BYTES,
    pad,
    padded_file_size,
    padded_size,
    unpad,
)
from whispr.errors import MalformedContentError, TextTooLongError

# Powers of two up to 16 KiB by definition; Padmé values computed once by hand from the paper:
# 16,385 has exponent 14, whose length is 4 bits, so 10 low bits are rounded away.
SIZES = [
    (0, 256),
    (1, 256),
    (255, 256),
    (256, 512),
    (511, 512),
    (512, 1024),
    (1023, 1024),
    (1024, 2048),
    (4095, 4096),
    (4096, 8192),
    (8192, 16_384),
    (16_383, 16_384),
    (16_384, 17_408),
    (17_407, 17_408),
    (17_408, 18_432),
    (32_767, 32_768),
    (32_768, 34_816),
    (59_392, 61_440),
    (61_439, 61_440),
]

FILE_SIZES = [
    (0, 256),
    (1, 256),
    (256, 256),
    (257, 512),
    (16_384, 16_384),
    (16_385, 17_408),
    (1_000_000, 1_015_808),
    (9_000_000, 9_175_040),
    (10 * 1024 * 1024, 10 * 1024 * 1024),
    (10 * 1024 * 1024 + 1, 10_747_904),
]


@pytest.mark.parametrize(("content_size", "expected"), SIZES)
def test_content_is_padded_to_the_agreed_size(content_size: int, expected: int) -> None:
    assert padded_size(content_size) == expected
    assert len(pad(b"x" * content_size)) == expected


@pytest.mark.parametrize(("size_bytes", "expected"), FILE_SIZES)
def test_file_is_padded_to_the_agreed_size(size_bytes: int, expected: int) -> None:
    assert padded_file_size(size_bytes) == expected


def test_padding_is_marker_then_zeros() -> None:
    assert pad(b"hi") == b"hi\x80" + bytes(253)


@given(st.binary(max_size=2000))
def test_unpad_returns_what_was_padded(content: bytes) -> None:
    assert unpad(pad(content)) == content


@given(st.integers(min_value=16_385, max_value=1 << 34))
def test_a_file_grows_by_at_most_twelve_percent(size_bytes: int) -> None:
    padded = padded_file_size(size_bytes)
    assert size_bytes <= padded <= size_bytes * 1.12
    assert padded_file_size(padded) == padded, "a padded size is its own padded size"


@given(st.integers(min_value=0, max_value=1 << 34))
def test_a_longer_file_is_never_padded_to_less(size_bytes: int) -> None:
    assert padded_file_size(size_bytes) <= padded_file_size(size_bytes + 1)


def test_content_that_ends_like_padding_survives() -> None:
    for content in (b"\x80", b"\0", b"\x80\0\0", b"a\0\0\0", b"\x80" * 255):
        assert unpad(pad(content)) == content


def test_largest_content_fits_and_one_byte_more_does_not() -> None:
    assert len(pad(b"x" * MAX_CONTENT_BYTES)) == MAX_PADDED_CONTENT_BYTES
    with pytest.raises(TextTooLongError):
        pad(b"x" * (MAX_CONTENT_BYTES + 1))


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        bytes(256),
        b"x" * 256,
        b"hi\x80" + bytes(252) + b"\x01",
        b"hi\x80" + bytes(252),
        b"hi\x80" + bytes(254),
        b"hi\x80" + bytes(509),
        b"\x80",
        b"x" * 255 + b"\x81",
        b"\x80" + bytes(MAX_PADDED_CONTENT_BYTES),
    ],
    ids=[
        "empty",
        "only zeros",
        "no marker",
        "filling is not zero",
        "one byte short",
        "one byte long",
        "next size",
        "not a size",
        "other marker",
        "over the limit",
    ],
)
def test_malformed_padding_is_refused(padded: bytes) -> None:
    with pytest.raises(MalformedContentError):
        unpad(padded)


@given(st.binary(max_size=600))
def test_any_bytes_give_content_or_the_documented_error(padded: bytes) -> None:
    try:
        content = unpad(padded)
    except MalformedContentError:
        return
    assert pad(content) == padded
