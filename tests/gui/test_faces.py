from __future__ import annotations

import hashlib

import pytest

from whispr.gui import faces
from whispr.gui.tokens import AVATAR_COLORS

KEYS = [bytes([number]) * 32 for number in range(64)]


@pytest.mark.parametrize("key", KEYS[:8], ids=lambda key: str(key[0]))
def test_the_colour_follows_from_sha256_of_the_key(key: bytes) -> None:
    first = hashlib.sha256(key).digest()[0]
    assert faces.avatar_color(key) == AVATAR_COLORS[first % len(AVATAR_COLORS)]


KNOWN = [
    *((0, 2), (1, 2), (2, 0), (2, 2), (2, 4)),
    *((3, 0), (3, 1), (3, 3), (3, 4), (4, 0), (4, 4)),
]


def test_known_faces_stay_as_they_are() -> None:
    assert faces.avatar_color(b"\0" * 32) == "#b4332f"
    assert sorted(faces.identicon_cells(b"\0" * 32)) == KNOWN


def test_every_colour_is_used_and_pictures_differ() -> None:
    assert {faces.avatar_color(key) for key in KEYS} == set(AVATAR_COLORS)
    assert len({faces.identicon_cells(key) for key in KEYS}) == len(KEYS)


@pytest.mark.parametrize("key", KEYS[:8], ids=lambda key: str(key[0]))
def test_a_picture_is_its_own_mirror_image(key: bytes) -> None:
    cells = faces.identicon_cells(key)
    assert cells == {(row, faces.CELLS - 1 - column) for row, column in cells}
    assert all(0 <= place < faces.CELLS for cell in cells for place in cell)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Alice Archer", "AA"),
        ("bob", "B"),
        ("release-bot 9", "RB"),
        ("  Léa  ", "L"),
        ("élan vital", "ÉV"),
        ("ß", "SS"),
        ("🎉", "?"),
        ("", "?"),
        ("_ .", "?"),
        ("Tomasz (work laptop)", "TW"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert faces.initials(name) == letters
