"""Opens the window: where there is no display, or no tkinter, says what to do."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from whispr.errors import ConfigError


def open_window(
    folder: Path,
    environment: Mapping[str, str],
    hooks: tuple[TextIO, TextIO] | None = None,
    secret: str = "",
) -> int:
    """Run the desktop client on the profile in `folder` until its window is closed.

    `hooks`: where a test asks and is answered (`whispr.gui.hooks`); `secret`: unlocks the profile,
    so that nobody is asked for it (the demo).

    Raises:
        ConfigError: there is no display, or this Python has no tkinter.
    """
    try:
        import tkinter
    except ImportError as error:
        raise ConfigError(
            "this Python has no tkinter: on Debian, sudo apt-get install python3-tk"
        ) from error
    from whispr.gui.app import App
    from whispr.gui.scale import claim_dpi_awareness
    from whispr.gui.systemtheme import system_is_dark

    claim_dpi_awareness()
    try:
        root = tkinter.Tk(className="Whispr")
    except tkinter.TclError as error:
        raise ConfigError(
            "there is no display to open a window on; whispr --help lists the commands"
        ) from error
    app = App(
        root,
        folder,
        environment=environment,
        which=shutil.which,
        system_is_dark=lambda: system_is_dark(shutil.which),
    )
    if hooks is not None:
        from whispr.gui.hooks import Hooks

        Hooks(app, *hooks)
    if secret:
        root.after_idle(lambda: app.entrance.unlock(secret))
    app.run()
    return 0
