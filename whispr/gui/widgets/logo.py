"""The sign of the application."""

from __future__ import annotations

import tkinter

from whispr.gui.look import Look
from whispr.gui.widgets.drawn import Drawn


class Logo(Drawn):
    """The speech bubble with a keyhole in its square."""

    def __init__(
        self, parent: tkinter.Misc, look: Look, *, size: float = 72, on: str = "bg"
    ) -> None:
        self._size = size
        super().__init__(parent, look, width=size, height=size, on=on)

    def paint(self) -> None:
        """Draw it."""
        self.create_image(0, 0, anchor="nw", image=self.look.images.logo(self._size, self.on))
