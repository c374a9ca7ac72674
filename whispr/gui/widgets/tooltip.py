"""A short text that appears beside a widget after a moment."""

from __future__ import annotations

import tkinter

from whispr.gui.look import Look

DELAY_MS = 500
_GAP = 6
_WRAP = 320


class Tooltip:
    """Shown while the pointer rests on the widget or the keyboard has come to it."""

    def __init__(self, widget: tkinter.Misc, look: Look, text: str) -> None:
        self.text = text
        self._widget = widget
        self._look = look
        self._timer: str | None = None
        self._label: tkinter.Label | None = None
        for sequence in ("<Enter>", "<FocusIn>"):
            widget.bind(sequence, lambda _event: self._arm(), add="+")
        for sequence in ("<Leave>", "<FocusOut>", "<Button>", "<Key>", "<Destroy>"):
            widget.bind(sequence, lambda _event: self.hide(), add="+")

    @property
    def is_shown(self) -> bool:
        """Whether it is on the screen."""
        return self._label is not None

    def show(self) -> None:
        """Show it now, inside the window and not over the widget."""
        self.hide()
        if not self.text or not self._widget.winfo_ismapped():
            return
        window = self._widget.winfo_toplevel()
        look = self._look.overlay
        label = tkinter.Label(
            window,
            text=self.text,
            font=look.font("small"),
            background=look.color("text"),
            foreground=look.color("bg"),
            padx=look.px(8),
            pady=look.px(4),
            wraplength=look.px(_WRAP),
            justify="left",
        )
        width, height = label.winfo_reqwidth(), label.winfo_reqheight()
        left = self._widget.winfo_rootx() - window.winfo_rootx()
        top = self._widget.winfo_rooty() - window.winfo_rooty()
        left += (self._widget.winfo_width() - width) // 2
        below = top + self._widget.winfo_height() + look.px(_GAP)
        if below + height > window.winfo_height():
            below = top - height - look.px(_GAP)
        edge = look.px(4)
        left = max(edge, min(left, window.winfo_width() - width - edge))
        label.place(x=left, y=max(0, below))
        label.lift()
        self._label = label

    def hide(self) -> None:
        """Take it away, and do not show it later either."""
        if self._timer is not None:
            self._widget.after_cancel(self._timer)
            self._timer = None
        if self._label is not None:
            self._label.destroy()
            self._label = None

    def _arm(self) -> None:
        self.hide()
        self._timer = self._widget.after(DELAY_MS, self.show)
