"""The pages of the settings that are about this window: appearance, notifications, lock."""

from __future__ import annotations

import tkinter
import tkinter.ttk

from whispr.gui.look import Look
from whispr.gui.scale import TEXT_PERCENT_STEPS
from whispr.gui.settings_file import IDLE_MINUTES
from whispr.gui.views.parts import surface, words
from whispr.gui.views.secretpage import SecretPage
from whispr.gui.views.settingparts import WIDTH, SettingsActions, heading, switch
from whispr.gui.views.themecards import ThemeCard
from whispr.gui.widgets.button import Button
from whispr.gui.widgets.slider import Slider


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
