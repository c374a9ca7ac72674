"""The clipboard: copies, clears what was secret, and hands over when the window closes.

On X11 the clipboard is a promise of a living process: at the end its text is given to a program
that keeps it, where there is one.
"""

from __future__ import annotations

import subprocess
import tkinter
from collections.abc import Callable, Sequence

SECRET_MS = 60_000
KEEPERS: tuple[tuple[str, ...], ...] = (("wl-copy",), ("xclip", "-selection", "clipboard"))
_HAND_OVER_SECONDS = 2.0

Which = Callable[[str], str | None]
Run = Callable[[Sequence[str], bytes], None]


def run_keeper(command: Sequence[str], text: bytes) -> None:
    """Start a program that keeps a text; it goes on by itself."""
    try:
        subprocess.run(
            list(command),
            input=text,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_HAND_OVER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return  # the text ends with the window, as it would have without the program


class Clipboard:
    """The clipboard of one window."""

    def __init__(self, root: tkinter.Misc, *, which: Which, run: Run = run_keeper) -> None:
        self._root = root
        self._which = which
        self._run = run
        self._ours = ""
        self._secret = False
        self._timer = ""

    def copy(self, text: str, *, secret: bool = False) -> None:
        """Put a text on the clipboard; a secret one goes after a minute, if it is still ours."""
        self._root.clipboard_clear()
        self._root.clipboard_append(text)
        self._ours, self._secret = text, secret
        self._cancel()
        if secret:
            self._timer = self._root.after(SECRET_MS, self.clear_secret)

    def clear_secret(self) -> None:
        """Take a secret away again; whatever somebody else put there stays."""
        self._cancel()
        if self._secret and self.holds_ours():
            self._root.clipboard_clear()
            self._root.clipboard_append("")
        if self._secret:
            self._ours, self._secret = "", False

    def holds_ours(self) -> bool:
        """Whether the clipboard still has what was copied here."""
        try:
            return bool(self._ours) and self._root.clipboard_get() == self._ours
        except tkinter.TclError:
            return False

    def paste(self) -> str:
        """The text of the clipboard, or nothing."""
        try:
            return str(self._root.clipboard_get())
        except tkinter.TclError:
            return ""

    def close(self) -> None:
        """The window goes: a secret goes with it, anything else is handed over."""
        self.clear_secret()
        if self._root.tk.call("tk", "windowingsystem") == "x11" and self.holds_ours():
            for command in KEEPERS:
                if self._which(command[0]):
                    self._run(command, self._ours.encode("utf-8", "ignore"))
                    return

    def _cancel(self) -> None:
        if self._timer:
            self._root.after_cancel(self._timer)
            self._timer = ""
