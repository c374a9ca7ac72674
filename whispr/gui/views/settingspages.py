"""What stands on each page of the settings."""

from __future__ import annotations

import tkinter
import tkinter.ttk
from collections.abc import Callable
from typing import Protocol

from whispr.gui.items import OwnItem
from whispr.gui.look import Look
from whispr.gui.scale import TEXT_PERCENT_STEPS
from whispr.gui.settings_file import IDLE_MINUTES, DesktopSettings
from whispr.gui.tokens import Theme
from whispr.gui.views.parts import surface, words
from whispr.gui.views.secretpage import SecretPage
from whispr.gui.views.themecards import ThemeCard
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.field import Field
from whispr.gui.widgets.identicon import Identicon
from whispr.gui.widgets.note import Note
from whispr.gui.widgets.slider import Slider
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

    def test_relay(self, address: str, reply: Reply) -> None:
        """Look at a relay; an empty address is our own."""

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
    Button(page, "Change name", lambda: actions.rename(field.get(), _to(note)), on="raised").pack(
        anchor="w", pady=px(8)
    )
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


def relay_page(page: tkinter.Misc, look: Look, actions: SettingsActions) -> None:
    """Where the mailbox lies, and how to look at a relay."""
    px = look.px
    heading(page, look, "Your relay", first=True)
    words(page, look, actions.relay_location, font="mono_small", on="raised").pack(anchor="w")
    words(
        *(page, look),
        "It keeps your messages as ciphertext until you fetch them.",
        font="small",
        tone="Dim",
        on="raised",
    ).pack(anchor="w", pady=(px(2), px(10)))
    heading(page, look, "Look at a relay")
    field = Field(
        *(page, look),
        name="Address of a relay",
        placeholder="whispr://…   empty: your own",
        width=WIDTH,
        height=40,
        font="mono_small",
        on="raised",
        max_characters=2048,
    )
    field.pack(anchor="w")
    note = Note(page, look, width=WIDTH, on="raised")

    def test() -> None:
        note.set("Looking…", icon="clock", color="text2")
        actions.test_relay(field.get(), _to(note))

    Button(page, "Test connection", test, on="raised").pack(anchor="w", pady=(px(10), px(4)))
    note.pack(fill="x")


def appearance_page(page: tkinter.Misc, look: Look, actions: SettingsActions) -> None:
    """Themes and sizes."""
    px = look.px
    heading(page, look, "Theme", first=True)
    row = surface(page, "raised")
    row.pack(anchor="w")
    cards: list[ThemeCard] = []

    def choose(value: str) -> None:
        actions.change("theme", value)
        follow.set(False)
        for card in cards:
            card.set_chosen(card.value == value)

    for value, name, theme in actions.themes()[:3]:
        card = ThemeCard(row, look, value, name, theme, choose)
        card.set_chosen(value == actions.current.theme)
        card.pack(side="left", padx=(0, px(12)))
        cards.append(card)
    buttons = surface(page, "raised")
    buttons.pack(anchor="w", pady=(px(8), px(10)))
    Button(buttons, "Load theme file…", actions.load_theme, on="raised").pack(side="left")
    Button(buttons, "Open themes folder", actions.open_themes_folder, on="raised").pack(
        side="left", padx=px(10)
    )
    now = actions.current
    follow = switch(
        *(page, look, "Follow the system", "Switches between Light and Dark with your desktop"),
        now.follow_system,
        lambda value: actions.change("follow_system", value),
    )
    switch(
        *(page, look, "Reload themes when files change"),
        "Edits to a custom JSON theme apply while you type",
        now.reload_themes,
        lambda value: actions.change("reload_themes", value),
    )
    switch(
        *(page, look, "Reading view", "Messages as plain text, also for screen readers (F7)"),
        now.reading_view,
        lambda value: actions.change("reading_view", value),
    )
    size = surface(page, "raised")
    size.pack(fill="x", pady=px(6))
    Slider(
        *(size, look, TEXT_PERCENT_STEPS, now.text_percent),
        lambda value: actions.change("text_percent", value),
        on="raised",
        name="Text size",
    ).pack(side="right")
    words(size, look, "Text size", on="raised").pack(anchor="w")
    said = f"{now.text_percent} %  ·  Ctrl + and Ctrl −"
    words(size, look, said, font="small", tone="Dim", on="raised").pack(anchor="w")


