"""The main window: sidebar on the left, a conversation or an empty state on the right."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from typing import Protocol

from whispr.gui.look import Look
from whispr.gui.state import AppState
from whispr.gui.views.chat import ChatActions, ChatView
from whispr.gui.views.empty import EmptyActions, EmptyView
from whispr.gui.views.parts import line
from whispr.gui.views.sidebar import Sidebar, SidebarActions

NARROW = 760


class MainActions(SidebarActions, EmptyActions, Protocol):
    """What the window asks for, beside the conversation."""


class MainView(tkinter.Frame):
    """Lays the parts out and keeps them in step with the state."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        actions: MainActions,
        chat_actions: ChatActions,
        *,
        clock_ms: Callable[[], int],
    ) -> None:
        super().__init__(parent, bd=0, background=look.color("bg"))
        self._look = look
        self._actions = actions
        self._chat_actions = chat_actions
        self._clock_ms = clock_ms
        self._empty: EmptyView | None = None
        self._empty_has_contacts = False
        self.chat: ChatView | None = None
        self.sidebar = Sidebar(self, look, actions, clock_ms=clock_ms)
        self.sidebar.pack(side="left", fill="y")
        self._line = line(self)
        self._line.pack(side="left", fill="y")
        self.bind("<Configure>", self._resized)
        look.follow(self, lambda: self.configure(background=look.color("bg")))
        self.pack(fill="both", expand=True)

    def show(self, state: AppState) -> None:
        """Show a state."""
        self.sidebar.show(state)
        if state.current is None:
            self._show_empty(bool(state.conversations))
        elif self.chat is not None:
            self.chat.update_contact(state.current, state.connection)

    def open_chat(self) -> ChatView:
        """The right part for a conversation; the same one for all."""
        if self._empty is not None:
            self._empty.destroy()
            self._empty = None
        if self.chat is None:
            self.chat = ChatView(self, self._look, self._chat_actions, clock_ms=self._clock_ms)
            self.chat.pack(side="left", fill="both", expand=True)
        return self.chat

    def _show_empty(self, has_contacts: bool) -> None:
        if self.chat is not None:
            self.chat.close()
            self.chat.destroy()
            self.chat = None
        if self._empty is not None and self._empty_has_contacts != has_contacts:
            self._empty.destroy()
            self._empty = None
        if self._empty is None:
            self._empty_has_contacts = has_contacts
            self._empty = EmptyView(self, self._look, self._actions, has_contacts=has_contacts)
            self._empty.pack(side="left", fill="both", expand=True)

    def panes(self) -> list[tkinter.Misc]:
        """The parts that F6 goes through."""
        panes: list[tkinter.Misc] = [self.sidebar.list.canvas]
        if self.chat is not None:
            panes += self.chat.panes
        return panes

    def _resized(self, event: tkinter.Event[tkinter.Misc]) -> None:
        if event.widget is self:
            self.sidebar.set_rail(event.width < self._look.px(NARROW))
