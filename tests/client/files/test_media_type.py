"""Media types: by extension, from a fixed table, and nothing that a program would run."""

from __future__ import annotations

import pytest

from whispr.client.files.media_type import UNKNOWN_MEDIA_TYPE, media_type_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("holiday.jpg", "image/jpeg"),
        ("HOLIDAY.JPG", "image/jpeg"),
        ("notes.tar.gz", "application/gzip"),
        ("text.txt", "text/plain"),
    ],
)
def test_known_extension(name: str, expected: str) -> None:
    assert media_type_of(name) == expected


@pytest.mark.parametrize(
    "name",
    ["", "png", ".png", "page.html", "image.svg", "run.exe", "photo.png.exe", "x.", "x.jpgg"],
)
def test_everything_else_is_unknown(name: str) -> None:
    assert media_type_of(name) == UNKNOWN_MEDIA_TYPE
