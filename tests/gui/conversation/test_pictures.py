from __future__ import annotations

import struct

import pytest

from whispr.gui.conversation.pictures import picture_size, thumbnail_factor, thumbnail_size


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)


def gif(
    screen: tuple[int, int], image: tuple[int, int, int, int], extensions: bytes = b""
) -> bytes:
    start = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6)
    return start + extensions + b"," + struct.pack("<HHHH", *image) + b"\0"


@pytest.mark.parametrize(
    ("width", "height", "accepted"),
    [
        (1, 1, True),
        (4_000, 3_000, True),
        (4_000, 3_001, False),
        (4_001, 1, False),
        (1, 4_001, False),
        (0, 10, False),
        (1 << 31, 1 << 31, False),
    ],
)
def test_a_png_is_measured_before_it_is_decoded(width, height, accepted):
    assert picture_size(png(width, height)) == ((width, height) if accepted else None)


def test_a_gif_is_as_large_as_its_screen_and_its_first_image():
    assert picture_size(gif((30, 20), (0, 0, 30, 20))) == (30, 20)
    assert picture_size(gif((30, 20), (5, 5, 60, 10))) == (65, 20)
    assert picture_size(gif((30, 20), (0, 0, 65_535, 65_535))) is None
    assert picture_size(gif((9_000, 20), (0, 0, 1, 1))) is None


def test_extensions_before_the_image_are_skipped():
    comment = b"!\xfe\x03abc\x02de\0"
    assert picture_size(gif((30, 20), (0, 0, 30, 20), comment * 3)) == (30, 20)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff\xe0" + bytes(100),
        b"BM" + bytes(100),
        b"<svg xmlns='x'/>",
        png(10, 10)[:-6],
        b"GIF89a",
        gif((30, 20), (0, 0, 30, 20))[:-4],
        gif((30, 20), (0, 0, 30, 20), b"!\xfe\xff"),
    ],
)
def test_everything_else_is_a_file(data):
    assert picture_size(data) is None


@pytest.mark.parametrize(
    ("size", "limit", "expected"),
    [
        ((300, 200), 300, (300, 200)),
        ((301, 200), 300, (151, 100)),
        ((4_000, 3_000), 300, (286, 215)),
    ],
)
def test_a_thumbnail_is_no_longer_than_its_limit(size, limit, expected):
    assert thumbnail_size(size, limit) == expected
    assert max(expected) <= limit


def test_a_limit_of_nothing_is_a_limit_of_one():
    assert thumbnail_factor((10, 10), 0) == 10
