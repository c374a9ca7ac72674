"""The sheet of shortcuts, made from the table of the bindings; can be searched."""

from __future__ import annotations

import tkinter

from whispr.gui import keymap
from whispr.gui.look import Look
from whispr.gui.views.parts import surface, words
from whispr.gui.widgets.field import Field

WIDTH = 560


class ShortcutsView:
    """A search and the lines that fit, in groups."""

    def __init__(self, parent: tkinter.Misc, look: Look) -> None:
        self._look = look
        self.field = Field(
            *(parent, look),
            name="Search shortcuts",
            placeholder="Search shortcuts",
            icon="search",
            height=38,
            on="raised",
            changed=self.show,
        )
        self.field.pack(fill="x", pady=(0, look.px(10)))
        self._list = surface(parent, "raised")
        self._list.pack(fill="both", expand=True)
        self.shown: tuple[keymap.Shortcut, ...] = ()
        self.show("")

    def show(self, query: str) -> None:
        """The lines that hold every word."""
        look, px = self._look, self._look.px
        for child in self._list.winfo_children():
            child.destroy()
        self._list.columnconfigure(0, weight=1)
        self.shown = keymap.matching(query)
        group, row = "", 0
        for shortcut in self.shown:
            if shortcut.group != group:
                group = shortcut.group
                words(self._list, look, group, font="small_bold", tone="Accent", on="raised").grid(
                    row=row, column=0, sticky="w", pady=(px(12), px(4))
                )
                row += 1
            words(self._list, look, shortcut.text, on="raised").grid(
                row=row, column=0, sticky="w", pady=px(2)
            )
            keys = keymap.shown_keys(shortcut)
            words(self._list, look, keys, font="small_bold", tone="Dim", on="raised").grid(
                row=row, column=1, sticky="e"
            )
            row += 1
        if not self.shown:
            words(self._list, look, "No shortcut is called so.", tone="Dim", on="raised").grid(
                row=0, column=0, sticky="w"
            )
