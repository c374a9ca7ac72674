"""The PIN is lost: says so plainly, and offers to start over after a typed confirmation."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from whispr.gui.views.confirm import TypedConfirmation

if TYPE_CHECKING:
    from whispr.gui.app import App

WORD = "start over"


def forgotten(app: App) -> None:
    """Open the dialog; the old profile is set aside, never deleted."""
    dialog = app.dialog("Forgot your PIN?", 460)

    def start_over() -> None:
        dialog.close()
        set_aside(app.paths.folder)
        app.begin_anew()

    view = TypedConfirmation(
        dialog.body,
        dialog.inner,
        text="Your keys are encrypted with it. Nobody can reset it, and without it your messages "
        "and your identity cannot be recovered. Keep trying if you may remember it.\n\n"
        "Or start over: you become somebody new, and your contacts have to add you again. "
        "The old profile is set aside on this computer, not deleted.",
        word=WORD,
        label="Start over",
        confirmed=start_over,
        cancelled=dialog.close,
    )
    dialog.open(view.field.entry)


def set_aside(folder: Path, stamp: int | None = None) -> Path:
    """Give the folder of a profile another name; returns it."""
    target = folder.with_name(f"{folder.name}-{stamp or int(time.time())}")
    folder.rename(target)
    return target
