"""Bindings that end with the widget that made them, and the wheel of every Tk."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

Handler = Callable[[], bool]
WheelHandler = Callable[[float], None]
"""Called with the notches turned, positive downwards."""

TOUCHPAD_PIXELS = 60
"""Tk 9 reports touchpads in pixels; a notch of a wheel moves as many."""


def bind_tag(owner: tkinter.Misc, tag: str, sequence: str, handler: Handler) -> str:
    """Bind on a tag or window that outlives `owner`; returns the script that stood there.

    A handler that returns True ends the event, else what was bound before runs too. `tkinter`
    frees the command of a binding with the window it is on, so one made on the main window by a
    dialog would keep the dialog forever.
    """
    before = str(owner.tk.call("bind", tag, sequence))
    command = owner.register(handler)
    owner.tk.call("bind", tag, sequence, f"if {{[{command}]}} break\n{before}")
    return before


def window_keys_first(widget: tkinter.Misc) -> None:
    """Let the keys of the window win over what Tk does with them in a text or entry.

    Else Ctrl+K deletes to the end of the line before it begins a search, Ctrl+O makes a new line,
    and a `<Tab>` or `<Up>` of the widget takes Ctrl+Tab and Alt+Up too.
    """
    window = str(widget.winfo_toplevel())
    others = [tag for tag in widget.bindtags() if tag != window]
    widget.bindtags((window, *others))


def rebind(owner: tkinter.Misc, tag: str, sequence: str, script: str) -> None:
    """Put back the script that `bind_tag` returned."""
    owner.tk.call("bind", tag, sequence, script)


def bind_wheel(widget: tkinter.Misc, handler: WheelHandler) -> None:
    """Wheel and touchpad on one widget: X11 sends buttons, everybody else (and Tk 9) events."""
    widget.bind("<Button-4>", lambda _event: handler(-1.0), add="+")
    widget.bind("<Button-5>", lambda _event: handler(1.0), add="+")
    widget.bind("<MouseWheel>", lambda event: handler(notches(event.delta)), add="+")
    if tkinter.TkVersion >= 9:
        touchpad = widget.register(lambda delta: handler(touchpad_notches(int(delta))))
        widget.tk.call("bind", widget, "<TouchpadScroll>", f"{touchpad} %D")


def bind_wheel_tag(owner: tkinter.Misc, tag: str, handler: WheelHandler) -> None:
    """The same on a tag, for as long as `owner` lives."""
    turn = owner.register(lambda delta: handler(notches(int(delta))))
    up = owner.register(lambda: handler(-1.0))
    down = owner.register(lambda: handler(1.0))
    owner.tk.call("bind", tag, "<MouseWheel>", f"{turn} %D")
    owner.tk.call("bind", tag, "<Button-4>", up)
    owner.tk.call("bind", tag, "<Button-5>", down)
    if tkinter.TkVersion >= 9:
        touchpad = owner.register(lambda delta: handler(touchpad_notches(int(delta))))
        owner.tk.call("bind", tag, "<TouchpadScroll>", f"{touchpad} %D")


def notches(delta: int) -> float:
    """Notches of a `<MouseWheel>` event: 120 for one, or small numbers on older macOS."""
    return -delta / 120 if abs(delta) >= 15 else -delta / 10


def touchpad_notches(packed: int) -> float:
    """Notches of a `<TouchpadScroll>` event: the lower 16 bits are the way down, signed."""
    down = packed & 0xFFFF
    return -(down - 0x10000 if down >= 0x8000 else down) / TOUCHPAD_PIXELS
