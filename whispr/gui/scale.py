"""How many pixels of the screen make one pixel of the design."""

from __future__ import annotations

import ctypes
import re
import subprocess
import sys
import tkinter
from collections.abc import Callable, Sequence

MIN_TEXT_PERCENT = 75
MAX_TEXT_PERCENT = 300
TEXT_PERCENT_STEPS = (75, 90, 100, 110, 125, 150, 175, 200, 250, 300)
"""Where Ctrl + and Ctrl - stop."""

_DESIGN_DPI = 96
_QUERY_SECONDS = 2

Query = Callable[[Sequence[str]], str]
"""Runs a command and returns what it prints, or an empty string."""


def ask(command: Sequence[str]) -> str:
    """What the command prints; an empty string where it is missing, slow or fails."""
    try:
        done = subprocess.run(
            list(command), capture_output=True, timeout=_QUERY_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace")


def claim_dpi_awareness(platform: str = sys.platform) -> None:
    """Tell Windows, before the first window, that we scale ourselves."""
    if platform == "win32":
        getattr(ctypes, "windll").shcore.SetProcessDpiAwareness(2)  # noqa: B009


def screen_scale(reported_dpi: float, *, resources: str = "", gdk_scale: str = "") -> float:
    """Pixels of the screen for one of the design, at least 1.

    `resources` is what `xrdb -query` prints: its `Xft.dpi` is what the desktop set, while X11 and
    XWayland say 96 on dense screens too. `gdk_scale` is the variable of that name.
    """
    named = re.search(r"^Xft\.dpi:\s*([0-9.]{1,8})\s*$", resources, re.MULTILINE)
    candidates = [reported_dpi / _DESIGN_DPI]
    if named and _number(named[1]) > 0:
        candidates = [_number(named[1]) / _DESIGN_DPI]
    elif _number(gdk_scale) > 0:
        candidates = [_number(gdk_scale)]
    return min(4.0, max(1.0, candidates[0]))


def scale_of(
    root: tkinter.Misc, *, text_percent: int = 100, gdk_scale: str = "", query: Query = ask
) -> float:
    """The scale of a window: its screen times the person's choice of text size."""
    on_x11 = root.tk.call("tk", "windowingsystem") == "x11"
    resources = query(("xrdb", "-query")) if on_x11 else ""
    screen = screen_scale(
        root.winfo_fpixels("1i"), resources=resources, gdk_scale=gdk_scale if on_x11 else ""
    )
    return screen * within_limits(text_percent) / 100


def within_limits(text_percent: int) -> int:
    """The nearest percentage that can be chosen."""
    return min(MAX_TEXT_PERCENT, max(MIN_TEXT_PERCENT, text_percent))


def next_step(text_percent: int, direction: int) -> int:
    """The next stop larger (1) or smaller (-1)."""
    if direction > 0:
        return next((step for step in TEXT_PERCENT_STEPS if step > text_percent), MAX_TEXT_PERCENT)
    smaller = [step for step in TEXT_PERCENT_STEPS if step < text_percent]
    return smaller[-1] if smaller else MIN_TEXT_PERCENT


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
