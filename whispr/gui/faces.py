"""What a key looks like: the colour of its avatar, the cells of its identicon, initials.

Everything follows from SHA-256 of the key, so a changed key changes the picture.
"""

from __future__ import annotations

import hashlib
import re

from whispr.gui.tokens import AVATAR_COLORS

CELLS = 5
"""An identicon has so many rows and columns, the right half mirrors the left."""


def avatar_color(key: bytes) -> str:
    """`#rrggbb`, dark enough for white letters."""
    return AVATAR_COLORS[hashlib.sha256(key).digest()[0] % len(AVATAR_COLORS)]


def identicon_cells(key: bytes) -> frozenset[tuple[int, int]]:
    """(row, column) of the filled cells of a symmetric 5x5 picture."""
    digest = hashlib.sha256(key).digest()
    half = (CELLS + 1) // 2
    return frozenset(
        (row, side)
        for row in range(CELLS)
        for column in range(half)
        if digest[1 + row * half + column] & 1
        for side in (column, CELLS - 1 - column)
    )


def initials(name: str) -> str:
    """One or two letters, `?` where the name has none."""
    words = re.findall(r"[^\W_]+", name)
    return "".join(word[0] for word in words[:2]).upper()[:2] or "?"
