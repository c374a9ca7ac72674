from __future__ import annotations

import tkinter

import pytest

from whispr.gui import raster
from whispr.gui.icons import ICONS
from whispr.gui.images import RING_LEVELS, Images
from whispr.gui.look import Look


@pytest.fixture
def images(root: tkinter.Tk) -> Images:
    return Look(root).images


def color(picture: tkinter.PhotoImage, left: int, top: int) -> str:
    red, green, blue = picture.get(left, top)
    return f"#{red:02x}{green:02x}{blue:02x}"


def test_an_icon_is_drawn_once_for_its_colours_and_size(images: Images) -> None:
    first = images.icon("check", 20, "text", "bg")
    assert images.icon("check", 20, "text", "bg") is first
    assert images.icon("check", 20, "#16161d", "#ffffff") is first
    assert images.icon("check", 20, "text2", "bg") is not first
    assert images.icon("check", 24, "text", "bg").width() == 24
    assert len(images) == 3
    assert len(images.covered) == 2


def test_sizes_follow_the_scale(root: tkinter.Tk) -> None:
    images = Look(root, scale=2).images
    assert images.icon("check", 20, "text", "bg").width() == 40
    assert images.tick("delivered", "text", "bg").width() == 38
    assert images.disc(9, "ok", "bg").height() == 18
    assert images.ring(42, 3, "accent", "border", "chip", "bg").width() == 84


@pytest.mark.parametrize("name", ICONS)
def test_every_icon_reaches_tk(images: Images, name: str) -> None:
    picture = images.icon(name, 18, "text", "bg")
    assert (picture.width(), picture.height()) == (18, 18)


def test_a_box_has_its_fill_edge_and_ground(images: Images) -> None:
    picture = images.rounded(40, 30, 10, "accent", "sidebar", line="danger", line_px=2)
    assert color(picture, 0, 0) == "#f5f5f9"
    assert color(picture, 20, 0) == "#bf2431"
    assert color(picture, 20, 15) == "#4f4bc8"
    plain = images.rounded(40, 30, 10, "accent", "sidebar")
    assert color(plain, 20, 0) == "#4f4bc8"


def test_corners_are_round_at_their_own_side(images: Images) -> None:
    corners = images.corners(8, "accent", "bg", line="text", line_px=1)
    for picture, outer in zip(corners, ((0, 0), (7, 0), (7, 7), (0, 7)), strict=True):
        inner = tuple(7 - place for place in outer)
        assert color(picture, *outer) == "#ffffff"
        assert color(picture, inner[0], inner[1]) == "#4f4bc8"


def test_a_ring_fills_clockwise_from_the_top(images: Images) -> None:
    def at(level: int, left: int, top: int) -> str:
        return color(images.ring(40, level, "accent", "border", "chip", "bg"), left, top)

    right, left = (37, 20), (2, 20)
    assert at(0, *right) == at(0, *left) == "#dedee8"
    assert at(RING_LEVELS // 2, *right) == "#4f4bc8"
    assert at(RING_LEVELS // 2, *left) == "#dedee8"
    assert at(RING_LEVELS, *left) == "#4f4bc8"
    whole = images.ring(40, RING_LEVELS, "accent", "border", "chip", "bg")
    assert images.ring(40, RING_LEVELS + 9, "accent", "border", "chip", "bg") is whole


def test_the_logo_is_white_on_the_accent(images: Images) -> None:
    picture = images.logo(72, "bg")
    assert color(picture, 0, 0) == "#ffffff"
    assert color(picture, 36, 4) == "#4f4bc8"
    assert color(picture, 22, 24) == "#ffffff"


def test_what_floats_is_transparent(images: Images) -> None:
    picture = images.floating(("jump",), 20, 20, [(raster.circle(10, 10, 9), "raised", 1.0)])
    assert picture.transparency_get(0, 0)
    assert not picture.transparency_get(10, 10)
    assert images.floating(("jump",), 20, 20, []) is picture


def test_a_swap_begins_anew_and_keeps_the_old_alive(images: Images) -> None:
    first = images.icon("check", 20, "text", "bg")
    old = images.swap()
    assert len(images) == 0
    assert images.icon("check", 20, "text", "bg") is not first
    assert first in old.values()  # type: ignore[attr-defined]


def test_faces_have_their_colour(images: Images) -> None:
    picture = images.avatar(bytes(32), 40, "bg")
    assert color(picture, 20, 20) == "#b4332f"
