"""The window that the screenshots are taken of: the real one, with prepared answers behind it."""

from __future__ import annotations

import dataclasses
import tkinter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tools.screenshot_data import (
    ADDRESS,
    CONVERSATIONS,
    DAY_MS,
    NOW_MS,
    NUMBER,
    ONLINE,
    OWN,
    PEOPLE,
    REQUESTS,
    VALID,
)
from whispr.gui.app import App
from whispr.gui.backend.account import TellOthers
from whispr.gui.checks import RelayState
from whispr.gui.desk import Desk
from whispr.gui.items import ConversationItem, MessageItem, SearchHitItem
from whispr.gui.news import Opened
from whispr.gui.pages import MessagePage
from whispr.gui.settings_file import SettingsFile


class FixedActions:
    """Answers as the client would, from what is prepared."""

    def __getattr__(self, _name: str) -> Callable[..., Coroutine[Any, Any, None]]:
        async def nothing(*_arguments: object) -> None:
            return None

        return nothing

    async def page(
        self,
        contact_id: int,
        limit: int,
        *,
        before_id: int | None = None,
        after_id: int | None = None,
        index: int | None = None,
    ) -> MessagePage:
        """Messages of a conversation; all of them fit on a page."""
        items = CONVERSATIONS.get(contact_id, list)()
        chosen = tuple(
            item
            for item in items[index or 0 :]
            if (before_id is None or item.message_id < before_id)
            and (after_id is None or item.message_id > after_id)
        )
        return MessagePage(contact_id, chosen, items.index(chosen[0]) if chosen else 0, len(items))

    async def message(self, message_id: int) -> MessageItem:
        """One of Marta's."""
        return CONVERSATIONS[1]()[message_id - 1]

    async def search(
        self, query: str, contact_id: int | None = None, limit: int = 50
    ) -> tuple[SearchHitItem, ...]:
        """What holds the words."""
        return tuple(
            SearchHitItem(item.message_id, item.contact_id, name, item.text, item.stored_at_ms)
            for name, number in (("Marta Kowalczyk", 1), ("Jonas", 2))
            for item in CONVERSATIONS[number]()
            if query.casefold() in item.text.casefold() and contact_id in (None, number)
        )[:limit]

    async def safety_number(self, contact_id: int) -> str:
        """Twelve groups."""
        return NUMBER

    async def check_card(self, text: str) -> object:
        """Every card is Jonas'."""
        return VALID

    async def blocked(self) -> tuple[object, ...]:
        """Nobody is."""
        return ()


class FixedAccount:
    """The settings of the profile."""

    async def tell_others(self) -> TellOthers:
        """As they are at first."""
        return TellOthers(read_receipts=False, send_here=True, auto_download=True)

    async def relay(self) -> str:
        """An address."""
        return ADDRESS

    async def relay_state(self) -> RelayState:
        """Where the mailbox lies, and lay."""
        former = (("old.example.org:7443", NOW_MS + 19 * DAY_MS),)
        return RelayState("relay.example.org:7443", ADDRESS, "8fab 1290 0b37 1344", former)

    async def keep_days(self) -> int:
        """For ever."""
        return 0


class Studio:
    """One window in one theme and size."""

    def __init__(self, root: tkinter.Tk, folder: Path, *, theme: str, percent: int) -> None:
        # Settings are kept only where there is a profile.
        folder.mkdir()
        SettingsFile(folder).change(
            name=OWN.name, theme=theme, follow_system=False, text_percent=percent
        )
        self.root = root
        self.app = App(root, folder, environment={}, which=lambda _program: None)
        self.app.actions = FixedActions()  # type: ignore[assignment]
        self.app.account = FixedAccount()  # type: ignore[assignment]

    @property
    def desk(self) -> Desk:
        """The main window."""
        assert self.app.desk is not None
        return self.app.desk

    def settle(self) -> None:
        """Let everything be answered and drawn."""
        for _ in range(12):
            self.root.update()
            self.root.after(15, bool)
            self.root.tk.dooneevent(0)
            self.root.update_idletasks()
        self.root.update()

    def wait(self, milliseconds: int) -> None:
        """Let the timers of the views run out."""
        over: list[bool] = []
        self.root.after(milliseconds, lambda: over.append(True))
        while not over:
            self.root.tk.dooneevent(0)

    def main(
        self,
        selected: int | None = 1,
        *,
        people: tuple[ConversationItem, ...] = PEOPLE,
        requests: bool = False,
    ) -> None:
        """The main window with a conversation."""
        self.leave()
        self.app.entered(Opened(OWN, people, REQUESTS if requests else (), ONLINE))
        self.settle()
        if selected is not None:
            self.desk.open_contact(selected)
        self.settle()
        self.root.focus_force()
        self.settle()

    def leave(self) -> None:
        """Take away what was shown before."""
        self.app.close_dialogs()
        self.app.toasts.clear()
        if self.app.desk is not None:
            self.app.desk.leaving()
            self.app.desk = None
        self.app.settings.change(reading_view=False)

    def changed(self, contact_id: int, **changes: object) -> tuple[ConversationItem, ...]:
        """The people, one of them otherwise."""
        return tuple(
            dataclasses.replace(item, **changes) if item.contact_id == contact_id else item  # type: ignore[arg-type]
            for item in PEOPLE
        )
