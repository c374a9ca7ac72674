"""The open conversation: header, search, messages or reading view, staged files, composer."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from whispr.gui.conversation.actions import (
    ComposerActions,
    ConversationActions,
    FindActions,
    HeaderActions,
)
from whispr.gui.conversation.canvas import ConversationCanvas, now_ms
from whispr.gui.conversation.dates import day_of
from whispr.gui.conversation.keys import Keys
from whispr.gui.conversation.pages import MessagePages
from whispr.gui.conversation.person import Person
from whispr.gui.conversation.pointer import Pointer
from whispr.gui.conversation.viewport import Anchor
from whispr.gui.items import ConnectionItem, ConversationItem, MessageItem
from whispr.gui.look import Look
from whispr.gui.shown import one_line
from whispr.gui.views.composer import Composer
from whispr.gui.views.dropzone import DropZone
from whispr.gui.views.findbar import FindBar
from whispr.gui.views.header import Header
from whispr.gui.views.hovernote import HoverNote
from whispr.gui.views.reading import ReadingView
from whispr.gui.views.staging import StagedItem, Staging


class PaneActions(ComposerActions, ConversationActions, FindActions, HeaderActions, Protocol):
    """Everything that the view asks for, in one object."""


class ConversationView(tkinter.Frame):
    """Everything right of the contact list while a conversation is open."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        actions: PaneActions,
        *,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        super().__init__(parent, bd=0, background=look.color("bg"))
        self._look = look
        self._actions = actions
        self._item: ConversationItem | None = None
        self._pages: MessagePages | None = None
        self.header = Header(self, look, actions)
        self.banner_slot = tkinter.Frame(self, bd=0, height=1)
        """Where a banner is packed; it takes no room while it is empty."""
        self.findbar = FindBar(
            self, look, find=actions.find, reveal=self._reveal, close=self.close_search
        )
        self._middle = tkinter.Frame(self, bd=0)
        self.messages = ConversationCanvas(self._middle, look, clock_ms=clock_ms)
        self.person = Person(self.messages, actions)
        self._note = HoverNote(self.messages, look)
        self.pointer = Pointer(self.messages, self.person, self._note.show)
        self.message_keys = Keys(self.messages, self.person)
        self.reading = ReadingView(self._middle, look, lambda: day_of(clock_ms()))
        self.is_reading = False
        self._line = tkinter.Frame(self, bd=0, height=1)
        self.staging = Staging(self, look, actions.unstage)
        self.composer = Composer(self, look, actions)
        self.drop_zone = DropZone(self._middle, look)
        self.messages.on_seen = actions.seen
        self.composer.text.on_scroll = self.scroll
        self.composer.text.on_up_when_empty = self.message_keys.focus_last_own
        self._arrange()
        look.follow(self, self._restyle)
        self._restyle()

    @property
    def panes(self) -> tuple[tkinter.Misc, tkinter.Misc, tkinter.Misc]:
        """Where F6 goes: header, messages, composer."""
        messages = self.reading.text if self.is_reading else self.messages
        return self.header.buttons[0], messages, self.composer.text

    @property
    def position(self) -> Anchor | None:
        """Where the conversation is being read, to come back to; None at its end."""
        return self.messages.position

    def open(
        self,
        item: ConversationItem,
        pages: MessagePages,
        connection: ConnectionItem,
        *,
        position: Anchor | None = None,
    ) -> None:
        """Show the conversation with a contact, and the draft for him."""
        self.close_search()
        self._item, self._pages = item, pages
        self.header.show(item, connection)
        self.messages.open(pages, unread=item.unread, position=position)
        name = one_line(item.name, emoji_safe=self._look.emoji_safe)
        self.composer.open(name.split(" ")[0] if name else "", item.draft)
        self.show_staged(())
        if self.is_reading:
            self.reading.open(item.name, pages)

    def update_contact(self, item: ConversationItem, connection: ConnectionItem) -> None:
        """Name, safety or connection changed; what is being written is left alone."""
        self._item = item
        self.header.show(item, connection)

    def put(self, items: Iterable[MessageItem]) -> None:
        """New messages of this conversation, and new states of old ones."""
        arrived = list(items)
        self.messages.put(arrived)
        if self.is_reading:
            self.reading.put(arrived)

    def remove(self, message_id: int) -> None:
        """A message was deleted."""
        self.messages.remove(message_id)
        if self.is_reading:
            self.reading.remove(message_id)

    def close(self) -> None:
        """Forget everything that was written or read: for the lock."""
        self._item = self._pages = None
        self.close_search()
        self.messages.close()
        self.reading.close()
        self.composer.clear()
        self.show_staged(())

    def show_staged(self, items: Sequence[StagedItem]) -> None:
        """The files that go with the next message."""
        self.staging.show(items)
        if items:
            self.staging.pack(side="bottom", fill="x", after=self.composer)
        else:
            self.staging.pack_forget()
        self.composer.set_staged(self.staging.sendable)

    def show_drop(self, limit: str | None) -> None:
        """Files are dragged over the window; None when they are not any longer."""
        if limit is None or self._item is None:
            self.drop_zone.hide()
        else:
            name = one_line(self._item.name, emoji_safe=self._look.emoji_safe)
            self.drop_zone.show(name.split(" ")[0], limit)

    def scroll(self, where: str) -> None:
        """Move the messages: `page_up`, `page_down`, `first`, `last`."""
        if self.is_reading:
            text = self.reading.text
            if where in ("page_up", "page_down"):
                text.yview_scroll(-1 if where == "page_up" else 1, "pages")
            else:
                text.see("1.0" if where == "first" else "end")
        elif where in ("page_up", "page_down"):
            self.messages.scroll_pages(-1 if where == "page_up" else 1)
        elif where == "first":
            self.messages.to_first()
        else:
            self.messages.to_latest()

    def toggle_reading(self) -> None:
        """Change between bubbles and plain text."""
        self.is_reading = not self.is_reading
        shown, hidden = (
            (self.reading, self.messages) if self.is_reading else (self.messages, self.reading)
        )
        hidden.pack_forget()
        shown.pack(fill="both", expand=True)
        if not self.is_reading:
            self.reading.close()
        elif self._item is not None and self._pages is not None:
            self.reading.open(self._item.name, self._pages)

    # Search in this conversation.

    def begin_search(self) -> None:
        """Open the search, or go back to its field."""
        if self._item is not None:
            if not self.findbar.winfo_manager():
                self.findbar.pack(side="top", fill="x", after=self.banner_slot)
            self.findbar.begin()

    def close_search(self) -> bool:
        """End the search; False when there was none."""
        if not self.findbar.winfo_manager():
            return False
        self.findbar.pack_forget()
        self.findbar.clear()
        self.composer.focus_text()
        return True

    def show_hits(self, query: str, message_ids: Sequence[int]) -> None:
        """The answer to `find`."""
        self.findbar.show_hits(query, message_ids)

    def escape(self) -> bool:
        """Undo the nearest thing: search, selection; False when there is nothing."""
        return self.close_search() or self.person.clear_selection()

    def _reveal(self, message_id: int) -> None:
        if self.is_reading:
            self.toggle_reading()
        self.messages.show_message(message_id, flash=True)

    def _arrange(self) -> None:
        self.header.pack(side="top", fill="x")
        self.banner_slot.pack(side="top", fill="x")
        self.composer.pack(side="bottom", fill="x")
        self._line.pack(side="bottom", fill="x")
        self._middle.pack(side="top", fill="both", expand=True)
        self.messages.pack(fill="both", expand=True)

    def _restyle(self) -> None:
        ground = self._look.color("bg")
        for frame in (self, self._middle, self.banner_slot):
            frame.configure(background=ground)
        self._line.configure(background=self._look.color("border"), height=max(1, self._look.px(1)))
