"""Names and roles for screen readers, where Tk can tell them (9.1 and later)."""

from __future__ import annotations

import tkinter

FIRST_VERSION = (9, 1)


def describe(widget: tkinter.Misc, role: str, name: str) -> bool:
    """Say what a widget is and what it is called; False where this Tk cannot."""
    major, minor = (int(part) for part in str(tkinter.TkVersion).split("."))
    if (major, minor) < FIRST_VERSION:
        return False
    try:
        widget.tk.call("tk", "accessible", "set_acc_role", widget, role)
        widget.tk.call("tk", "accessible", "set_acc_name", widget, name)
    except tkinter.TclError:
        return False
    return True
