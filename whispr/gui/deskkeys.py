"""What the keys of the main window do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whispr.gui.desk import Desk
    from whispr.gui.views.chat import ChatView


class DeskKeys:
    """Maps the actions of `keymap` to the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def actions(self) -> dict[str, Callable[[], object]]:
        """A function for every action."""
        app, desk, chat = self._app, self._desk, self._desk.chat
        actions: dict[str, Callable[[], object]] = {
            "search_all": lambda: self._desk.main.sidebar.focus_search(),
            "search_here": self._search_here,
            "next_hit": lambda: self._hit(1),
            "previous_hit": lambda: self._hit(-1),
            "next_chat": lambda: self._step(1),
            "previous_chat": lambda: self._step(-1),
            "next_unread": lambda: self._step(1, unread_only=True),
            "previous_unread": lambda: self._step(-1, unread_only=True),
            "add_contact": desk.add_contact,
            "copy_address": desk.copy_card,
            "verify": chat.verify,
            "attach": chat.pick_files,
            "reading_view": self.turn_reading_view,
            "next_pane": lambda: self._pane(1),
            "previous_pane": lambda: self._pane(-1),
            "escape": self._escape,
            "lock": app.lock,
            "settings": desk.show_settings,
            "larger": lambda: app.appearance.step(1),
            "smaller": lambda: app.appearance.step(-1),
            "usual_size": lambda: app.appearance.step(0),
            "shortcuts": desk.dialogs.shortcuts,
            "quit": app.quit,
        }
        for number in range(1, 10):
            actions[f"chat_{number}"] = partial(self._nth, number)
        return actions

    def _step(self, step: int, *, unread_only: bool = False) -> None:
        contact_id = self._desk.state.neighbour(step, unread_only=unread_only)
        if contact_id is not None:
            self._desk.open_contact(contact_id)

    def _nth(self, number: int) -> None:
        contact_id = self._desk.state.nth(number)
        if contact_id is not None:
            self._desk.open_contact(contact_id)

    def _search_here(self) -> None:
        chat = self._desk.main.chat
        if chat is None or self._find_is_open(chat):
            self._desk.main.sidebar.focus_search()
        else:
            self._desk.chat.search_conversation()

    def _find_is_open(self, chat: ChatView) -> bool:
        return str(self._app.root.focus_get() or "").startswith(str(chat.conversation.findbar))

    def _hit(self, step: int) -> None:
        if self._desk.main.chat is not None:
            self._desk.main.chat.conversation.findbar.step(older=step > 0)

    def turn_reading_view(self) -> None:
        """Bubbles or plain text, from now on."""
        wanted = not self._app.settings.current.reading_view
        self._app.settings.change(reading_view=wanted)
        chat = self._desk.main.chat
        if chat is not None and chat.conversation.is_reading != wanted:
            chat.conversation.toggle_reading()

    def _pane(self, step: int) -> None:
        panes = self._desk.main.panes()
        focus = str(self._app.root.focus_get() or "")
        here = next((place for place, pane in enumerate(panes) if focus.startswith(str(pane))), -1)
        panes[(here + step) % len(panes)].focus_set()

    def _escape(self) -> None:
        chat = self._desk.main.chat
        if chat is None:
            self._desk.main.sidebar.end_search()
        elif not self._desk.chat.clear_staged() and not chat.conversation.escape():
            chat.composer.focus_text()
