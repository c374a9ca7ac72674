"""Files that are dropped on the window, where the extra `tkinterdnd2` is installed."""

from __future__ import annotations

import importlib
import tkinter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Dropped = Callable[[Sequence[Path]], object]
Hover = Callable[[bool], object]


def load_dnd(root: tkinter.Misc) -> Any | None:
    """The module, loaded into this Tk; None where it is missing or does not fit."""
    try:
        module = importlib.import_module("tkinterdnd2")
        module.TkinterDnD._require(root)
    except (ImportError, RuntimeError, tkinter.TclError, AttributeError):
        return None
    return module


def dropped_paths(root: tkinter.Misc, data: str) -> list[Path]:
    """The ordinary files in what was dropped; it is a Tcl list, not words."""
    try:
        names = root.tk.splitlist(data)
    except tkinter.TclError:
        return []
    return [path for path in map(Path, map(str, names)) if _is_ordinary(path)]


def _is_ordinary(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def accept_drops(widget: tkinter.Misc, module: Any | None, dropped: Dropped, hover: Hover) -> bool:
    """Let files be dropped on a widget; False when that is not to be had here."""
    if module is None:
        return False
    target: Any = widget

    def entered(event: Any) -> str:
        hover(True)
        return str(event.action)

    def left(event: Any) -> str:
        hover(False)
        return str(event.action)

    def landed(event: Any) -> str:
        hover(False)
        paths = dropped_paths(widget, event.data)
        if paths:
            dropped(paths)
        return str(event.action)

    target.drop_target_register(module.DND_FILES)
    target.dnd_bind("<<DropEnter>>", entered)
    target.dnd_bind("<<DropLeave>>", left)
    target.dnd_bind("<<Drop>>", landed)
    return True
