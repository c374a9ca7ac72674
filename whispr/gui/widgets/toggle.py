"""A switch that is on or off."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.look import Look
from whispr.gui.widgets.drawn import Pressable

WIDTH, HEIGHT = 46, 28
_TRACK_WIDTH, _TRACK_HEIGHT, _KNOB = 42, 24, 18


class Toggle(Pressable):
    """Calls `changed` with the new value when a person switches it."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        value: bool,
        changed: Callable[[bool], object] | None = None,
        *,
        on: str = "bg",
        name: str = "",
    ) -> None:
        self._value = value
        self._changed = changed
        super().__init__(
            parent, look, self._flip, width=WIDTH, height=HEIGHT, on=on, role="Switch", name=name
        )

    @property
    def value(self) -> bool:
        """Whether it is on."""
        return self._value

    def set(self, value: bool) -> None:
        """Show another value without telling anybody."""
        self._value = value
        self.redraw()

    def paint(self) -> None:
        """The track, a ring for the focus, and the knob on its side."""
        look = self.look
        middle = (look.px(WIDTH) // 2, look.px(HEIGHT) // 2)
        width, height = look.px(_TRACK_WIDTH), look.px(_TRACK_HEIGHT)
        if self.has_focus:
            ring = look.px(2)
            around = look.images.rounded(
                *(width + 2 * ring, height + 2 * ring, height, self.on, self.on),
                line="focus",
                line_px=max(1, look.px(1.5)),
            )
            self.create_image(*middle, image=around)
        track = "accent" if self._value else look.quiet(self.on)
        if self.is_lit:
            track = "accent_hover" if self._value else "selected"
        self.create_image(
            *middle, image=look.images.rounded(width, height, height / 2, track, self.on)
        )
        knob = "on_accent" if self._value else "text3"
        shift = (look.px(_TRACK_WIDTH) - look.px(_TRACK_HEIGHT)) // 2
        self.create_image(
            middle[0] + (shift if self._value else -shift),
            middle[1],
            image=look.images.disc(_KNOB, knob, track),
        )

    def _flip(self) -> None:
        self.set(not self._value)
        if self._changed is not None:
            self._changed(self._value)
