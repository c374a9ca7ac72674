"""The picture of a key as a widget."""

from __future__ import annotations

import tkinter

from whispr.gui.look import Look
from whispr.gui.widgets.avatar import draw_identicon
from whispr.gui.widgets.drawn import Drawn


class Identicon(Drawn):
    """A symmetric picture that changes with the key."""

    def __init__(
        self, parent: tkinter.Misc, look: Look, key: bytes, *, size: float = 48, on: str = "bg"
    ) -> None:
        self._key = key
        self._size = size
        super().__init__(parent, look, width=size, height=size, on=on)

    def set_key(self, key: bytes) -> None:
        """Show another key."""
        self._key = key
        self.redraw()

    def paint(self) -> None:
        """Draw the picture."""
        draw_identicon(self, self.look, 0, 0, self._size, self._key, self.on)
