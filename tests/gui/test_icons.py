from __future__ import annotations

import hashlib

import pytest

from whispr.gui import icons, raster


@pytest.mark.parametrize("name", icons.ICONS)
def test_an_icon_draws_something_and_stays_in_its_square(name: str) -> None:
    covered = raster.coverage(icons.GRID, icons.GRID, icons.ICONS[name]())
    assert max(covered) > 240
    assert sum(level > 0 for level in covered) < 0.7 * len(covered)
    rows = [covered[row * icons.GRID : (row + 1) * icons.GRID] for row in range(icons.GRID)]
    edges = rows[0] + rows[-1] + bytes(row[0] for row in rows) + bytes(row[-1] for row in rows)
    assert max(edges) == 0


def test_all_icons_differ() -> None:
    drawn = {
        hashlib.sha256(raster.coverage(24, 24, shape())).digest() for shape in icons.ICONS.values()
    }
    assert len(drawn) == len(icons.ICONS)


def test_the_logo_has_a_keyhole_in_a_bubble() -> None:
    glyph = icons.logo_glyph()
    assert glyph(7, 8) < 0
    assert glyph(12, 10.2) > 0
    assert glyph(9.3, 18) < 0
    assert glyph(22, 22) > 0
