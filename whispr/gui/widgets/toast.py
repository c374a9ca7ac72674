"""Short messages at the bottom of the window that go away by themselves."""

from __future__ import annotations

import tkinter
from collections.abc import Sequence
from typing import Literal

from whispr.gui.drawing import draw_outlined
from whispr.gui.look import Look
from whispr.gui.widgets.drawn import Command, Drawn
from whispr.gui.widgets.iconbutton import IconButton
from whispr.gui.widgets.textbutton import TextButton
from whispr.gui.widgets.under import corner_colors

ToastKind = Literal["info", "ok", "warn", "danger"]
DURATION_MS = 5_000
MAX_TOASTS = 3
_ICONS = {"info": "info", "ok": "check", "warn": "alert", "danger": "alert"}
_COLORS = {"info": "accent_text", "ok": "ok", "warn": "warn", "danger": "danger"}
_MARGIN, _GAP, _PAD, _TEXT_WIDTH = 20, 8, 14, 380


class Toast(Drawn):
    """One message with its actions; the pointer on it keeps it."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        text: str,
        kind: ToastKind,
        actions: Sequence[tuple[str, Command]],
        closed: Command,
    ) -> None:
        self._text = text
        self._kind: ToastKind = kind
        self._closed = closed
        self._corners: Sequence[str] = ("bg",) * 4
        self.buttons: tuple[TextButton, ...] = ()
        super().__init__(parent, look, width=1, height=1, on="raised")
        self.buttons = tuple(
            TextButton(self, look, label, self._pressed(command), on="raised")
            for label, command in actions
        )
        self.close = IconButton(
            *(self, look, "x", closed), tip="Dismiss", size=28, icon_size=14, on="raised"
        )
        self._measure()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def set_corners(self, colors: Sequence[str]) -> None:
        """What is seen in the corners."""
        self._corners = tuple(colors)
        self.redraw()

    def paint(self) -> None:
        """The box, icon, words, actions and the cross."""
        look, (width, height) = self.look, self.size_px
        draw_outlined(
            *(self, look, (0, 0, width, height), look.px(10), "raised", "border"),
            *(self._corners, max(1, look.px(1))),
        )
        picture = look.images.icon(_ICONS[self._kind], 18, _COLORS[self._kind], "raised")
        self.create_image(look.px(_PAD), height // 2, anchor="w", image=picture)
        self.create_text(
            *(look.px(_PAD + 28), height // 2),
            anchor="w",
            text=self._text,
            font=look.font("small"),
            fill=look.color("text"),
            width=look.px(_TEXT_WIDTH),
        )
        right = width - look.px(8)
        for widget in (self.close, *reversed(self.buttons)):
            self.create_window(right, height // 2, anchor="e", window=widget)
            right -= widget.winfo_reqwidth() + look.px(2)

    def _pressed(self, command: Command) -> Command:
        def press() -> None:
            self._closed()
            command()

        return press

    def _look_changed(self) -> None:
        self._measure()
        super()._look_changed()

    def _measure(self) -> None:
        look = self.look
        words = self.create_text(
            *(0, 0), text=self._text, font=look.font("small"), width=look.px(_TEXT_WIDTH)
        )
        left, top, right, bottom = self.bbox(words)
        self.delete(words)
        side = sum(item.winfo_reqwidth() + look.px(2) for item in (*self.buttons, self.close))
        width = look.px(_PAD + 28) + right - left + look.px(12) + side + look.px(6)
        self._design_width = self._design_height = None
        self.configure(width=width, height=max(look.px(44), bottom - top + look.px(22)))


class Toasts:
    """The messages of one window, the newest at the bottom."""

    def __init__(self, window: tkinter.Misc, look: Look) -> None:
        self._window = window
        self._look = look
        self._shown: list[Toast] = []
        self._timers: dict[Toast, str] = {}
        # The corners show what lies below, which is drawn anew at the same time.
        look.follow(window, lambda: window.after_idle(self._place))

    @property
    def shown(self) -> tuple[Toast, ...]:
        """What is on the screen, the oldest first."""
        return tuple(self._shown)

    def show(
        self,
        text: str,
        kind: ToastKind = "info",
        *,
        actions: Sequence[tuple[str, Command]] = (),
        duration_ms: int = DURATION_MS,
    ) -> Toast:
        """Show a message; 0 ms keeps it until it is dismissed."""
        for same in [toast for toast in self._shown if toast.text == text]:
            self.dismiss(same)
        toast = Toast(
            self._window, self._look.overlay, text, kind, actions, lambda: self.dismiss(toast)
        )
        self._shown.append(toast)
        for old in self._shown[:-MAX_TOASTS]:
            self.dismiss(old)
        self._place()
        if duration_ms:
            self._arm(toast, duration_ms)
            toast.bind("<Enter>", lambda _event: self._disarm(toast), add="+")
            toast.bind("<Leave>", lambda _event: self._arm(toast, duration_ms), add="+")
        return toast

    def dismiss(self, toast: Toast) -> None:
        """Take one away."""
        self._disarm(toast)
        if toast in self._shown:
            self._shown.remove(toast)
            toast.destroy()
            self._place()

    def clear(self) -> None:
        """Take all away: on lock nothing stays readable."""
        for toast in list(self._shown):
            self.dismiss(toast)

    def _arm(self, toast: Toast, duration_ms: int) -> None:
        self._disarm(toast)
        self._timers[toast] = self._window.after(duration_ms, lambda: self.dismiss(toast))

    def _disarm(self, toast: Toast) -> None:
        timer = self._timers.pop(toast, None)
        if timer is not None:
            self._window.after_cancel(timer)

    def _place(self) -> None:
        look, bottom = self._look, self._look.px(_MARGIN)
        for toast in reversed(self._shown):
            height, width = toast.winfo_reqheight(), toast.winfo_reqwidth()
            top = self._window.winfo_height() - bottom - height
            left = (self._window.winfo_width() - width) // 2
            toast.set_corners(corner_colors(toast, left, top, width, height, look.color("bg")))
            toast.place(relx=0.5, rely=1.0, y=-bottom, anchor="s")
            tkinter.Misc.lift(toast)
            bottom += height + look.px(_GAP)
