"""A round button with an icon."""

from __future__ import annotations

import tkinter

from whispr.gui.look import Look
from whispr.gui.tokens import mix
from whispr.gui.widgets.drawn import Command, Pressable
from whispr.gui.widgets.tooltip import Tooltip


class IconButton(Pressable):
    """An icon on a disc that appears with the pointer or the focus; `solid` is the accent."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        icon: str,
        command: Command | None = None,
        *,
        tip: str,
        size: float = 36,
        icon_size: float = 20,
        on: str = "bg",
        solid: bool = False,
        color: str = "text2",
    ) -> None:
        self._icon = icon
        self._icon_size = icon_size
        self._size = size
        self._color = color
        self.is_solid = solid
        super().__init__(parent, look, command, width=size, height=size, on=on, name=tip)
        self.tooltip = Tooltip(self, look, tip)

    def set_icon(self, icon: str, *, tip: str | None = None, color: str | None = None) -> None:
        """Another icon, and what it does now."""
        self._icon = icon
        self._color = color or self._color
        if tip is not None:
            self.tooltip.text = tip
        self.redraw()

    def paint(self) -> None:
        """The disc for its state, then the icon."""
        look, half = self.look, self.look.px(self._size) // 2
        below, ink = self._disc(), self._color
        if self.is_solid:
            ink = "on_accent" if self.is_enabled else "text3"
        elif not self.is_enabled:
            ink = mix(look.color("text3"), look.color(self.on), 0.5)
        elif self.is_hovered or self.has_focus:
            ink = "text" if self._color == "text2" else self._color
        if below != self.on:
            disc = look.images.disc(self._size, below, self.on)
            if self.has_focus:
                side, line = look.px(self._size), max(1, look.px(2))
                disc = look.images.rounded(
                    *(side, side, side / 2, below, self.on), line="focus", line_px=line
                )
            self.create_image(half, half, image=disc)
        self.create_image(
            half, half, image=look.images.icon(self._icon, self._icon_size, ink, below)
        )

    def _disc(self) -> str:
        if self.is_solid:
            if not self.is_enabled:
                return self.look.quiet(self.on)
            return "accent_hover" if self.is_hovered else "accent"
        if self.is_lit:
            return "hover"
        return "accent_soft" if self.has_focus and self.is_enabled else self.on
