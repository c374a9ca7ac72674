"""The place for a banner over the conversation: says something, or takes no room."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.look import Look
from whispr.gui.state import BannerLine
from whispr.gui.widgets.banner import Banner, BannerKind


class BannerSlot:
    """Keeps at most one banner in a frame of its own."""

    def __init__(self, slot: tkinter.Frame, look: Look, pressed: Callable[[str], object]) -> None:
        self._slot = slot
        self._look = look
        self._pressed = pressed
        self._banner: Banner | None = None
        self._line: BannerLine | None = None

    @property
    def banner(self) -> Banner | None:
        """What is shown."""
        return self._banner

    def show(self, line: BannerLine | None) -> None:
        """Say this, or nothing."""
        if line == self._line:
            return
        before, self._line = self._line, line
        if line is None:
            self._clear()
            # An empty frame keeps the height it had.
            self._slot.configure(height=1)
            return
        kind: BannerKind = "danger" if line.tone == "danger" else "warn"
        if self._banner is not None and before is not None and before.actions == line.actions:
            self._banner.set(line.text, icon=line.icon, kind=kind)
            return
        self._clear()
        actions = [(action, self._press(action)) for action in line.actions]
        self._banner = Banner(
            self._slot, self._look, line.text, icon=line.icon, kind=kind, actions=actions
        )
        self._banner.pack(fill="x")

    def _clear(self) -> None:
        if self._banner is not None:
            self._banner.destroy()
            self._banner = None

    def _press(self, action: str) -> Callable[[], object]:
        return lambda: self._pressed(action)
