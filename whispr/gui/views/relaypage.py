"""The page of the settings about the relay: which one it is, where else we are read, moving."""

from __future__ import annotations

import tkinter
from datetime import UTC, datetime

from whispr.gui.checks import RelayCheck, RelayState
from whispr.gui.look import Look
from whispr.gui.views.parts import surface, words
from whispr.gui.views.settingparts import WIDTH, SettingsActions, heading, to_note
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.field import Field
from whispr.gui.widgets.note import Note

ABOUT = "It keeps your messages as ciphertext until you fetch them."
MOVING = (
    "Contacts get your new card by themselves, and what still comes to the old relay is fetched"
    " there for 30 days."
)


class RelayPage:
    """Test first; what was found good, and only that, can be moved to."""

    def __init__(self, page: tkinter.Misc, look: Look, actions: SettingsActions) -> None:
        self._look, self._actions = look, actions
        heading(page, look, "Your relay", first=True)
        self.location = words(page, look, actions.relay_location, font="mono_small", on="raised")
        self.location.pack(anchor="w")
        self._state = surface(page, "raised")
        self._state.pack(fill="x", pady=(look.px(2), look.px(6)))
        heading(page, look, "Another relay")
        self.field = Field(
            *(page, look),
            name="Address of a relay",
            placeholder="whispr://…   empty: your own",
            width=WIDTH,
            height=40,
            font="mono_small",
            on="raised",
            max_characters=2048,
            changed=self._typed,
        )
        self.field.pack(anchor="w")
        row = surface(page, "raised")
        row.pack(fill="x", pady=(look.px(10), look.px(4)))
        self.test = Button(row, "Test connection", self._test, on="raised")
        self.test.pack(side="left")
        self.move = Button(row, "Move my mailbox here", self._move, kind="primary", on="raised")
        self.move.pack(side="right")
        self.move.set_enabled(False)
        self.note = Note(page, look, width=WIDTH, on="raised")
        self.note.pack(fill="x")
        words(page, look, MOVING, font="small", tone="Dim", on="raised", wrap=WIDTH).pack(
            anchor="w", pady=(look.px(6), 0)
        )
        self._found: RelayCheck | None = None
        self._current = ""
        self.shown: list[str] = []
        """What is said of our relay and of former ones."""
        actions.relay_state(self._show)

    def _show(self, state: RelayState) -> None:
        if not self._state.winfo_exists():
            return
        for child in self._state.winfo_children():
            child.destroy()
        self._current = state.address
        self.location.configure(text=state.location)
        self.shown = [f"Its key: {state.fingerprint}", ABOUT] if state.fingerprint else [ABOUT]
        self.shown += [
            f"{location} is still read until {_day(until_ms)}."
            for location, until_ms in state.former
        ]
        for text in self.shown:
            words(
                *(self._state, self._look, text), font="small", tone="Dim", on="raised", wrap=WIDTH
            ).pack(anchor="w")

    def _typed(self, _text: str) -> None:
        """Whatever was found good was another address."""
        self._found = None
        self.move.set_enabled(False)

    def _test(self) -> None:
        asked = self.field.get()
        self.note.set("Looking…", icon="clock", color="text2")

        def found(check: RelayCheck) -> None:
            if self.field.winfo_exists() and self.field.get() == asked:
                self._found = check
                self.move.set_enabled(check.address != self._current)

        self._actions.test_relay(asked, to_note(self.note), found)

    def _move(self) -> None:
        if self._found is not None:
            self.move.set_enabled(False)
            self.note.set("Moving…", icon="clock", color="text2")
            self._actions.move_relay(self._found.address, to_note(self.note))


def relay_page(page: tkinter.Misc, look: Look, actions: SettingsActions) -> None:
    """Where the mailbox lies, and how to have it elsewhere."""
    RelayPage(page, look, actions)


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).date().isoformat()
