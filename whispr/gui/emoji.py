"""Whether drawing an emoji is safe on this computer.

On X11 an old libXft ends the process (BadLength) as soon as a colour emoji is drawn, so that any
peer could close the application with one message. From `SAFE_XFT_VERSION` on it draws them; with
an older one a process of its own tries it out before anything is shown here.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Callable, MutableMapping, Sequence

SAFE_XFT_VERSION = 20306
PROBE_SECONDS = 10
SAMPLE = "\U0001f600\U0001f389\u2764\ufe0f"
"""What the probe draws."""

Try = Callable[[], bool]


def xft_version(load: Callable[[str], ctypes.CDLL] = ctypes.CDLL) -> int | None:
    """The version of libXft as one number (2.3.6 is 20306); None where there is none."""
    try:
        version = load("libXft.so.2").XftGetVersion
    except (OSError, AttributeError):
        return None
    version.restype = ctypes.c_int
    return int(version())


def probe_command(*, frozen: bool | None = None) -> Sequence[str] | None:
    """How to start the probe; None in a bundled program, which cannot start an interpreter."""
    if getattr(sys, "frozen", False) if frozen is None else frozen:
        return None
    return (sys.executable, "-m", "whispr.gui.emoji_probe")


def survives(command: Sequence[str] | None) -> bool:
    """Whether a process that draws emoji lives to say so."""
    if command is None:
        return False
    try:
        done = subprocess.run(
            list(command), stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def emoji_are_safe(
    windowing_system: str,
    known: MutableMapping[str, bool],
    *,
    version: Callable[[], int | None] = xft_version,
    attempt: Try | None = None,
) -> bool:
    """Whether Tk may be given emoji.

    `windowing_system` is what Tk says (`tk windowingsystem`); only X11 is in question. `known`
    keeps the answer of the probe by version, in the settings of the application.
    """
    if windowing_system != "x11":
        return True
    found = version()
    if found is not None and found >= SAFE_XFT_VERSION:
        return True
    key = f"xft-{found}"
    if key not in known:
        known[key] = attempt() if attempt else survives(probe_command())
    return known[key]