def notifications_page(page: tkinter.Misc, look: Look, actions: SettingsActions) -> None:
    """What is shown outside of the window, and what contacts learn."""
    heading(page, look, "A notification says", first=True)
    chosen = tkinter.StringVar(page, actions.current.notifications)
    for value, text in (
        ("name", "Who wrote"),
        ("text", "Who wrote, and the text"),
        ("nothing", "Only that there is a message"),
        ("off", "Nothing: no notifications"),
    ):
        tkinter.ttk.Radiobutton(
            page,
            text=text,
            value=value,
            variable=chosen,
            command=lambda: actions.change("notifications", chosen.get()),
            style="Raised.TRadiobutton",
        ).pack(anchor="w", pady=look.px(3))
    heading(page, look, "What contacts learn")
    rows = surface(page, "raised")
    rows.pack(fill="x")

    def show(values: dict[str, bool]) -> None:
        if not rows.winfo_exists():
            return
        for name, title, detail in (
            ("read_receipts", "Read receipts", "They see when you have read a message"),
            ("send_here", "I am here", "Recent contacts learn when you connect, so that what "
                "waits comes at once"),
            ("auto_download", "Fetch files", "Files of contacts come by themselves"),
        ):  # fmt: skip
            switch(
                *(rows, look, title, detail, values[name]),
                lambda value, name=name: actions.set_tell_others(name, value),  # type: ignore[misc]
            )

    actions.tell_others(show)


def lock_page(page: tkinter.Misc, look: Look, actions: SettingsActions) -> None:
    """When the window locks, and another PIN."""
    px, now = look.px, actions.current
    row = surface(page, "raised")
    row.pack(fill="x", pady=(0, px(6)))
    label = words(row, look, "", font="small", tone="Dim", on="raised")

    def say(minutes: int) -> None:
        label.configure(text=f"After {minutes} min without a touch" if minutes else "Never")

    def changed(minutes: int) -> None:
        actions.change("idle_minutes", minutes)
        say(minutes)

    Slider(
        *(row, look, IDLE_MINUTES, now.idle_minutes, changed), on="raised", name="Lock when idle"
    ).pack(side="right")
    words(row, look, "Lock when idle", on="raised").pack(anchor="w")
    label.pack(anchor="w")
    say(now.idle_minutes)
    switch(
        *(page, look, "Lock on minimise", "The window asks for the PIN when it comes back"),
        now.lock_on_minimise,
        lambda value: actions.change("lock_on_minimise", value),
    )
    switch(
        *(page, look, "Ask before opening a link", "Shows where it really leads"),
        now.ask_before_links,
        lambda value: actions.change("ask_before_links", value),
    )
    switch(
        *(page, look, "Ctrl+Enter sends", "Enter begins a new line"),
        now.ctrl_enter_sends,
        lambda value: actions.change("ctrl_enter_sends", value),
    )
    Button(page, "Lock now", actions.lock, on="raised").pack(anchor="w", pady=px(8))
    heading(page, look, "Another PIN or passphrase")
    SecretPage(page, look, actions, width=WIDTH)


def storage_page(page: tkinter.Misc, look: Look, actions: SettingsActions) -> None:
    """What lies on this computer."""
    heading(page, look, "History", first=True)
    words(
        *(page, look),
        "Messages and files lie encrypted on this computer, for as long as you keep them. "
        "One message or one conversation is deleted from its own menu.",
        tone="Dim",
        on="raised",
        wrap=WIDTH,
    ).pack(anchor="w", pady=(0, look.px(14)))
    Button(page, "Delete all conversations…", actions.wipe_all, kind="danger", on="raised").pack(
        anchor="w"
    )


def _to(note: Note) -> Reply:
    def reply(text: str, good: bool) -> None:
        if note.winfo_exists():
            note.set(text, icon="check" if good else "alert", color="ok" if good else "danger")

    return reply


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
