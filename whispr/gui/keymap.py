"""The keyboard: one table, from which both the bindings and the sheet of shortcuts are made."""

from __future__ import annotations

import sys
import tkinter
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A key combination of the whole window."""

    action: str
    """Name of what it does; the window maps it to a function."""
    keys: tuple[str, ...]
    """Tk sequences without brackets; `Control` is `Command` on macOS."""
    text: str
    """For the sheet."""
    group: str
    bound: bool = True
    """False: the view that has the focus takes it; the sheet lists it all the same."""
    listed: bool = True
    """False: the line before it in the sheet stands for it too."""


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut("search_all", ("Control-k",), "Search everywhere", "Find"),
    Shortcut("search_here", ("Control-f",), "Search in this chat", "Find"),
    Shortcut("next_hit", ("F3",), "Next hit", "Find"),
    Shortcut("previous_hit", ("Shift-F3",), "Previous hit", "Find"),
    Shortcut("next_chat", ("Alt-Down", "Control-Tab"), "Next chat", "Chats"),
    Shortcut(
        "previous_chat",
        ("Alt-Up", "Control-Shift-Tab", "Control-ISO_Left_Tab"),
        "Previous chat",
        "Chats",
    ),
    Shortcut("next_unread", ("Alt-Shift-Down",), "Next unread chat", "Chats"),
    Shortcut("previous_unread", ("Alt-Shift-Up",), "Previous unread chat", "Chats"),
    *(
        Shortcut(
            f"chat_{number}",
            (f"Control-Key-{number}",),
            f"Chat {number} of the list" + (", to 9" if number == 1 else ""),
            "Chats",
            listed=number == 1,
        )
        for number in range(1, 10)
    ),
    Shortcut("add_contact", ("Control-n",), "Add a contact", "People"),
    Shortcut("copy_address", ("Control-Shift-A",), "Copy my address", "People"),
    Shortcut("verify", ("Control-Shift-V",), "Verify contact", "People"),
    Shortcut("send", ("Return",), "Send", "Writing", bound=False),
    Shortcut("new_line", ("Shift-Return",), "New line", "Writing", bound=False),
    Shortcut("always_send", ("Control-Return",), "Always sends", "Writing", bound=False),
    Shortcut("select_own", ("Up",), "In an empty line: last own message", "Writing", bound=False),
    Shortcut("attach", ("Control-o",), "Attach a file", "Writing"),
    Shortcut("paste", ("Control-v",), "Paste text, or a file as staged", "Writing", bound=False),
    Shortcut("scroll_up", ("Prior",), "Scroll messages up", "Reading", bound=False),
    Shortcut("scroll_down", ("Next",), "Scroll messages down", "Reading", bound=False),
    Shortcut("to_top", ("Control-Home",), "First message", "Reading", bound=False),
    Shortcut("to_bottom", ("Control-End",), "Last message", "Reading", bound=False),
    Shortcut("copy", ("Control-c",), "Copy the selection", "Reading", bound=False),
    Shortcut("select_all", ("Control-a",), "Select all", "Reading", bound=False),
    Shortcut("menu", ("Menu", "Shift-F10"), "Menu of the message or row", "Reading", bound=False),
    Shortcut("reading_view", ("F7",), "Reading view on or off", "Reading"),
    Shortcut("next_pane", ("F6",), "Next part: list, header, messages, writing", "Window"),
    Shortcut("previous_pane", ("Shift-F6",), "Previous part", "Window"),
    Shortcut("escape", ("Escape",), "Close, clear, then back to writing", "Window"),
    Shortcut("lock", ("Control-l",), "Lock now", "Window"),
    Shortcut("settings", ("Control-comma",), "Settings", "Window"),
    Shortcut("larger", ("Control-plus", "Control-equal", "Control-KP_Add"), "Larger", "Window"),
    Shortcut("smaller", ("Control-minus", "Control-KP_Subtract"), "Smaller text", "Window"),
    Shortcut("usual_size", ("Control-Key-0",), "Usual text size", "Window"),
    Shortcut("shortcuts", ("F1",), "This sheet", "Window"),
    Shortcut("quit", ("Control-q",), "Quit", "Window"),
)
_SHOWN = {
    "Control": "Ctrl",
    "comma": ",",
    "plus": "+",
    "equal": "=",
    "minus": "−",
    "Prior": "PgUp",
    "Next": "PgDn",
    "Return": "Enter",
    "Escape": "Esc",
}


def sequences(shortcut: Shortcut, platform: str = sys.platform) -> tuple[str, ...]:
    """The Tk sequences of a shortcut on this system."""
    # Shift+Tab has a name of its own where X is, and only there.
    known = [key for key in shortcut.keys if "ISO_" not in key or platform.startswith("linux")]
    return tuple(f"<{_local(key, platform)}>" for key in known)


def shown_keys(shortcut: Shortcut, platform: str = sys.platform) -> str:
    """The first combination as people write it: `Ctrl Shift A`."""
    parts = _local(shortcut.keys[0], platform).split("-")
    parts = [_SHOWN.get(part, part) for part in parts if part != "Key"]
    return " ".join(part.upper() if len(part) == 1 else part for part in parts)


def matching(query: str) -> tuple[Shortcut, ...]:
    """The lines of the sheet that hold every word."""
    words = query.casefold().split()
    return tuple(
        shortcut
        for shortcut in SHORTCUTS
        if shortcut.listed
        and all(word in f"{shortcut.text} {shown_keys(shortcut)}".casefold() for word in words)
    )


def bind(
    window: tkinter.Misc,
    actions: Mapping[str, Callable[[], object]],
    platform: str = sys.platform,
) -> None:
    """Bind every shortcut of the window that has an action; the key does nothing else then."""
    for shortcut in SHORTCUTS:
        if shortcut.bound and shortcut.action in actions:
            for sequence in sequences(shortcut, platform):
                window.bind(sequence, _handler(actions[shortcut.action]))


def unbind(window: tkinter.Misc, platform: str = sys.platform) -> None:
    """Take every binding away: behind the lock no key does anything."""
    for shortcut in SHORTCUTS:
        if shortcut.bound:
            for sequence in sequences(shortcut, platform):
                window.unbind(sequence)


def _handler(action: Callable[[], object]) -> Callable[[object], str]:
    def handle(_event: object) -> str:
        action()
        return "break"

    return handle


def _local(key: str, platform: str) -> str:
    return key.replace("Control-", "Command-") if platform == "darwin" else key
