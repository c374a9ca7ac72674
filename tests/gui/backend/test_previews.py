from __future__ import annotations

import struct

import pytest

from tests.gui.backend.test_actions import png
from whispr.gui.backend.previews import Previews, may_be_shown, picture_size


def header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(3, 2), (3, 2)),
        (b"GIF89a" + struct.pack("<HH", 7, 5), (7, 5)),
        (b"\xff\xd8\xff\xe0 a photo", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"", None),
    ],
)
def test_size_is_read_from_the_header(data: bytes, size: tuple[int, int] | None) -> None:
    assert picture_size(data) == size


@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [
        (4000, 3000, True),
        (4001, 1, False),
        (1, 4001, False),
        (4000, 3001, False),
        (0, 5, False),
        (0xFFFFFFFF, 0xFFFFFFFF, False),
    ],
)
def test_what_would_be_enormous_is_not_decoded(width: int, height: int, shown: bool) -> None:
    assert may_be_shown(header(width, height)) is shown


def test_the_oldest_pictures_make_room() -> None:
    previews = Previews(max_kept_bytes=2 * len(png(4, 4)))
    for message_id in (1, 2):
        assert previews.add(message_id, png(4, 4))
    previews.known(1)
    previews.add(3, png(4, 4))
    assert [bool(previews.known(key)) for key in (1, 2, 3)] == [True, False, True]


def test_what_is_refused_is_not_read_again() -> None:
    previews = Previews()
    assert not previews.add(1, b"no picture")
    assert previews.is_refused(1)
    previews.clear()
    assert not previews.is_refused(1) and previews.kept_bytes == 0
