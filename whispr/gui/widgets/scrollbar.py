"""A thin scrollbar: a thumb that darkens under the pointer and while it moves."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.drawing import draw_box
from whispr.gui.look import Look
from whispr.gui.widgets.bindings import bind_wheel
from whispr.gui.widgets.drawn import Drawn

WIDTH = 12
_THUMB, _THUMB_OVER, _LEAST, _EDGE = 6, 8, 36, 4
MOVING_MS = 700
WHEEL_PAGES = 0.1


class ScrollBar(Drawn):
    """Shows `first`..`last` (0-1) and calls `moved(first)` when a person drags or pages."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        moved: Callable[[float], object],
        *,
        on: str = "bg",
    ) -> None:
        self._moved = moved
        self._first, self._last = 0.0, 1.0
        self._is_hovered = False
        self._is_moving = False
        self._held_at: float | None = None
        self._timer: str | None = None
        super().__init__(parent, look, width=WIDTH, on=on)
        self.bind("<Enter>", lambda _event: self._note(True))
        self.bind("<Leave>", lambda _event: self._note(False))
        self.bind("<Button-1>", self._press)
        self.bind("<B1-Motion>", self._drag)
        self.bind("<ButtonRelease-1>", lambda _event: self._let_go())
        bind_wheel(self, self._turn)

    @property
    def range(self) -> tuple[float, float]:
        """What part is in view."""
        return self._first, self._last

    @property
    def is_needed(self) -> bool:
        """Whether there is more than what is in view."""
        return self._first > 0 or self._last < 1

    def set(self, first: float | str, last: float | str) -> None:
        """Tell it what part is in view (the protocol of `yscrollcommand`)."""
        span = (min(1.0, max(0.0, float(first))), min(1.0, max(0.0, float(last))))
        if span == (self._first, self._last):
            return
        self._first, self._last = span
        self._is_moving = True
        if self._timer is not None:
            self.after_cancel(self._timer)
        self._timer = self.after(MOVING_MS, self._rest)
        self.redraw()

    def destroy(self) -> None:
        """Take it away; its timer goes along."""
        if self._timer is not None:
            self.after_cancel(self._timer)
            self._timer = None
        super().destroy()

    def paint(self) -> None:
        """Draw the thumb; nothing while everything is in view."""
        if not self.is_needed:
            return
        look = self.look
        lit = self._is_hovered or self._is_moving or self._held_at is not None
        wide = look.px(_THUMB_OVER if self._is_hovered else _THUMB)
        top, length = self._thumb()
        right = self.size_px[0] - look.px(3)
        color = "scrollbar_hover" if lit else "scrollbar"
        area = (right - wide, top, right, top + length)
        draw_box(self, look, area, wide // 2, color, self.on)

    def _track(self) -> tuple[float, float, float]:
        """(where the track begins, its length, the thumb's length)."""
        edge = self.look.px(_EDGE)
        track = max(1.0, self.size_px[1] - 2 * edge)
        thumb = min(track, max(self.look.px(_LEAST), (self._last - self._first) * track))
        return edge, track, thumb

    def _thumb(self) -> tuple[float, float]:
        edge, track, thumb = self._track()
        hidden = 1 - (self._last - self._first)
        return edge + (track - thumb) * (self._first / hidden if hidden > 0 else 0), thumb

    def _go(self, first: float) -> None:
        self._moved(min(1 - (self._last - self._first), max(0.0, first)))

    def _press(self, event: tkinter.Event[tkinter.Misc]) -> None:
        top, length = self._thumb()
        if top <= event.y < top + length:
            self._held_at = event.y - top
            self.redraw()
        elif self.is_needed:
            page = self._last - self._first
            self._go(self._first + (page if event.y > top else -page))

    def _drag(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if self._held_at is None:
            return
        edge, track, thumb = self._track()
        if track > thumb:
            part = (event.y - self._held_at - edge) / (track - thumb)
            self._go(part * (1 - (self._last - self._first)))

    def _let_go(self) -> None:
        self._held_at = None
        self.redraw()

    def _turn(self, notches: float) -> None:
        if self.is_needed:
            self._go(self._first + notches * WHEEL_PAGES * (self._last - self._first))

    def _note(self, hovered: bool) -> None:
        self._is_hovered = hovered
        self.redraw()

    def _rest(self) -> None:
        self._timer = None
        self._is_moving = False
        self.redraw()
