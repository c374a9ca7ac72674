"""`Desk`: the main window at work: its state, what news do to it, what its parts ask for."""

from __future__ import annotations

import time
import tkinter
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from whispr.gui import keymap
from whispr.gui.chat import Chat
from whispr.gui.deskkeys import DeskKeys
from whispr.gui.dialogs import Dialogs
from whispr.gui.menus import contact_entries
from whispr.gui.news import (
    ConnectionNews,
    HistoryNews,
    MessageNews,
    News,
    NotificationClicked,
    Opened,
    PeopleNews,
)
from whispr.gui.notices import Notices
from whispr.gui.services.dnd import accept_drops
from whispr.gui.state import AppState, banner_line, foot_line
from whispr.gui.views.main import MainView
from whispr.gui.widgets.menu import popup_menu

if TYPE_CHECKING:
    from whispr.gui.app import App

TICK_MS = 1_000
SEARCH_MS = 150


class Desk:
    """From unlocking to locking."""

    def __init__(self, app: App, opened: Opened) -> None:
        self.app = app
        self.state = AppState.of(opened)
        self.view: MainView | None = None
        self.chat = Chat(self)
        self.dialogs = Dialogs(self)
        self.keys = DeskKeys(self)
        self.notices = Notices(self)
        self._timer = ""
        self._search_timer = ""
        self._drawing = ""
        self._wanted: int | None = None

    @property
    def main(self) -> MainView:
        """The view; it is there while the desk is shown."""
        assert self.view is not None, "the desk is shown first"
        return self.view

    def show(self) -> None:
        """Make the views; again after a change of size."""
        self.chat.leave()
        self.app.show(self._make)
        self._draw()
        current = self.state.current
        if current is not None:
            self.chat.open(current)
        else:
            self.main.sidebar.list.canvas.focus_set()
        self._cancel_timers()
        self._tick()

    def _make(self, parent: tkinter.Misc) -> tkinter.Misc:
        self.view = MainView(
            *(parent, self.app.look, self, self.chat),
            clock_ms=lambda: time.time_ns() // 1_000_000,
        )
        keymap.bind(self.app.root, self.keys.actions())
        accept_drops(self.view, self.app.dnd, self.chat.stage_files, self._hover)
        return parent

    def _hover(self, is_over: bool) -> None:
        if self.view is not None and self.view.chat is not None:
            self.view.chat.conversation.show_drop("10 MB" if is_over else None)

    def leaving(self) -> Callable[[], Coroutine[Any, Any, None]]:
        """The window locks or closes: what has to be written, then the profile is closed."""
        drafts = self.chat.take_drafts()
        self.chat.leave()
        self.notices.clear()
        self._cancel_timers()
        self.view = None
        keymap.unbind(self.app.root)
        actions, session = self.app.actions, self.app.session

        async def work() -> None:
            for contact_id, text in drafts.items():
                await actions.save_draft(contact_id, text)
            await session.close()

        return work

    def _cancel_timers(self) -> None:
        for timer in (self._timer, self._search_timer, self._drawing):
            if timer:
                self.app.root.after_cancel(timer)
        self._timer = self._search_timer = self._drawing = ""

    # News.

    def heard(self, news: News) -> None:
        """Something happened."""
        match news:
            case PeopleNews():
                self.set_state(self.state.with_people(news))
                self.notices.look(news.conversations)
                self._open_wanted()
            case ConnectionNews(connection):
                self.set_state(self.state.with_connection(connection))
                self._show_connection()
            case MessageNews():
                self.chat.heard(news)
                self.notices.tell(news.added)
            case HistoryNews():
                self.chat.heard(news)
            case NotificationClicked(contact_id):
                self.notices.clicked(contact_id)

    def set_state(self, state: AppState) -> None:
        """Another moment; drawn when nothing else is to do, however many come at once."""
        self.state = state
        if not self._drawing:
            self._drawing = self.app.root.after_idle(self._draw)

    def _draw(self) -> None:
        self._drawing = ""
        if self.view is None:
            return
        state = self.state
        if state.current is None and self.chat.contact_id is not None:
            self.chat.leave()
        self.view.show(state)
        self._show_connection()
        unread = bool(state.unread or state.requests)
        self.app.urgency.show(state.title, unread=unread)

    def _show_connection(self) -> None:
        if self.view is None:
            return
        now, connection = time.monotonic(), self.state.connection
        self.view.sidebar.show_foot(foot_line(connection, now))
        if self.view.chat is not None:
            self.view.chat.banner.show(banner_line(self.state.current, connection, now))

    def _tick(self) -> None:
        self._show_connection()
        self._timer = self.app.root.after(TICK_MS, self._tick)

    def window_focused(self) -> None:
        """The person is back."""
        if self.view is not None and self.view.chat is not None:
            self.view.chat.conversation.messages.seen.look()

    # What the sidebar and the empty state ask for.

    def open_contact(self, contact_id: int) -> None:
        """Show a conversation."""
        self._open(contact_id, None)

    def open_hit(self, contact_id: int, message_id: int) -> None:
        """Show a message in its conversation."""
        self._open(contact_id, message_id)

    def _open(self, contact_id: int, message_id: int | None) -> None:
        item = self.state.conversation(contact_id)
        if item is None:
            return
        self.set_state(self.state.opening(contact_id))
        self.chat.open(item, message_id=message_id)
        self._draw()

    def open_when_there(self, contact_id: int) -> None:
        """Show a conversation as soon as the list has it."""
        self._wanted = contact_id
        self._open_wanted()

    def _open_wanted(self) -> None:
        if self._wanted is not None and self.state.conversation(self._wanted) is not None:
            wanted, self._wanted = self._wanted, None
            self.open_contact(wanted)

    def draft_changed(self, contact_id: int, text: str) -> None:
        """What is typed shows in the list."""
        self.set_state(self.state.with_draft(contact_id, text))

    def search(self, query: str) -> None:
        """Search everywhere, a moment after the last key."""
        if self._search_timer:
            self.app.root.after_cancel(self._search_timer)
            self._search_timer = ""
        query = query.strip()
        self.set_state(self.state.searching(query, self.state.hits if query else ()))
        if query:
            self._search_timer = self.app.root.after(SEARCH_MS, lambda: self._search(query))

    def _search(self, query: str) -> None:
        self._search_timer = ""

        def found(hits: Any) -> None:
            if self.state.query == query:
                self.set_state(self.state.searching(query, hits))

        self.app.ask(lambda: self.app.actions.search(query), found)

    def leave_search(self) -> None:
        """Back to the conversation."""
        if self.main.chat is not None:
            self.main.chat.composer.focus_text()
        else:
            self.main.sidebar.list.canvas.focus_set()

    def add_contact(self) -> None:
        """Add somebody."""
        self.dialogs.add_contact()

    def show_settings(self) -> None:
        """Show the settings."""
        self.dialogs.settings()

    def show_requests(self) -> None:
        """Show who wrote without being known."""
        self.dialogs.requests()

    def show_card(self) -> None:
        """Show the own card as a QR code."""
        self.dialogs.add_contact()

    def copy_card(self) -> None:
        """Put the own card on the clipboard."""
        card = self.state.own.card
        if card:
            self.app.clipboard.copy(card)
            self.app.say("Your card is copied. Paste it into a message to a friend.")
        else:
            self.app.say("There is no card before the relay was reached once.")

    def connection_action(self, action: str) -> None:
        """`Retry now` or `Use here`."""
        del action  # the client takes both for the same
        self.app.ask(self.app.account.retry_now)

    def row_menu(self, contact_id: int, root_x: int, root_y: int) -> None:
        """The menu of a contact."""
        item = self.state.conversation(contact_id)
        if item is not None:
            popup_menu(self.main, self.app.look, contact_entries(self, item), root_x, root_y)
