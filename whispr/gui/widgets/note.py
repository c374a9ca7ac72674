"""A line with an icon: an error under a field, a point of a list, a state."""

from __future__ import annotations

import tkinter

from whispr.gui.look import Look
from whispr.gui.widgets.drawn import Drawn

_ICON = 15
_TEXT_AT = 22


class Note(Drawn):
    """An icon and words that wrap at the width of the widget; empty words take no room."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        text: str = "",
        *,
        icon: str = "alert",
        color: str = "danger",
        text_color: str = "",
        width: float = 320,
        on: str = "bg",
    ) -> None:
        self._text = text
        self._icon = icon
        self._colors = (color, text_color or color)
        self._wanted = 0
        super().__init__(parent, look, width=width, on=on, height=1)
        self.redraw()

    @property
    def text(self) -> str:
        """The words."""
        return self._text

    def set(self, text: str, *, icon: str = "", color: str = "", text_color: str = "") -> None:
        """Other words, and what goes with them."""
        self._text = text
        self._icon = icon or self._icon
        if color:
            self._colors = (color, text_color or color)
        self.redraw()

    def paint(self) -> None:
        """Draw icon and words; ask for the height they take."""
        look = self.look
        if not self._text:
            self._ask(1)
            return
        top = look.px(4)
        font = look.font("small")
        middle = top + font.metrics("linespace") // 2
        if self._icon:
            picture = look.images.icon(self._icon, _ICON, self._colors[0], self.on)
            self.create_image(0, middle, anchor="w", image=picture)
        left = look.px(_TEXT_AT) if self._icon else 0
        words = self.create_text(
            *(left, top),
            anchor="nw",
            text=self._text,
            font=font,
            fill=look.color(self._colors[1]),
            width=max(look.px(40), self.size_px[0] - left),
        )
        self._ask(self.bbox(words)[3] + look.px(3))

    def _ask(self, height_px: int) -> None:
        self._design_height = None
        if height_px != self._wanted:
            self._wanted = height_px
            self.configure(height=height_px)
