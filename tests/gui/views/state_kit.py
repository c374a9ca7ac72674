"""States of the main window for the tests of its views, and what a view shows."""

from __future__ import annotations

import tkinter
from dataclasses import replace
from tkinter import ttk
from typing import Any

from whispr.gui.items import ConversationItem, OwnItem, RequestItem
from whispr.gui.state import AppState

OWN = OwnItem("Alice", bytes(32), "wsp1" + "q" * 40, "whispr://card-of-alice")
BOB = ConversationItem(
    *(1, "Bob", b"b" * 32),
    last_line="See you tonight",
    last_kind="text",
    time_ms=1_780_315_200_000,
    address="wsp1" + "b" * 40,
)
CAROL = ConversationItem(2, "Carol", b"c" * 32, address="wsp1" + "c" * 40)
DAVE = ConversationItem(3, "Dave", b"d" * 32, unread=120, address="wsp1" + "d" * 40)
STRANGER = RequestItem(9, "Mallory", b"m" * 32, "wsp1" + "m" * 40, ("hello", "are you there"))


def state_of(*conversations: ConversationItem, **changes: Any) -> AppState:
    """A main window with these contacts."""
    return replace(AppState(OWN, conversations), **changes)


def clock_ms() -> int:
    """An hour after the last message of Bob."""
    return 1_780_318_800_000


def texts_of(widget: tkinter.Misc) -> list[str]:
    """The words that a view shows, newest part last."""
    found: list[str] = []
    if isinstance(widget, tkinter.Label | ttk.Label):
        found.append(str(widget.cget("text")))
    if isinstance(widget, tkinter.Canvas):
        items = [item for item in widget.find_all() if widget.type(item) == "text"]
        found += [str(widget.itemcget(item, "text")) for item in items]
    for child in widget.winfo_children():
        found += texts_of(child)
    return [text for text in found if text]


def caption(button: tkinter.Misc) -> str:
    """What stands on a button."""
    return str(button.tk.call(button, "cget", "-text"))
