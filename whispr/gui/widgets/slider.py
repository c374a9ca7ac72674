"""A slider over a few values."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Sequence

from whispr.gui.drawing import draw_box
from whispr.gui.look import Look
from whispr.gui.widgets.accessible import describe
from whispr.gui.widgets.drawn import Drawn

_HEIGHT, _TRACK, _KNOB = 26, 4, 18


class Slider(Drawn):
    """Moves from one of `values` to the next; calls `changed` with each new one."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        values: Sequence[int],
        value: int,
        changed: Callable[[int], object] | None = None,
        *,
        width: float = 190,
        on: str = "bg",
        name: str = "",
    ) -> None:
        self._values = tuple(values)
        self._index = self._nearest(value)
        self._changed = changed
        self._has_focus = False
        super().__init__(parent, look, width=width, height=_HEIGHT, on=on, takefocus=True)
        describe(self, "Slider", name)
        self.configure(cursor="hand2")
        self.bind("<Button-1>", self._point)
        self.bind("<B1-Motion>", self._point)
        self.bind("<FocusIn>", lambda _event: self._focused(True))
        self.bind("<FocusOut>", lambda _event: self._focused(False))
        for key, step in (("Left", -1), ("Down", -1), ("Right", 1), ("Up", 1)):
            self.bind(f"<{key}>", self._stepping(step))
        self.bind("<Home>", lambda _event: self._go(0))
        self.bind("<End>", lambda _event: self._go(len(self._values) - 1))

    @property
    def value(self) -> int:
        """The chosen value."""
        return self._values[self._index]

    def set(self, value: int) -> None:
        """Show the nearest value without telling anybody."""
        self._index = self._nearest(value)
        self.redraw()

    def paint(self) -> None:
        """The track, the part before the knob, the knob."""
        look, (width, height) = self.look, self.size_px
        middle, half, thin = height // 2, look.px(_KNOB) // 2 + look.px(2), look.px(_TRACK)
        top = middle - thin // 2
        at = half + round(self._index / max(1, len(self._values) - 1) * (width - 2 * half))
        for end, color in ((width - half, look.quiet(self.on)), (at, "accent")):
            area = (half, top, max(end, half + thin), top + thin)
            draw_box(self, look, area, thin // 2, color, self.on)
        if self._has_focus:
            side = look.px(_KNOB) + look.px(4)
            ring = look.images.rounded(
                *(side, side, side / 2, "raised", self.on), line="focus", line_px=look.px(2)
            )
            self.create_image(at, middle, image=ring)
        below = "raised" if self._has_focus else self.on
        size = _KNOB - 4 if self._has_focus else _KNOB
        self.create_image(at, middle, image=look.images.disc(size, "accent", below))

    def _stepping(self, step: int) -> Callable[[object], str]:
        return lambda _event: self._go(self._index + step)

    def _nearest(self, value: int) -> int:
        return min(range(len(self._values)), key=lambda index: abs(self._values[index] - value))

    def _go(self, index: int) -> str:
        index = min(len(self._values) - 1, max(0, index))
        if index != self._index:
            self._index = index
            self.redraw()
            if self._changed is not None:
                self._changed(self.value)
        return "break"

    def _point(self, event: tkinter.Event[tkinter.Misc]) -> None:
        self.focus_set()
        half = self.look.px(_KNOB) // 2 + self.look.px(2)
        part = (event.x - half) / max(1, self.size_px[0] - 2 * half)
        self._go(round(part * (len(self._values) - 1)))

    def _focused(self, focused: bool) -> None:
        self._has_focus = focused
        self.redraw()
