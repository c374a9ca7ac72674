"""Words that can be pressed."""

from __future__ import annotations

import tkinter

from whispr.gui.drawing import draw_outlined
from whispr.gui.look import Look
from whispr.gui.widgets.drawn import Command, Pressable

_SIDE = 6


class TextButton(Pressable):
    """A coloured text on any surface, underlined under the pointer, with a ring for the focus."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        text: str,
        command: Command | None = None,
        *,
        color: str = "accent_text",
        on: str = "bg",
        font: str = "small_bold",
        height: float = 28,
    ) -> None:
        self._text = text
        self._color = color
        self._font = font
        super().__init__(
            parent, look, command, width=1, height=height, on=on, role="Link", name=text
        )
        self._fit()

    @property
    def text(self) -> str:
        """The words."""
        return self._text

    def set_text(self, text: str) -> None:
        """Other words; the width follows."""
        self._text = text
        self._fit()
        self.redraw()

    def recolor(self, color: str, on: str) -> None:
        """Another colour on another surface."""
        self._color, self.on = color, on
        self.redraw()

    def paint(self) -> None:
        """A ring for the focus, the words, a line under them."""
        look, (width, height) = self.look, self.size_px
        if self.has_focus:
            line = max(1, look.px(2))
            draw_outlined(
                *(self, look, (0, 0, width, height), look.px(6), self.on, "focus", self.on, line)
            )
        color = look.color(self._color if self.is_enabled else "text3")
        font = look.font(self._font)
        self.create_text(width // 2, height // 2, text=self._text, font=font, fill=color)
        if self.is_lit:
            half, down = font.measure(self._text) // 2, height // 2 + look.px(8)
            self.create_line(width // 2 - half, down, width // 2 + half, down, fill=color)

    def _look_changed(self) -> None:
        self._fit()
        super()._look_changed()

    def _fit(self) -> None:
        words = self.look.font(self._font).measure(self._text)
        self._design_width = None
        self.configure(width=words + 2 * self.look.px(_SIDE))
