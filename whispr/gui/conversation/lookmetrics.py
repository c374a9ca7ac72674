"""The widths and heights of a look, for measuring and hit tests."""

from __future__ import annotations

import tkinter

from whispr.gui.conversation.text import FONTS
from whispr.gui.look import Look
from whispr.gui.textlayout import Kind, Typesetter

HELD_FONTS = ("body", "link", "emoji", "emoji_small", "small", "small_bold", "meta", "name")


class LookMetrics:
    """Measures with the fonts of a look; remembers what asks Tk."""

    def __init__(self, widget: tkinter.Misc, look: Look) -> None:
        self._look = look
        # Tk opens a font for a measurement and closes it again unless some widget has it: that is
        # a millisecond for each word. These are never shown.
        for role in HELD_FONTS:
            tkinter.Label(widget, font=look.font(role))
        self._heights: dict[str, int] = {}
        self._times: dict[str, int] = {}
        self.typesetter = Typesetter(self._body_width)
        self.small_typesetter = Typesetter(self._small_width)

    def forget(self) -> None:
        """Fonts changed, or the words are not to be remembered any longer."""
        self._heights.clear()
        self._times.clear()
        self.typesetter.clear()
        self.small_typesetter.clear()

    def px(self, length: float) -> int:
        """Design pixels in pixels of the screen."""
        return self._look.px(length)

    def width(self, role: str, text: str) -> int:
        """How wide a text is in a font; the times of day are remembered."""
        if role != "meta":
            return self._look.font(role).measure(text)
        width = self._times.get(text)
        if width is None:
            width = self._times[text] = self._look.font(role).measure(text)
        return width

    def line_height(self, role: str) -> int:
        """From one line to the next."""
        height = self._heights.get(role)
        if height is None:
            space = self._look.font(role).metrics("linespace")
            height = self._heights[role] = space + self._look.px(2)
        return height

    def _body_width(self, kind: Kind, text: str) -> int:
        return self._look.font(FONTS[kind]).measure(text)

    def _small_width(self, kind: Kind, text: str) -> int:
        return self._look.font("emoji_small" if kind == "emoji" else "small").measure(text)
