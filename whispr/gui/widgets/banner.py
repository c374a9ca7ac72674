"""A coloured strip over the conversation that says what is wrong and what to do."""

from __future__ import annotations

import tkinter
from collections.abc import Sequence
from typing import Literal

from whispr.gui.drawing import elided
from whispr.gui.look import Look
from whispr.gui.widgets.drawn import Command, Drawn
from whispr.gui.widgets.textbutton import TextButton

BannerKind = Literal["warn", "danger", "info"]
HEIGHT = 46
_GROUND = {"warn": "warn_bg", "danger": "danger_bg", "info": "accent_soft"}
_ICON_COLOR = {"warn": "warn", "danger": "danger", "info": "accent_text"}
_TEXT_COLOR = {"warn": "warn", "danger": "danger", "info": "text"}


class Banner(Drawn):
    """One line, an icon before it, actions after it."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        text: str,
        *,
        icon: str = "alert",
        kind: BannerKind = "warn",
        actions: Sequence[tuple[str, Command]] = (),
    ) -> None:
        self._text = text
        self._icon = icon
        self._kind: BannerKind = kind
        self._buttons: list[TextButton] = []
        super().__init__(parent, look, height=HEIGHT, on=_GROUND[kind])
        self.set_actions(actions)

    @property
    def text(self) -> str:
        """What it says, whole."""
        return self._text

    @property
    def buttons(self) -> tuple[TextButton, ...]:
        """The actions in their order."""
        return tuple(self._buttons)

    def set(self, text: str, *, icon: str = "", kind: BannerKind | None = None) -> None:
        """Say something else: a countdown changes every second without a new banner."""
        self._text = text
        self._icon = icon or self._icon
        if kind is not None and kind != self._kind:
            self._kind = kind
            self.on = _GROUND[kind]
            for button in self._buttons:
                button.recolor(_ICON_COLOR[kind], self.on)
        self.redraw()

    def set_actions(self, actions: Sequence[tuple[str, Command]]) -> None:
        """Other actions."""
        for button in self._buttons:
            button.destroy()
        color = _ICON_COLOR[self._kind]
        self._buttons = [
            TextButton(self, self.look, label, command, color=color, on=self.on)
            for label, command in actions
        ]
        self.redraw()

    def paint(self) -> None:
        """Icon, words as far as there is room, actions from the right."""
        look, (width, _height) = self.look, self.size_px
        middle, ground = look.px(HEIGHT) // 2, self.on
        picture = look.images.icon(self._icon, 18, _ICON_COLOR[self._kind], ground)
        self.create_image(look.px(22), middle, anchor="w", image=picture)
        right = width - look.px(14)
        for button in reversed(self._buttons):
            self.create_window(right, middle, anchor="e", window=button)
            right -= button.winfo_reqwidth() + look.px(8)
        font, left = look.font("small"), look.px(50)
        self.create_text(
            *(left, middle),
            anchor="w",
            text=elided(self._text, max(0, right - left - look.px(8)), font.measure),
            font=font,
            fill=look.color(_TEXT_COLOR[self._kind]),
        )
