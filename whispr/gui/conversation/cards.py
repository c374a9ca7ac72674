"""Draws the card of a file, and the small pictures that lie on a photo."""

from __future__ import annotations

import tkinter

from whispr.gui.conversation.filewords import file_words
from whispr.gui.conversation.measure import LENGTHS, RowMeasure
from whispr.gui.drawing import elided
from whispr.gui.look import Look
from whispr.gui.raster import circle, inverse, rounded_box
from whispr.gui.tokens import mix

DISC = 42
_SHADE, _SHADE_OPACITY = "#0c0c12", 0.62


class CardPainter:
    """Draws on the canvas of the rows."""

    def __init__(self, canvas: tkinter.Canvas, look: Look) -> None:
        self._canvas = canvas
        self._look = look

    def paint(self, row: RowMeasure, top: int, color: str, tag: str) -> None:
        """The disc with its icon or ring, the name and the line below it."""
        file = row.item.file
        if file is None:
            return
        look, px, side = self._look, self._look.px, _side(row)
        words = file_words(file, outgoing=row.item.outgoing)
        text, meta = look.theme[f"bubble_{side}_text"], look.theme[f"bubble_{side}_meta"]
        disc = mix(color, text, 0.16)
        middle = top + row.top + row.body_height // 2
        center = row.left + px(12 + DISC / 2)
        if words.ring_level is None:
            picture = look.images.disc(DISC, disc, color)
        else:
            track = mix(disc, text, 0.25)
            picture = look.images.ring(DISC, words.ring_level, text, track, disc, color)
        self._canvas.create_image(center, middle, image=picture, tags=tag)
        size = 16 if words.action == "cancel" else 22
        icon = look.images.icon("x" if words.action == "cancel" else words.icon, size, text, disc)
        self._canvas.create_image(center, middle, image=icon, tags=tag)
        left = row.left + px(LENGTHS.card_text)
        room = row.right - left - px(14)
        ink = look.color("danger") if words.is_trouble and not row.item.outgoing else meta
        lines = self._in_lines(words.line, room)
        down = top + row.top + px(23)
        self._line(left, down, file.name, "name", text, room, tag)
        for line in lines:
            down += px(21 if line is lines[0] else 16)
            self._line(left, down, line, "small", ink, room, tag)

    def _in_lines(self, words: str, room: int) -> list[str]:
        """One line where it fits, else two; the time stands below either."""
        measure = self._look.font("small").measure
        if measure(words) <= room:
            return [words]
        parts = words.split(" ")
        kept = len(parts) - 1
        while kept > 1 and measure(" ".join(parts[:kept])) > room:
            kept -= 1
        return [" ".join(parts[:kept]), " ".join(parts[kept:])]

    def time_pill(self, right: int, bottom: int, width: int, tag: str) -> None:
        """The shade on which the time stands over a photo."""
        height = self._look.px(20)
        layers = [(rounded_box(0, 0, width, height, height / 2), _SHADE, _SHADE_OPACITY)]
        picture = self._look.images.floating(("time pill",), width, height, layers)
        self._canvas.create_image(right, bottom, anchor="se", image=picture, tags=tag)

    def corner_mask(self, corner: int, radius: int) -> tkinter.PhotoImage:
        """What lies over the corner of a photo and makes it round."""
        radius = max(2, radius)
        center = (radius if corner in (0, 3) else 0, radius if corner in (0, 1) else 0)
        layers = [(inverse(circle(*center, radius)), "bg", 1.0)]
        return self._look.images.floating(("photo corner", corner), radius, radius, layers)

    def _line(
        self, left: int, middle: int, words: str, role: str, color: str, room: int, tag: str
    ) -> None:
        font = self._look.font(role)
        shown = elided(words, room, font.measure, middle=role == "name")
        self._canvas.create_text(
            left, middle, anchor="w", text=shown, font=font, fill=color, tags=tag
        )


def _side(row: RowMeasure) -> str:
    return "out" if row.item.outgoing else "in"
