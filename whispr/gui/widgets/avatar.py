"""Faces of contacts: the disc with initials, and the picture of a key."""

from __future__ import annotations

import tkinter

from whispr.gui.drawing import Tags, draw_box
from whispr.gui.faces import CELLS, avatar_color, identicon_cells, initials
from whispr.gui.look import Look
from whispr.gui.tokens import ON_AVATAR, mix
from whispr.gui.widgets.drawn import Drawn


def draw_avatar(
    canvas: tkinter.Canvas,
    look: Look,
    left_px: float,
    top_px: float,
    size: float,
    key: bytes,
    name: str,
    on: str,
    tags: Tags = (),
) -> None:
    """A disc of `size` design pixels with the initials of a name, at a place in screen pixels."""
    picture = look.images.avatar(key, size, on)
    canvas.create_image(left_px, top_px, anchor="nw", image=picture, tags=tags)
    half = look.px(size) / 2
    font = look.fonts.sized(16 if size >= 40 else 12 if size >= 30 else 10, bold=True)
    canvas.create_text(
        *(left_px + half, top_px + half),
        text=initials(name),
        font=font,
        fill=look.shaded(ON_AVATAR),
        tags=tags,
    )


def draw_identicon(
    canvas: tkinter.Canvas,
    look: Look,
    left_px: int,
    top_px: int,
    size: float,
    key: bytes,
    on: str,
    tags: Tags = (),
) -> None:
    """The picture of a key in a soft box of `size` design pixels."""
    color = look.shaded(avatar_color(key))
    ground = look.color(on)
    soft, ink = mix(color, ground, 0.82), color
    if look.theme.is_dark:
        soft, ink = mix(color, ground, 0.7), mix(color, "#ffffff", 0.35)
    side = look.px(size)
    area = (left_px, top_px, left_px + side, top_px + side)
    draw_box(canvas, look, area, look.px(size / 5), soft, on, tags)
    cell = side // (CELLS + 2)
    edge = (side - CELLS * cell) // 2
    for row, column in sorted(identicon_cells(key)):
        left, top = left_px + edge + column * cell, top_px + edge + row * cell
        canvas.create_rectangle(left, top, left + cell, top + cell, fill=ink, width=0, tags=tags)


class Avatar(Drawn):
    """The avatar as a widget of its own."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        key: bytes,
        name: str,
        *,
        size: float = 40,
        on: str = "bg",
    ) -> None:
        self._face = (size, key, name)
        super().__init__(parent, look, width=size, height=size, on=on)

    def paint(self) -> None:
        """Draw the avatar."""
        draw_avatar(self, self.look, 0, 0, *self._face, self.on)
