"""Notices that nobody has touched the window for a while."""

from __future__ import annotations

import time
import tkinter
from collections.abc import Callable

CHECK_MS = 5_000
TOUCHES = ("<Any-KeyPress>", "<Any-ButtonPress>", "<Motion>", "<MouseWheel>")


class Idle:
    """Calls `expired` once the window was left alone for `minutes()`; 0 is never."""

    def __init__(
        self,
        root: tkinter.Tk,
        *,
        minutes: Callable[[], int],
        expired: Callable[[], object],
        touched: Callable[[], object] = lambda: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = root
        self._minutes = minutes
        self._expired = expired
        self._touched = touched
        self._now = now
        self._last = now()
        for sequence in TOUCHES:
            root.bind_all(sequence, self._on_touch, add="+")
        self._timer = root.after(CHECK_MS, self._tick)

    def _on_touch(self, _event: object) -> None:
        now = self._now()
        if now - self._last >= 1:
            self._touched()
        self._last = now

    def check(self) -> None:
        """Is it time?"""
        minutes = self._minutes()
        if minutes and self._now() - self._last >= minutes * 60:
            self._last = self._now()
            self._expired()

    def _tick(self) -> None:
        self.check()
        self._timer = self._root.after(CHECK_MS, self._tick)

    def close(self) -> None:
        """Look no longer."""
        self._root.after_cancel(self._timer)
