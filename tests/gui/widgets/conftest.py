"""A window with the focus and its look."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

import pytest

from whispr.gui.look import Look

Settle = Callable[[Callable[[], bool]], None]


@pytest.fixture
def window(root: tkinter.Tk, settle: Settle) -> tkinter.Tk:
    """The root, on the screen and with the keyboard."""
    root.deiconify()
    root.geometry("900x640")
    root.update()
    root.focus_force()
    settle(lambda: root.focus_displayof() is not None and root.winfo_width() == 900)
    return root


@pytest.fixture
def look(window: tkinter.Tk) -> Look:
    """The light look of that window."""
    return Look(window)


@pytest.fixture
def focus(window: tkinter.Tk, settle: Settle) -> Callable[[tkinter.Misc], None]:
    """Give a widget the keyboard and wait until it has it."""

    def give(widget: tkinter.Misc) -> None:
        window.update()
        widget.focus_force()
        settle(lambda: window.focus_get() is widget)
        window.update()

    return give
