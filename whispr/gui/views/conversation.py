"""The messages of the open conversation: search, bubbles or reading view, what is dropped."""

from __future__ import annotations

import tkinter
from collections.abc import Callable, Iterable, Sequence

from whispr.gui.conversation.actions import ConversationActions
from whispr.gui.conversation.canvas import ConversationCanvas
from whispr.gui.conversation.dates import day_of, now_ms
from whispr.gui.conversation.keys import Keys
from whispr.gui.conversation.pages import MessagePages
from whispr.gui.conversation.person import Person
from whispr.gui.conversation.pointer import Pointer
from whispr.gui.conversation.viewport import Anchor
from whispr.gui.items import ConversationItem, MessageItem
from whispr.gui.look import Look
from whispr.gui.shown import one_line
from whispr.gui.views.dropzone import DropZone
from whispr.gui.views.findbar import FindBar
from whispr.gui.views.hovernote import HoverNote
from whispr.gui.views.reading import ReadingView


class Conversation(tkinter.Frame):
    """Everything between the header and the composer."""

    def __init__(
        self,
        parent: tkinter.Misc,
        look: Look,
        actions: ConversationActions,
        *,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        super().__init__(parent, bd=0, background=look.color("bg"))
        self._look = look
        self._item: ConversationItem | None = None
        self._pages: MessagePages | None = None
        self._text: str | None = None
        self.is_reading = False
        self.findbar = FindBar(
            self, look, find=actions.find, reveal=self._reveal, close=self.close_search
        )
        self.messages = ConversationCanvas(self, look, clock_ms=clock_ms)
        self.messages.seen.tell = actions.seen
        self.person = Person(self.messages, actions)
        self.note = HoverNote(self.messages, look)
        self.pointer = Pointer(self.messages, self.person, self.note.show)
        self.message_keys = Keys(self.messages, self.person)
        self.reading = ReadingView(self, look, lambda: day_of(clock_ms()))
        self.drop_zone = DropZone(self, look)
        self.messages.pack(side="bottom", fill="both", expand=True)
        look.follow(self, lambda: self.configure(background=look.color("bg")))

    @property
    def focus_target(self) -> tkinter.Misc:
        """What takes the focus when the messages are to have it."""
        return self.reading.text if self.is_reading else self.messages

    @property
    def position(self) -> Anchor | None:
        """Where the conversation is being read, to come back to; None at its end."""
        return self.messages.position

    def open(
        self, item: ConversationItem, pages: MessagePages, *, position: Anchor | None = None
    ) -> None:
        """Show the conversation with a contact: its unread messages, or where it was left."""
        self.close_search()
        self.close_text()
        self._item, self._pages = item, pages
        self.messages.open(pages, unread=item.unread, position=position)
        if self.is_reading:
            self.reading.open(item.name, pages)

    def put(self, items: Iterable[MessageItem]) -> None:
        """New messages of this conversation, and new states of old ones."""
        arrived = list(items)
        self.messages.put(arrived)
        if self.is_reading and self._text is None:
            self.reading.put(arrived)

    def remove(self, message_id: int) -> None:
        """A message was deleted."""
        self.messages.remove(message_id)
        if self.is_reading and self._text is None:
            self.reading.remove(message_id)

    def close(self) -> None:
        """Forget everything: for the lock, and when the contact is gone."""
        self._item = self._pages = self._text = None
        self.close_search()
        self.messages.close()
        self.reading.close()
        self.note.show("", 0, 0)
        self.show_drop(None)

    def focus_last_own(self) -> bool:
        """Select our last message; False when there is none."""
        return not self.is_reading and self.message_keys.focus_last_own()

    def show_text(self, text: str) -> None:
        """Read one very long message whole, in place of the conversation, until Escape."""
        self._text = text
        self.reading.open_text(text)
        self._show_reading(True)
        self.reading.text.focus_set()

    def close_text(self) -> bool:
        """Back from the one message; False when none was being read."""
        if self._text is None:
            return False
        self._text = None
        self.reading.close()
        self._show_reading(self.is_reading)
        if self.is_reading and self._item is not None and self._pages is not None:
            self.reading.open(self._item.name, self._pages)
        return True

    def show_drop(self, limit: str | None) -> None:
        """Files are dragged over the window; None when they are not any longer."""
        if limit is None or self._item is None:
            self.drop_zone.hide()
        else:
            name = one_line(self._item.name, emoji_safe=self._look.emoji_safe)
            self.drop_zone.show(name.split(" ")[0], limit)

    def scroll(self, where: str) -> None:
        """Move the messages: `page_up`, `page_down`, `first`, `last`."""
        if self.is_reading or self._text is not None:
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
        self._text = None
        self.is_reading = not self.is_reading
        self._show_reading(self.is_reading)
        self.reading.close()
        if self.is_reading and self._item is not None and self._pages is not None:
            self.reading.open(self._item.name, self._pages)

    def _show_reading(self, reading: bool) -> None:
        shown, hidden = (self.reading, self.messages) if reading else (self.messages, self.reading)
        hidden.pack_forget()
        shown.pack(side="bottom", fill="both", expand=True)

    # Search in this conversation.

    def begin_search(self) -> None:
        """Open the search, or go back to its field."""
        if self._item is not None:
            if not self.findbar.winfo_manager():
                self.findbar.pack(side="top", fill="x")
            self.findbar.begin()

    def close_search(self) -> bool:
        """End the search; False when there was none."""
        if not self.findbar.winfo_manager():
            return False
        self.findbar.pack_forget()
        self.findbar.clear()
        return True

    def show_hits(self, query: str, message_ids: Sequence[int]) -> None:
        """The answer to `find`."""
        self.findbar.show_hits(query, message_ids)

    def escape(self) -> bool:
        """Undo the nearest thing: search, long text, selection; False when there is nothing."""
        return self.close_search() or self.close_text() or self.person.clear_selection()

    def _reveal(self, message_id: int) -> None:
        self.close_text()
        if self.is_reading:
            self.toggle_reading()
        self.messages.show_message(message_id, flash=True)
