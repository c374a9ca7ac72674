"""The message that a search points at, for a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whispr.gui.conversation.timer import Timer

if TYPE_CHECKING:
    import tkinter
    from collections.abc import Callable

    from whispr.gui.conversation.painter import RowPainter

FLASH_MS = 1_200


class Flash:
    """Draws one message in another colour and ends that by itself."""

    def __init__(
        self, widget: tkinter.Misc, painter: RowPainter, redraw: Callable[[int], None]
    ) -> None:
        self._painter = painter
        self._redraw = redraw
        self._over = Timer(widget, self.end)

    def begin(self, message_id: int) -> None:
        """Point at this one; no longer at another."""
        self.end()
        self._painter.flashing = message_id
        self._over.start(FLASH_MS)
        self._redraw(message_id)

    def end(self) -> None:
        """Point at nothing."""
        self._over.stop()
        message_id, self._painter.flashing = self._painter.flashing, None
        if message_id is not None:
            self._redraw(message_id)
