"""Opens links and files with the programs of the desktop."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import PurePath

RUNNABLE = frozenset(
    (
        *(".exe .com .bat .cmd .msi .scr .ps1 .vbs .js .jse .wsf .hta .lnk .reg .cpl".split()),
        *(".sh .bash .run .appimage .desktop .py .pyw .pl .rb .jar .deb .rpm .bin .out".split()),
        *(".app .command .workflow .pkg .dmg .html .htm .svg .xhtml".split()),
    )
)
"""What a desktop may run instead of showing: asked about first."""

Start = Callable[[Sequence[str]], object]


def open_command(target: str, platform: str = sys.platform) -> list[str]:
    """The command that opens a link or a path; never through a shell."""
    if platform == "darwin":
        return ["open", target]
    if platform == "win32":
        return ["rundll32", "url.dll,FileProtocolHandler", target]
    return ["xdg-open", target]


def may_run(name: str) -> bool:
    """Whether opening a file of this name may run something."""
    path = PurePath(name.strip().rstrip(". ").lower())
    return path.suffix in RUNNABLE or not path.suffix


class Opener:
    """Opens things beside the window.

    Args:
        start: starts a program beside the window.
    """

    def __init__(self, start: Start, platform: str = sys.platform) -> None:
        self._start = start
        self._platform = platform

    def open_link(self, target: str) -> bool:
        """Open a link in the browser; False for anything but http and https."""
        if not target.lower().startswith(("http://", "https://")):
            return False
        self._start(open_command(target, self._platform))
        return True

    def open_file(self, path: str) -> None:
        """Open a file with the program of its kind."""
        self._start(open_command(path, self._platform))
