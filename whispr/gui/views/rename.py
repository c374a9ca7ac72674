"""Asks for another name."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.look import Look
from whispr.gui.views.parts import surface, words
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.field import Field
from whispr.gui.widgets.note import Note

WIDTH = 368


class RenameView:
    """A field and two buttons."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        name: str,
        done: Callable[[str], object],
        cancel: Callable[[], object],
    ) -> None:
        self._done = done
        px = look.px
        words(parent, look, "Name (only you see it)", font="small_bold", on="raised").pack(
            anchor="w", pady=(0, px(6))
        )
        self.field = Field(
            *(parent, look),
            name="Name",
            width=WIDTH,
            height=40,
            on="raised",
            max_characters=64,
            submitted=self.submit,
        )
        self.field.set(name)
        self.field.entry.selection_range(0, "end")
        self.field.pack(anchor="w")
        self.note = Note(parent, look, width=WIDTH, on="raised")
        self.note.pack(fill="x")
        row = surface(parent, "raised")
        row.pack(fill="x", pady=(px(14), 0))
        Button(row, "Rename", self.submit, kind="primary", on="raised").pack(side="right")
        Button(row, "Cancel", cancel, on="raised").pack(side="right", padx=(0, px(10)))

    def submit(self) -> None:
        """Take the name."""
        if self.field.get().strip():
            self._done(self.field.get().strip())

    def failed(self, text: str) -> None:
        """It cannot be used."""
        self.field.set_error(True)
        self.note.set(text)
