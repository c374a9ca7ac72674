"""Boxes with round corners on a canvas, and text cut to a width."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Sequence
from typing import Protocol

from whispr.gui.images import Images

Tags = str | tuple[str, ...]
_ANCHORS = ("nw", "ne", "se", "sw")


class Palette(Protocol):
    """What drawing needs of a look."""

    @property
    def images(self) -> Images:
        """The picture cache."""
        ...

    def color(self, token: str) -> str:
        """`#rrggbb` of a token."""
        ...


def draw_box(
    canvas: tkinter.Canvas,
    look: Palette,
    area: tuple[float, float, float, float],
    radius_px: float | Sequence[float],
    fill: str,
    on: str,
    tags: Tags = (),
) -> None:
    """A filled box, left/top/right/bottom in screen pixels; four radii go clockwise from the upper
    left corner. `on` is what lies under its corners."""
    left, top, right, bottom = (round(edge) for edge in area)
    most = min(right - left, bottom - top) // 2
    wanted = [radius_px] * 4 if isinstance(radius_px, int | float) else list(radius_px)
    radii = [max(0, min(round(radius), most)) for radius in wanted]
    color, inner = look.color(fill), max(radii)

    def strip(*corners: float) -> None:
        if corners[0] < corners[2] and corners[1] < corners[3]:
            canvas.create_rectangle(*corners, fill=color, width=0, tags=tags)

    strip(left + inner, top, right - inner, bottom)
    strip(left, top + radii[0], left + inner, bottom - radii[3])
    strip(right - inner, top + radii[1], right, bottom - radii[2])
    strip(left + radii[0], top, left + inner, top + radii[0])
    strip(left + radii[3], bottom - radii[3], left + inner, bottom)
    strip(right - inner, top, right - radii[1], top + radii[1])
    strip(right - inner, bottom - radii[2], right - radii[2], bottom)
    places = ((left, top), (right, top), (right, bottom), (left, bottom))
    for corner, (place, radius) in enumerate(zip(places, radii, strict=True)):
        if radius:
            picture = look.images.corners(radius, fill, on)[corner]
            canvas.create_image(*place, image=picture, anchor=_ANCHORS[corner], tags=tags)


def draw_outlined(
    canvas: tkinter.Canvas,
    look: Palette,
    area: tuple[float, float, float, float],
    radius_px: int,
    fill: str,
    line: str,
    on: str | Sequence[str],
    line_px: int,
    tags: Tags = (),
) -> None:
    """A filled box with an edge of `line_px`; `on` may name what lies under each corner."""
    left, top, right, bottom = (round(edge) for edge in area)
    below = [on] * 4 if isinstance(on, str) else list(on)
    edge, color = look.color(line), look.color(fill)
    for inset, shade in ((0, edge), (line_px, color)):
        canvas.create_rectangle(
            *(left + radius_px, top + inset, right - radius_px, bottom - inset),
            fill=shade,
            width=0,
            tags=tags,
        )
        canvas.create_rectangle(
            *(left + inset, top + radius_px, right - inset, bottom - radius_px),
            fill=shade,
            width=0,
            tags=tags,
        )
    places = ((left, top), (right, top), (right, bottom), (left, bottom))
    for corner, place in enumerate(places):
        picture = look.images.corners(radius_px, fill, below[corner], line=line, line_px=line_px)[
            corner
        ]
        canvas.create_image(*place, image=picture, anchor=_ANCHORS[corner], tags=tags)


def elided(
    text: str, width_px: float, measure: Callable[[str], int], *, middle: bool = False
) -> str:
    """The text, cut with an ellipsis until it fits; `middle` keeps its end (file names)."""
    if measure(text) <= width_px:
        return text
    low, high = 0, min(len(text), 1000)
    while low < high:
        kept = (low + high + 1) // 2
        if measure(_shortened(text, kept, middle)) <= width_px:
            low = kept
        else:
            high = kept - 1
    return _shortened(text, low, middle)


def _shortened(text: str, kept: int, middle: bool) -> str:
    if not middle:
        return text[:kept].rstrip() + "…"
    tail = kept // 2
    return text[: kept - tail] + "…" + (text[-tail:] if tail else "")
