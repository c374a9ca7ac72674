"""The pages of the settings: profile, relay and storage, and the list of all."""

from __future__ import annotations

import tkinter
from collections.abc import Callable

from whispr.gui.look import Look
from whispr.gui.views.parts import surface, words
from whispr.gui.views.relaypage import relay_page
from whispr.gui.views.settingparts import WIDTH, SettingsActions, heading, to_note
from whispr.gui.views.storagepage import storage_page
from whispr.gui.views.windowpages import appearance_page, lock_page, notifications_page
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.field import Field
from whispr.gui.widgets.identicon import Identicon
from whispr.gui.widgets.note import Note


def profile_page(page: tkinter.Misc, look: Look, actions: SettingsActions) -> None:
    """Name, card, address."""
    px, own = look.px, actions.own
    row = surface(page, "raised")
    row.pack(anchor="w", pady=(0, px(6)))
    Identicon(row, look, own.identity, size=56, on="raised").pack(side="left")
    said = surface(row, "raised")
    said.pack(side="left", padx=px(14))
    words(said, look, "Your address", font="small_bold", on="raised").pack(anchor="w")
    words(
        *(said, look, f"{own.address[:20]}…{own.address[-8:]}"),
        font="mono_small",
        tone="Dim",
        on="raised",
    ).pack(anchor="w")
    Button(page, "Copy my card", actions.copy_card, on="raised").pack(anchor="w", pady=px(8))
    heading(page, look, "Name on your card")
    field = Field(
        *(page, look), name="Name", width=WIDTH, height=40, on="raised", max_characters=64
    )
    field.set(own.name)
    field.pack(anchor="w")
    note = Note(page, look, width=WIDTH, on="raised")
    note.pack(fill="x")
    Button(
        page, "Change name", lambda: actions.rename(field.get(), to_note(note)), on="raised"
    ).pack(anchor="w", pady=px(8))
    words(
        *(page, look, "Contacts get the new card by themselves."),
        font="small",
        tone="Dim",
        on="raised",
    ).pack(anchor="w")
    heading(page, look, "Blocked people")
    blocked = surface(page, "raised")
    blocked.pack(fill="x")

    def show(people: list[tuple[int, str]]) -> None:
        if not blocked.winfo_exists():
            return
        for child in blocked.winfo_children():
            child.destroy()
        if not people:
            words(blocked, look, "Nobody.", font="small", tone="Dim", on="raised").pack(anchor="w")
        for contact_id, name in people:
            line = surface(blocked, "raised")
            line.pack(fill="x", pady=px(3))
            words(line, look, name, on="raised").pack(side="left")
            Button(
                *(line, "Unblock"),
                lambda contact_id=contact_id: actions.unblock(  # type: ignore[misc]
                    contact_id, lambda: actions.blocked(show)
                ),
                on="raised",
            ).pack(side="right")

    actions.blocked(show)


Build = Callable[[tkinter.Misc, Look, SettingsActions], None]
PAGES: tuple[tuple[str, str, Build], ...] = (
    ("Profile", "user", profile_page),
    ("Relay", "relay", relay_page),
    ("Appearance", "palette", appearance_page),
    ("Notifications", "bell", notifications_page),
    ("PIN and lock", "lock", lock_page),
    ("Storage", "trash", storage_page),
)
"""Name, icon and what makes it."""
