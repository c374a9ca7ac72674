from __future__ import annotations

import tkinter

import pytest

from whispr.gui.drawing import draw_box, draw_outlined, elided
from whispr.gui.look import Look


def measure(text: str) -> int:
    return 8 * len(text)


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("hello", 40, "hello"),
        ("hello", 39, "hel…"),
        ("hello world", 56, "hello…"),
        ("hello", 0, "…"),
        ("", 0, ""),
        ("x" * 5000, 80, "x" * 9 + "…"),
    ],
)
def test_text_is_cut_at_its_end(text: str, width: int, shown: str) -> None:
    assert elided(text, width, measure) == shown


def test_names_of_files_keep_their_end() -> None:
    assert elided("threat-model.pdf", 80, measure, middle=True) == "threa….pdf"
    assert elided("threat-model.pdf", 8, measure, middle=True) == "…"
    assert elided("short.pdf", 80, measure, middle=True) == "short.pdf"


@pytest.fixture
def canvas(root: tkinter.Tk) -> tkinter.Canvas:
    return tkinter.Canvas(root, width=100, height=60)


def area_of(canvas: tkinter.Canvas) -> int:
    """Pixels of all rectangles, which must not overlap to be the box."""
    total = 0
    for item in canvas.find_all():
        if str(canvas.type(item)) == "rectangle":
            left, top, right, bottom = canvas.coords(item)
            total += int((right - left) * (bottom - top))
    return total


@pytest.mark.parametrize("radii", [16, (16, 5, 16, 16), (16, 16, 5, 5), (0, 0, 0, 0), (3, 9, 2, 7)])
def test_a_box_has_no_gap_and_no_overlap(
    root: tkinter.Tk, canvas: tkinter.Canvas, radii: float | tuple[int, ...]
) -> None:
    draw_box(canvas, Look(root), (10, 5, 90, 55), radii, "accent", "bg", "row")
    wanted = [radii] * 4 if isinstance(radii, int | float) else list(radii)
    corners = sum(round(radius) ** 2 for radius in wanted)
    assert area_of(canvas) + corners == 80 * 50
    pictures = [item for item in canvas.find_all() if str(canvas.type(item)) == "image"]
    assert len(pictures) == sum(radius > 0 for radius in wanted)
    assert set(canvas.find_withtag("row")) == set(canvas.find_all())


def test_a_radius_is_never_more_than_half(root: tkinter.Tk, canvas: tkinter.Canvas) -> None:
    draw_box(canvas, Look(root), (0, 0, 40, 10), 16, "accent", "bg")
    assert area_of(canvas) + 4 * 25 == 400


def test_an_outlined_box_has_four_corners_each_on_its_ground(
    root: tkinter.Tk, canvas: tkinter.Canvas
) -> None:
    look = Look(root)
    draw_outlined(
        *(canvas, look, (0, 0, 80, 40), 10, "raised", "border"),
        *(("bg", "sidebar", "#ff0000", "#00ff00"), 1),
    )
    kinds = [str(canvas.type(item)) for item in canvas.find_all()]
    assert kinds == ["rectangle"] * 4 + ["image"] * 4
    names = [canvas.itemcget(item, "image") for item in canvas.find_all()[4:]]  # type: ignore[no-untyped-call]
    assert len(set(names)) == 4
