"""A part of the chat in a window, with a recorder of what it asks for."""

from __future__ import annotations

import tkinter

from whispr.gui.look import Look

FOCUS_SECONDS = 10.0


def placed(widget: tkinter.Widget, *, width: int = 760, height: int = 500) -> None:
    """Put a widget into the window and give it the focus."""
    widget.place(x=0, y=0, width=width, height=height)
    widget.update()


def look_of(root: tkinter.Tk) -> Look:
    """The light theme at its own size."""
    return Look(root)


def focused(widget: tkinter.Widget) -> None:
    """Give a widget the focus, and wait until the X server has said so: a key that comes before
    goes nowhere."""
    widget.focus_force()
    expired: list[bool] = []
    timer = widget.after(round(FOCUS_SECONDS * 1000), lambda: expired.append(True))
    while widget.focus_displayof() is not widget:
        assert not expired, "the widget did not get the focus"
        widget.tk.dooneevent(0)
    widget.after_cancel(timer)
    widget.update()


def typed(widget: tkinter.Widget, *sequences: str) -> None:
    """Keys, one after the other, to a widget that has the focus."""
    focused(widget)
    for sequence in sequences:
        widget.event_generate(sequence)
        widget.update()


def written(widget: tkinter.Widget, words: str) -> None:
    """Type words as a person would."""
    names = {" ": "space", "\n": "Return"}
    typed(widget, *(f"<Key-{names.get(letter, letter)}>" for letter in words))
