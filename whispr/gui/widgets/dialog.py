"""A dialog inside the window: the window behind it stands in the shade and takes no input."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.drawing import draw_outlined
from whispr.gui.look import Look
from whispr.gui.widgets.bindings import bind_tag, rebind
from whispr.gui.widgets.drawn import Drawn
from whispr.gui.widgets.iconbutton import IconButton
from whispr.gui.widgets.scrollframe import ScrollFrame
from whispr.gui.widgets.under import corner_colors

RADIUS = 14
_EDGE, _SIDE, _HEAD, _FOOT, _MARGIN = 2, 26, 60, 22, 12
_MAX_STEPS = 500


class Dialog(Drawn):
    """Put widgets into `body` with the look `inner`, then call `open`.

    Escape and the cross close it; Tab stays inside; the focus returns to where it was. Dialogs
    may be opened above each other: give the upper one the `inner` look of the lower one.
    """

    def __init__(
        self,
        window: tkinter.Misc,
        look: Look,
        title: str,
        *,
        width: float,
        closed: Callable[[], object] | None = None,
    ) -> None:
        self.inner = look.overlay
        """The look of what stands in the dialog."""
        self._behind = look
        self._window = window
        self._title = title
        self._closed = closed
        self._width = width
        self._corners: tuple[str, ...] = ("bg",) * 4
        self._returns: tkinter.Misc | None = None
        self._grabbed = ""
        self._scripts: dict[str, str] = {}
        self.is_open = False
        super().__init__(window, self.inner, width=width, height=1, on="raised")
        self._cross = IconButton(
            *(self, self.inner, "x", self.close), tip="Close", size=32, icon_size=18, on="raised"
        )
        self._frame = ScrollFrame(self, self.inner, on="raised")
        self.body = self._frame.body
        """The frame for the content, on the surface `raised`."""

    def open(self, focus: tkinter.Misc | None = None) -> None:
        """Show it in the middle of the window and give the focus to `focus`."""
        self._returns = self._window.focus_get()
        self._grabbed = str(self.tk.call("grab", "current", self))
        self._behind.set_scrim(True)
        self.is_open = True
        self.body.bind("<Configure>", lambda _event: self._fit(), add="+")
        self._window.update_idletasks()
        self._fit()
        for sequence, handler in (
            ("<Escape>", self._escape),
            ("<<NextWindow>>", lambda: self._step(1)),
            ("<<PrevWindow>>", lambda: self._step(-1)),
            ("<Configure>", self._window_changed),
        ):
            self._scripts[sequence] = bind_tag(self, str(self.winfo_toplevel()), sequence, handler)
        self.wait_visibility()
        self.grab_set()
        (focus or self._cross).focus_set()

    def close(self) -> None:
        """Take it away; everything is as before."""
        self.destroy()

    def destroy(self) -> None:
        """The same: a window that is taken down takes its dialogs along."""
        was_open, self.is_open = self.is_open, False
        if was_open:
            self._leave()
        super().destroy()
        if not was_open:
            return
        if self._grabbed and self.tk.call("winfo", "exists", self._grabbed):
            self.tk.call("grab", "set", self._grabbed)
        if self._returns is not None and self._returns.winfo_exists():
            self._returns.focus_set()
        if self._closed is not None:
            self._closed()

    def _leave(self) -> None:
        top = str(self.winfo_toplevel())
        for sequence, script in self._scripts.items():
            rebind(self, top, sequence, script)
        self.grab_release()
        self._behind.set_scrim(False)

    def paint(self) -> None:
        """The box with its title; what is inside are widgets."""
        look, (width, height) = self.look, self.size_px
        draw_outlined(
            *(self, look, (0, 0, width, height), look.px(RADIUS), "raised", "border"),
            *(self._corners, max(1, look.px(1))),
        )
        self.create_text(
            *(look.px(_SIDE + _EDGE), look.px(34)),
            anchor="w",
            text=self._title,
            font=look.font("h2"),
            fill=look.color("text"),
        )
        self.create_window(width - look.px(_SIDE), look.px(34), anchor="e", window=self._cross)
        self.create_window(
            look.px(_SIDE + _EDGE),
            look.px(_HEAD),
            anchor="nw",
            window=self._frame,
            width=width - 2 * look.px(_SIDE + _EDGE),
            height=max(1, height - look.px(_HEAD + _FOOT)),
        )

    def _fit(self) -> None:
        """As large as it wants to be, as the window has room."""
        if not self.is_open:
            return
        look, margin = self.look, self.look.px(_MARGIN)
        room_x = self._window.winfo_width() - 2 * margin
        room_y = self._window.winfo_height() - 2 * margin
        width = max(1, min(look.px(self._width), room_x))
        wanted = look.px(_HEAD + _FOOT) + self.body.winfo_reqheight()
        height = max(look.px(_HEAD + _FOOT), min(wanted, room_y))
        self._design_width = self._design_height = None
        if (width, height) != (self.winfo_width(), self.winfo_height()):
            self.configure(width=width, height=height)
        left = (self._window.winfo_width() - width) // 2
        top = (self._window.winfo_height() - height) // 2
        self._look_below(left, top, width, height)
        self.place(relx=0.5, rely=0.5, anchor="center", width=width, height=height)
        tkinter.Misc.lift(self)

    def _look_below(self, left: int, top: int, width: int, height: int) -> None:
        corners = corner_colors(self, left, top, width, height, self._behind.color("bg"))
        if corners != self._corners:
            self._corners = corners
            self.redraw()

    def _window_changed(self) -> bool:
        self._fit()
        return False

    def _escape(self) -> bool:
        self.close()
        return True

    def _step(self, direction: int) -> bool:
        """Move the focus inside the dialog only."""
        widget: tkinter.Misc | None = self.focus_get()
        widget = widget if widget is not None and self._holds(widget) else self
        for _step in range(_MAX_STEPS):
            widget = widget.tk_focusNext() if direction > 0 else widget.tk_focusPrev()
            if widget is None:
                break
            if self._holds(widget):
                widget.focus_set()
                break
        return True

    def _holds(self, widget: tkinter.Misc) -> bool:
        return str(widget).startswith(f"{self}.")
