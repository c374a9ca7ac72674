"""One callback that is due once, and can be put off or dropped."""

from __future__ import annotations

import tkinter
from collections.abc import Callable


class Timer:
    """A timer of a widget; it does not outlive it."""

    def __init__(self, widget: tkinter.Misc, due: Callable[[], None]) -> None:
        self._widget = widget
        self._due = due
        self._name: str | None = None
        widget.bind("<Destroy>", self._destroyed, add="+")

    @property
    def is_running(self) -> bool:
        """Whether the callback is still to come."""
        return self._name is not None

    def start(self, delay_ms: int) -> None:
        """Be due after that long, counted from now."""
        self.stop()
        self._name = self._widget.after(delay_ms, self._ring)

    def when_idle(self) -> None:
        """Be due when there is nothing else to do, once for however many calls."""
        if self._name is None:
            self._name = self._widget.after_idle(self._ring)

    def stop(self) -> None:
        """Never mind."""
        if self._name is not None:
            self._widget.after_cancel(self._name)
            self._name = None

    def _ring(self) -> None:
        self._name = None
        self._due()

    def _destroyed(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if event.widget is self._widget:
            self.stop()
