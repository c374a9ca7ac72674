"""What floats above the rows: the scrollbar and the button that jumps to the latest message."""

from __future__ import annotations

import tkinter
from dataclasses import dataclass

from whispr.gui.drawing import draw_box
from whispr.gui.look import Look
from whispr.gui.raster import circle, rounded_box

TAG = "overlay"
JUMP_TAG = "jump"
_BUTTON, _SHADOW = 42, 6


@dataclass(frozen=True, slots=True)
class Thumb:
    """The thumb of the scrollbar, in pixels from the upper edge."""

    top: int
    height: int


def thumb_of(first_share: float, last_share: float, view_px: int, least_px: int) -> Thumb | None:
    """The thumb for the part of the conversation in view; None when all of it is."""
    share = last_share - first_share
    if share >= 1 or view_px <= least_px:
        return None
    height = max(least_px, round(share * view_px))
    top = round(first_share / (1 - share) * (view_px - height))
    return Thumb(max(0, min(view_px - height, top)), height)


def count_words(count: int) -> str:
    """The number on a badge."""
    return str(count) if count < 100 else "99+"


class Overlay:
    """Draws both on the canvas of the rows; items are made again only when they change."""

    def __init__(self, canvas: tkinter.Canvas, look: Look) -> None:
        self._canvas = canvas
        self._look = look
        self._drawn: object = None
        self.thumb: Thumb | None = None
        self.jump_shown = False
        self.new = 0
        self.active = False
        """The pointer is on the scrollbar, or it is being moved."""

    def forget(self) -> None:
        """The canvas was emptied, or the look changed."""
        self._drawn = None

    def update(self, thumb: Thumb | None, *, jump: bool, new: int) -> None:
        """Draw what has changed, and put everything above the rows."""
        width, height = self._canvas.winfo_width(), self._canvas.winfo_height()
        self.thumb, self.jump_shown, self.new = thumb, jump, new if jump else 0
        wanted = (thumb, jump, self.new, self.active, width, height)
        if wanted != self._drawn:
            self._canvas.delete(TAG)
            if thumb:
                self._draw_thumb(thumb, width)
            if jump:
                self._draw_jump(width, height)
            self._drawn = wanted
        else:
            self._canvas.tag_raise(TAG)

    def over_bar(self, left: int) -> bool:
        """Whether a place is on the scrollbar."""
        return self.thumb is not None and left >= self._canvas.winfo_width() - self._look.px(14)

    def over_jump(self, left: int, top: int) -> bool:
        """Whether a place is on the button."""
        px = self._look.px
        across = left - (self._canvas.winfo_width() - px(42))
        down = top - (self._canvas.winfo_height() - px(40))
        return self.jump_shown and across**2 + down**2 <= px(_BUTTON / 2 + 3) ** 2

    def _draw_thumb(self, thumb: Thumb, width: int) -> None:
        px = self._look.px
        color = "scrollbar_hover" if self.active else "scrollbar"
        right, top = width - px(3), px(4) + thumb.top
        area = (right - px(6), top, right, top + thumb.height)
        draw_box(self._canvas, self._look, area, px(3), color, "bg", (TAG, "thumb"))

    def _draw_jump(self, width: int, height: int) -> None:
        look, px = self._look, self._look.px
        left, top, side = width - px(42), height - px(40), px(_BUTTON + 2 * _SHADOW)
        middle, tags = side / 2, (TAG, JUMP_TAG)
        layers = [
            (circle(middle, middle + px(1), px(_BUTTON / 2 + step)), "#000000", 0.05)
            for step in (4, 3, 2, 1)
        ]
        layers += [
            (circle(middle, middle, px(_BUTTON / 2)), "border", 1.0),
            (circle(middle, middle, px(_BUTTON / 2) - max(1, px(1))), "raised", 1.0),
        ]
        picture = look.images.floating(("jump",), side, side, layers)
        self._canvas.create_image(left, top, image=picture, tags=tags)
        arrow = look.images.icon("down", 20, "text2", "raised")
        self._canvas.create_image(left, top + px(1), image=arrow, tags=tags)
        if self.new:
            self._draw_badge(left, top - px(_BUTTON / 2), tags)

    def _draw_badge(self, left: int, top: int, tags: tuple[str, str]) -> None:
        look, px = self._look, self._look.px
        words, font = count_words(self.new), look.font("badge")
        height = px(20)
        width = max(height, font.measure(words) + px(12))
        width += width % 2
        layers = [(rounded_box(0, 0, width, height, height / 2), "badge", 1.0)]
        picture = look.images.floating(("jump badge",), width, height, layers)
        self._canvas.create_image(left, top, image=picture, tags=tags)
        color = look.color("on_badge")
        self._canvas.create_text(left, top, text=words, font=font, fill=color, tags=tags)
