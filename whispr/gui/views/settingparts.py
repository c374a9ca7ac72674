"""What the pages of the settings have in common: what they ask for, headings, switches."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Protocol

from whispr.gui.checks import RelayCheck, RelayState
from whispr.gui.items import OwnItem
from whispr.gui.look import Look
from whispr.gui.settings_file import DesktopSettings
from whispr.gui.tokens import Theme
from whispr.gui.views.parts import surface, words
from whispr.gui.widgets.note import Note
from whispr.gui.widgets.toggle import Toggle

WIDTH = 462
Reply = Callable[[str, bool], object]
"""Takes a sentence, and whether it is good news."""


class SettingsActions(Protocol):
    """What the settings show and change."""

    @property
    def current(self) -> DesktopSettings:
        """The settings of the window."""
        ...

    @property
    def own(self) -> OwnItem:
        """Who we are."""
        ...

    @property
    def relay_location(self) -> str:
        """`host:port` of our relay."""
        ...

    def change(self, name: str, value: object) -> None:
        """Change a setting of the window."""

    def rename(self, name: str, reply: Reply) -> None:
        """Call ourselves otherwise."""

    def copy_card(self) -> None:
        """Put the own card on the clipboard."""

    def relay_state(self, show: Callable[[RelayState], object]) -> None:
        """Our relay and where our mailbox lay before; `show` hears of it."""

    def test_relay(self, address: str, reply: Reply, found: Callable[[RelayCheck], object]) -> None:
        """Look at a relay; an empty address is our own. `found` hears of one that is good."""

    def move_relay(self, address: str, reply: Reply) -> None:
        """Have our mailbox there from now on."""

    def themes(self) -> list[tuple[str, str, Theme]]:
        """Value of the setting, name and theme of everything that can be chosen."""
        ...

    def load_theme(self) -> None:
        """Ask for a theme file."""

    def open_themes_folder(self) -> None:
        """Show where theme files lie."""

    def tell_others(self, show: Callable[[dict[str, bool]], object]) -> None:
        """What contacts learn; `show` hears of it."""

    def set_tell_others(self, name: str, value: bool) -> None:
        """Change it."""

    def check_secret(self, secret: str) -> object:
        """How good a new PIN is."""

    def change_secret(self, old: str, new: str, reply: Reply) -> None:
        """Seal the keys under another PIN."""

    def lock(self) -> None:
        """Lock now."""

    def blocked(self, show: Callable[[list[tuple[int, str]]], object]) -> None:
        """Who is blocked; `show` hears of it."""

    def unblock(self, contact_id: int, done: Callable[[], object]) -> None:
        """Let somebody in again."""

    def keep_days(self, show: Callable[[int], object]) -> None:
        """For how many days messages are kept, 0 for ever; `show` hears of it."""

    def set_keep_days(self, days: int) -> None:
        """Change it, after asking: what is older is deleted."""

    def wipe_all(self) -> None:
        """Ask, then delete every conversation on this computer."""


def heading(page: tkinter.Misc, look: Look, text: str, first: bool = False) -> None:
    """The title of a part."""
    above = 0 if first else look.px(18)
    words(page, look, text, font="small_bold", on="raised").pack(
        anchor="w", pady=(above, look.px(8))
    )


def switch(
    page: tkinter.Misc,
    look: Look,
    title: str,
    detail: str,
    value: bool,
    changed: Callable[[bool], object],
) -> Toggle:
    """A line with a switch at its end."""
    row = surface(page, "raised")
    row.pack(fill="x", pady=look.px(6))
    toggle = Toggle(row, look, value, changed, on="raised", name=title)
    toggle.pack(side="right")
    words(row, look, title, on="raised").pack(anchor="w")
    words(row, look, detail, font="small", tone="Dim", on="raised", wrap=WIDTH - 70).pack(
        anchor="w"
    )
    return toggle


def to_note(note: Note) -> Reply:
    """A reply that is shown in a note."""

    def reply(text: str, good: bool) -> None:
        if note.winfo_exists():
            note.set(text, icon="check" if good else "alert", color="ok" if good else "danger")

    return reply
