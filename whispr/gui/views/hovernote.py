"""The full date of a message, or where a link leads, beside the pointer."""

from __future__ import annotations

import tkinter

from whispr.gui.look import Look

_WRAP = 420


class HoverNote:
    """A label inside the canvas; it never takes the pointer away from what it is about."""

    def __init__(self, canvas: tkinter.Canvas, look: Look) -> None:
        self._canvas = canvas
        self._look = look
        self._label: tkinter.Label | None = None

    @property
    def words(self) -> str:
        """What is shown; empty while nothing is."""
        return str(self._label.cget("text")) if self._label else ""

    def show(self, words: str, left: int, top: int) -> None:
        """Show this near a place of the canvas; nothing when it is empty."""
        if self._label is not None:
            self._label.destroy()
            self._label = None
        if not words:
            return
        look, px = self._look, self._look.px
        label = tkinter.Label(
            self._canvas,
            text=words,
            font=look.font("small"),
            background=look.color("text"),
            foreground=look.color("bg"),
            padx=px(8),
            pady=px(4),
            wraplength=px(_WRAP),
            justify="left",
        )
        width, height = label.winfo_reqwidth(), label.winfo_reqheight()
        below = top + px(18)
        if below + height > self._canvas.winfo_height():
            below = top - height - px(8)
        right = self._canvas.winfo_width() - width - px(4)
        label.place(x=max(0, min(left, right)), y=max(0, below))
        self._label = label
