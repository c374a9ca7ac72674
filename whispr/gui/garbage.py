"""Collects cyclic garbage in the window's thread alone.

Images and variables of Tk that die in another thread call Tk from there: it stalls, or the process
ends. So the automatic collection is off, and timers of the window collect.
"""

from __future__ import annotations

import gc
import tkinter

YOUNG_MS = 2_000
IDLE_MS = 60_000
YOUNG_GENERATION = 1


class Garbage:
    """Takes over collection while a window lives."""

    def __init__(self, root: tkinter.Misc) -> None:
        self._root = root
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._young = root.after(YOUNG_MS, self._collect_young)
        self._idle = root.after(IDLE_MS, self._collect_idle)

    def _collect_young(self) -> None:
        gc.collect(YOUNG_GENERATION)
        self._young = self._root.after(YOUNG_MS, self._collect_young)

    def _collect_idle(self) -> None:
        gc.collect()
        self._idle = self._root.after(IDLE_MS, self._collect_idle)

    def touch(self) -> None:
        """The person does something: a full collection waits for a pause."""
        self._root.after_cancel(self._idle)
        self._idle = self._root.after(IDLE_MS, self._collect_idle)

    def collect(self) -> None:
        """Collect everything now: after a lock, nothing of what was shown may linger."""
        gc.collect()

    def close(self) -> None:
        """Give collection back."""
        self._root.after_cancel(self._young)
        self._root.after_cancel(self._idle)
        if self._was_enabled:
            gc.enable()
