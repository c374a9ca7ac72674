"""A row of bars that fill up: how strong a PIN is."""

from __future__ import annotations

import tkinter

from whispr.gui.drawing import draw_box
from whispr.gui.look import Look
from whispr.gui.widgets.drawn import Drawn

_GAP, _BAR = 8, 5


class Meter(Drawn):
    """`steps` bars, the first `level` of them coloured."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        *,
        steps: int = 4,
        width: float = 360,
        on: str = "bg",
    ) -> None:
        self._steps = steps
        self._level = 0
        self._color = "ok"
        super().__init__(parent, look, width=width, height=_BAR, on=on)

    @property
    def level(self) -> int:
        """How many bars are coloured."""
        return self._level

    def set(self, level: int, color: str = "ok") -> None:
        """Colour the first `level` bars."""
        self._level = min(self._steps, max(0, level))
        self._color = color
        self.redraw()

    def paint(self) -> None:
        """Draw the bars."""
        look, (width, height) = self.look, self.size_px
        gap = look.px(_GAP)
        bar = (width - gap * (self._steps - 1)) / self._steps
        for step in range(self._steps):
            left = step * (bar + gap)
            color = self._color if step < self._level else look.quiet(self.on)
            draw_box(self, look, (left, 0, left + bar, height), height // 2, color, self.on)
