"""Where one is in the first run: numbered discs with a line between them."""

from __future__ import annotations

import tkinter
from collections.abc import Sequence

from whispr.gui.look import Look
from whispr.gui.widgets.drawn import Drawn

DISC, HEIGHT = 26, 30


class Steps(Drawn):
    """The steps with the ones that are done ticked."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        names: Sequence[str],
        current: int,
        *,
        width: float,
    ) -> None:
        self._names = tuple(names)
        self._current = current
        super().__init__(parent, look, width=width, height=HEIGHT)

    def paint(self) -> None:
        """Draw discs, names and lines."""
        look, px = self.look, self.look.px
        small, bold = look.font("small"), look.font("small_bold")
        taken = sum(
            px(DISC + 7) + (bold if place == self._current else small).measure(name)
            for place, name in enumerate(self._names)
        )
        gaps = max(1, len(self._names) - 1)
        gap = max(px(16), (self.size_px[0] - taken) // gaps)
        across, middle = 0, px(HEIGHT) // 2
        for place, name in enumerate(self._names):
            reached = place <= self._current
            ground = "accent" if reached else "field_bg"
            disc = look.images.disc(DISC, ground, self.on)
            self.create_image(across, middle, anchor="w", image=disc)
            center = across + px(DISC) // 2
            if place < self._current:
                icon = look.images.icon("check", 15, "on_accent", "accent")
                self.create_image(center, middle, image=icon)
            else:
                ink = "on_accent" if reached else "text2"
                self.create_text(
                    *(center, middle),
                    text=str(place + 1),
                    font=look.font("badge"),
                    fill=look.color(ink),
                )
            across += px(DISC + 7)
            font = bold if place == self._current else small
            ink = "text" if place == self._current else "text2"
            self.create_text(across, middle, anchor="w", text=name, font=font, fill=look.color(ink))
            across += font.measure(name)
            if place < len(self._names) - 1:
                self.create_line(
                    *(across + px(8), middle, across + gap - px(8), middle),
                    fill=look.color("border"),
                    width=px(2),
                )
            across += gap
