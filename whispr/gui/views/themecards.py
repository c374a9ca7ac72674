"""A theme as a small picture of a window that can be chosen."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.drawing import draw_box, draw_outlined, elided
from whispr.gui.look import Look
from whispr.gui.tokens import AVATAR_COLORS, Theme
from whispr.gui.widgets.drawn import Pressable

WIDTH, PICTURE, HEIGHT = 134, 96, 124


class ThemeCard(Pressable):
    """Drawn in its own colours."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        value: str,
        name: str,
        theme: Theme,
        chosen: Callable[[str], object],
    ) -> None:
        self.value = value
        self._called = name
        self._theme = theme
        self._is_chosen = False
        super().__init__(
            *(parent, look, lambda: chosen(value)),
            width=WIDTH,
            height=HEIGHT,
            on="raised",
            name=name,
        )

    def set_chosen(self, is_chosen: bool) -> None:
        """Whether it is in use."""
        self._is_chosen = is_chosen
        self.redraw()

    def paint(self) -> None:
        """The little window, its name, a check."""
        look, px, theme = self.look, self.look.px, self._theme
        edge = "focus" if self._is_chosen or self.has_focus else "border"
        thick = px(2) if self._is_chosen or self.has_focus else 1
        draw_outlined(
            *(self, look, (0, 0, px(WIDTH), px(PICTURE)), px(12), theme["bg"], edge, self.on),
            thick,
        )
        self.create_rectangle(px(10), px(10), px(44), px(86), fill=theme["sidebar"], width=0)
        for row in range(3):
            disc = look.images.disc(12, AVATAR_COLORS[row], theme["sidebar"])
            self.create_image(px(16), px(16 + 22 * row), anchor="nw", image=disc)
            top = px(20 + 22 * row)
            self.create_rectangle(px(31), top, px(40), top + px(3), fill=theme["text2"], width=0)
        for left, top, right, token in (
            (52, 18, 100, "bubble_in"),
            (70, 38, 124, "bubble_out"),
            (52, 58, 88, "bubble_in"),
        ):
            area = (px(left), px(top), px(right), px(top + 14))
            draw_box(self, look, area, px(6), theme[token], theme["bg"])
        font = look.font("ui_bold" if self._is_chosen else "ui")
        self.create_text(
            *(px(4), px(112)),
            anchor="w",
            text=elided(self._called, px(WIDTH - 30), font.measure),
            font=font,
            fill=look.color("text"),
        )
        if self._is_chosen:
            check = look.images.icon("check", 16, "accent_text", self.on)
            self.create_image(px(WIDTH - 4), px(112), anchor="e", image=check)
