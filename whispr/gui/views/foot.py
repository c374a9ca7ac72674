"""The connection at the foot of the sidebar: a dot, words, and what can be done."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.drawing import elided
from whispr.gui.look import Look
from whispr.gui.state import FootLine
from whispr.gui.widgets.drawn import Drawn
from whispr.gui.widgets.textbutton import TextButton
from whispr.gui.widgets.tooltip import Tooltip

HEIGHT = 44


class Foot(Drawn):
    """Always to be seen."""

    def __init__(self, parent: tkinter.Misc, look: Look, pressed: Callable[[str], object]) -> None:
        self._line = FootLine("warn", "")
        self.is_rail = False
        super().__init__(parent, look, height=HEIGHT, on="sidebar")
        self.button = TextButton(self, look, "", lambda: pressed(self._line.action), on="sidebar")
        self._tip = Tooltip(self, look, "")

    def show(self, line: FootLine) -> None:
        """Say this now."""
        if line != self._line:
            if line.action != self._line.action:
                self.button.set_text(line.action)
            self._line = line
            self._tip.text = line.text
            self.redraw()

    def paint(self) -> None:
        """Draw line, dot and words."""
        look, (width, height), px = self.look, self.size_px, self.look.px
        middle = height // 2
        self.create_line(0, 0, width, 0, fill=look.color("border"))
        dot = look.images.disc(9, self._line.tone, self.on)
        left = (width - dot.width()) // 2 if self.is_rail else px(18)
        self.create_image(left, middle, anchor="w", image=dot)
        if self.is_rail:
            return
        right = width - px(10)
        if self._line.action:
            self.create_window(right, middle, anchor="e", window=self.button)
            right -= self.button.winfo_reqwidth() + px(6)
        font = look.font("small")
        self.create_text(
            *(px(36), middle),
            anchor="w",
            text=elided(self._line.text, right - px(36), font.measure),
            font=font,
            fill=look.color("text2"),
        )
