"""The page of the settings about what lies on this computer."""

from __future__ import annotations

import tkinter

from whispr.gui.look import Look
from whispr.gui.views.parts import surface, words
from whispr.gui.views.settingparts import WIDTH, SettingsActions, heading
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.slider import Slider

KEEP_DAYS = (1, 7, 30, 90, 365, 0)
"""What can be chosen; 0 is for ever."""


def keep_words(days: int) -> str:
    """How long messages are kept."""
    match days:
        case 0:
            return "Keep messages until I delete them"
        case 1:
            return "Keep messages for 1 day"
        case _:
            return f"Keep messages for {days} days"


class StoragePage:
    """How long messages are kept, and how all of them are deleted."""

    def __init__(self, page: tkinter.Misc, look: Look, actions: SettingsActions) -> None:
        self._page, self._look, self._actions = page, look, actions
        self.days = 0
        heading(page, look, "History", first=True)
        self._say("Messages and files lie encrypted on this computer.", below=10)
        row = surface(page, "raised")
        row.pack(fill="x")
        self.label = words(row, look, keep_words(0), on="raised")
        self._slot = surface(row, "raised")
        self._slot.pack(side="right")
        self.label.pack(anchor="w")
        self.slider: Slider | None = None
        self.apply = Button(page, "Change", self._apply, on="raised")
        self.apply.pack(anchor="w", pady=(look.px(8), look.px(4)))
        self._say("Older messages and their files are deleted, on this computer only.", below=14)
        heading(page, look, "Everything")
        self.wipe = Button(
            page, "Delete all conversations…", actions.wipe_all, kind="danger", on="raised"
        )
        self.wipe.pack(anchor="w")
        actions.keep_days(self._show)

    def _say(self, text: str, *, below: int) -> None:
        said = words(
            self._page, self._look, text, font="small", tone="Dim", on="raised", wrap=WIDTH
        )
        said.pack(anchor="w", pady=(0, self._look.px(below)))

    def _show(self, days: int) -> None:
        if not self._slot.winfo_exists():
            return
        self.slider = Slider(
            *(self._slot, self._look, range(len(KEEP_DAYS)), _place(days), self._moved),
            on="raised",
            name="Keep messages",
        )
        self.slider.pack()
        self._moved(_place(days))

    def _moved(self, place: int) -> None:
        self.days = KEEP_DAYS[place]
        self.label.configure(text=keep_words(self.days))

    def _apply(self) -> None:
        self._actions.set_keep_days(self.days)


def _place(days: int) -> int:
    return KEEP_DAYS.index(days) if days in KEEP_DAYS else len(KEEP_DAYS) - 1


def storage_page(page: tkinter.Misc, look: Look, actions: SettingsActions) -> None:
    """What lies on this computer."""
    StoragePage(page, look, actions)
