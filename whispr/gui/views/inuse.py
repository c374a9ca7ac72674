"""The screen for a profile that another process has open."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.look import Look
from whispr.gui.views.parts import middle_column, surface, words
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.logo import Logo

WIDTH = 380


class InUseView:
    """Says that the profile is open already, and offers to look again."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        *,
        again: Callable[[], object],
        close: Callable[[], object],
    ) -> None:
        px = look.px
        column = middle_column(parent)
        Logo(column, look, size=72).pack(pady=(0, px(20)))
        words(column, look, "This profile is open already", font="h1").pack()
        words(
            *(column, look),
            "Another Whispr on this computer has it open. Close that one first, or go on there. "
            "Two at once would lose messages.",
            tone="Dim",
            wrap=WIDTH,
            center=True,
        ).pack(pady=(px(6), px(22)))
        row = surface(column)
        row.pack()
        self.again = Button(row, "Try again", again, kind="primary")
        self.again.pack(side="left", padx=(0, px(10)))
        Button(row, "Close", close).pack(side="left")
        self.again.focus_set()
