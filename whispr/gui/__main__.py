"""Opens the window: where there is no display, or no tkinter, says what to do."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from whispr.errors import ConfigError


def open_window(folder: Path, environment: Mapping[str, str]) -> int:
    """Run the desktop client on the profile in `folder` until its window is closed.

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
    app.run()
    return 0


if __name__ == "__main__":
    from whispr.cli.main import main

    sys.exit(main(["gui", *sys.argv[1:]]))
