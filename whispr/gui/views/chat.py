"""The right part of the main window: header, banner, conversation, staged files, composer."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Sequence
from typing import Protocol

from whispr.gui.conversation.actions import ComposerActions, ConversationActions, HeaderActions
from whispr.gui.conversation.pages import MessagePages
from whispr.gui.conversation.viewport import Anchor
from whispr.gui.items import ConnectionItem, ConversationItem
from whispr.gui.look import Look
from whispr.gui.shown import one_line
from whispr.gui.views.bannerslot import BannerSlot
from whispr.gui.views.composer import Composer
from whispr.gui.views.conversation import Conversation
from whispr.gui.views.header import Header
from whispr.gui.views.parts import line
from whispr.gui.views.staging import StagedItem, Staging


class ChatActions(ConversationActions, ComposerActions, HeaderActions, Protocol):
    """What this part asks for."""

    def banner_action(self, action: str) -> None:
        """An action of the banner was pressed."""


class ChatView(tkinter.Frame):
    """One conversation at a time; the same widgets for all."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        actions: ChatActions,
        *,
        clock_ms: Callable[[], int],
    ) -> None:
        super().__init__(parent, bd=0, background=look.color("bg"))
        self._look = look
        self.header = Header(self, look, actions)
        self.header.pack(fill="x")
        slot = tkinter.Frame(self, bd=0, height=1, background=look.color("bg"))
        slot.pack(fill="x")
        self.banner = BannerSlot(slot, look, actions.banner_action)
        self.composer = Composer(self, look, actions)
        self.composer.pack(side="bottom", fill="x")
        self.staging = Staging(self, look, actions.unstage)
        self._line = line(self)
        self._line.pack(side="bottom", fill="x")
        self.conversation = Conversation(self, look, actions, clock_ms=clock_ms)
        self.conversation.pack(fill="both", expand=True)
        self.composer.on_scroll = self.conversation.scroll
        self.composer.on_up_when_empty = self.conversation.focus_last_own

        def restyle() -> None:
            for frame in (self, slot):
                frame.configure(background=look.color("bg"))

        look.follow(self, restyle)

    def open(
        self,
        item: ConversationItem,
        pages: MessagePages,
        connection: ConnectionItem,
        *,
        position: Anchor | None = None,
    ) -> None:
        """Show the conversation with a contact, and the draft for him."""
        self.header.show(item, connection)
        self.conversation.open(item, pages, position=position)
        name = one_line(item.name, emoji_safe=self._look.emoji_safe)
        self.composer.open(name.split(" ")[0] if name else "", item.draft)

    def update_contact(self, item: ConversationItem, connection: ConnectionItem) -> None:
        """Name, safety or connection changed; what is being written is left alone."""
        self.header.show(item, connection)

    def show_staged(self, items: Sequence[StagedItem]) -> None:
        """Show the files that go with the next message."""
        self.staging.show(items)
        if items:
            self.staging.pack(side="bottom", fill="x", after=self.composer)
        else:
            self.staging.pack_forget()
        self.composer.set_staged(self.staging.sendable)

    def close(self) -> None:
        """Forget everything that was read or written."""
        self.conversation.close()
        self.composer.clear()

    @property
    def panes(self) -> tuple[tkinter.Misc, tkinter.Misc, tkinter.Misc]:
        """Where F6 goes: header, messages, composer."""
        return self.header.buttons[0], self.conversation.focus_target, self.composer.text
