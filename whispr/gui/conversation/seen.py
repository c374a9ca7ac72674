"""Which messages somebody had before his eyes."""

from __future__ import annotations

from collections.abc import Callable

from whispr.gui.conversation.viewport import Viewport


class Seen:
    """Tells the newest message that came into view, each one once, while the window is shown."""

    def __init__(self, viewport: Viewport, is_shown: Callable[[], bool]) -> None:
        self._viewport = viewport
        self._is_shown = is_shown
        self._newest_id = 0
        self.tell: Callable[[int], object] | None = None
        """Given the id of the newest message that was in view."""

    def forget(self) -> None:
        """Another conversation, or the window comes to the front again."""
        self._newest_id = 0

    def look(self) -> None:
        """The view has changed."""
        rows = self._viewport.rows
        if rows and rows[-1].message_id > self._newest_id and self._is_shown():
            self._newest_id = rows[-1].message_id
            if self.tell is not None:
                self.tell(self._newest_id)
