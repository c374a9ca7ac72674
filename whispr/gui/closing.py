"""Closing the window: asks only when something would be interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whispr.gui.app import App


class Closing:
    """What a person is asked before the window goes.

    What is queued lies on the disk, so nobody is asked about that.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._asked = False

    def begin(self) -> None:
        """Close, or ask while files are being sent; who closes twice is not asked."""
        if self._app.desk is None or self._asked:
            self._app.end()
            return
        self._asked = True
        self._app.ask(self._app.actions.uploads_running, self._judge, lambda _: self._app.end())

    def _judge(self, count: int) -> None:
        desk = self._app.desk
        if not count or desk is None:
            self._app.end()
            return
        files = "A file is" if count == 1 else f"{count} files are"
        dialog = desk.dialogs.confirm(
            "Close while sending?",
            f"{files} still being sent. It goes on when Whispr is open again.",
            "Close",
            self._app.end,
        )
        dialog.cancel.bind("<Destroy>", lambda _event: self._forget(), add="+")

    def _forget(self) -> None:
        self._asked = False
