"""A frame that scrolls when its content is taller than the room it has."""

from __future__ import annotations

import tkinter

from whispr.gui.look import Look
from whispr.gui.widgets.bindings import bind_tag, bind_wheel, bind_wheel_tag
from whispr.gui.widgets.scrollbar import ScrollBar

WHEEL_PIXELS = 60


class ScrollFrame(tkinter.Frame):
    """Put widgets into `body`; wheel and keyboard focus move it."""

    def __init__(self, parent: tkinter.Misc, look: Look, *, on: str = "bg") -> None:
        super().__init__(parent, bd=0, background=look.color(on))
        self._look = look
        self._on = on
        self._canvas = tkinter.Canvas(self, bd=0, highlightthickness=0, takefocus=False)
        self._bar = ScrollBar(self, look, self._canvas.yview_moveto, on=on)
        self._canvas.configure(yscrollincrement=1)
        # By name: what Tk hands over are texts.
        self._canvas.configure(yscrollcommand=self.register(self._scrolled))
        self._canvas.pack(side="left", fill="both", expand=True)
        self.body = tkinter.Frame(self._canvas, bd=0)
        self._window = self._canvas.create_window(0, 0, anchor="nw", window=self.body)
        self._tag = f"scroll{self}"
        self.body.bind("<Configure>", lambda _event: self._content_changed(), add="+")
        self._canvas.bind("<Configure>", self._resized, add="+")
        bind_wheel(self._canvas, self.turn)
        bind_wheel_tag(self, self._tag, self.turn)
        bind_tag(self, self._tag, "<FocusIn>", self._reveal_focus)
        look.follow(self, self._dress)
        self._dress()

    @property
    def bar(self) -> ScrollBar:
        """The scrollbar, there only when it is needed."""
        return self._bar

    def turn(self, notches: float) -> None:
        """Scroll by notches of the wheel."""
        if self._bar.is_needed:
            self._canvas.yview_scroll(round(notches * self._look.px(WHEEL_PIXELS)), "units")

    def to_top(self) -> None:
        """Show the beginning."""
        self._canvas.yview_moveto(0)

    def reveal(self, widget: tkinter.Misc) -> None:
        """Scroll so far that a widget inside can be seen."""
        top = widget.winfo_rooty() - self.body.winfo_rooty()
        bottom, edge = top + widget.winfo_height(), self._look.px(8)
        first, height = self._canvas.canvasy(0), self._canvas.winfo_height()
        whole = max(1, self.body.winfo_height())
        if top - edge < first:
            self._canvas.yview_moveto(max(0, top - edge) / whole)
        elif bottom + edge > first + height:
            self._canvas.yview_moveto((bottom + edge - height) / whole)

    def _reveal_focus(self) -> bool:
        widget = self.focus_get()
        if widget is not None and str(widget).startswith(f"{self.body}."):
            self.reveal(widget)
        return False

    def _content_changed(self) -> None:
        self._canvas.configure(
            scrollregion=(0, 0, self.body.winfo_reqwidth(), self.body.winfo_reqheight()),
            height=self.body.winfo_reqheight(),
            width=self.body.winfo_reqwidth(),
        )
        self._adopt(self.body)

    def _adopt(self, widget: tkinter.Misc) -> None:
        """Let wheel and focus of everything inside reach this frame."""
        if self._tag not in widget.bindtags():
            widget.bindtags((*widget.bindtags(), self._tag))
        for child in widget.winfo_children():
            # A scrolling frame inside turns its own content.
            if not isinstance(child, ScrollFrame):
                self._adopt(child)

    def _resized(self, event: tkinter.Event[tkinter.Misc]) -> None:
        self._canvas.itemconfigure(self._window, width=event.width)

    def _scrolled(self, first: str, last: str) -> None:
        self._bar.set(first, last)
        if self._bar.is_needed:
            self._bar.pack(side="right", fill="y")
        else:
            self._bar.pack_forget()

    def _dress(self) -> None:
        ground = self._look.color(self._on)
        frames: tuple[tkinter.Frame | tkinter.Canvas, ...] = (self, self._canvas, self.body)
        for widget in frames:
            widget.configure(background=ground)
