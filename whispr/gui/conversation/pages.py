"""Where the rows of a conversation come from: pages, asked for as they come into view."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Protocol

from whispr.gui.items import MessageItem
from whispr.gui.pages import MessagePage

PAGE_ITEMS = 200
"""Rows asked for at once: several windows full."""


Deliver = Callable[[MessagePage], None]
"""Takes the answer: within the call that asked, or later in the same thread."""


class MessagePages(Protocol):
    """The history of one conversation."""

    def page_before(self, message_id: int | None, limit: int, deliver: Deliver) -> None:
        """The last messages older than that one; of all of them when it is None."""

    def page_after(self, message_id: int, limit: int, deliver: Deliver) -> None:
        """The first messages newer than that one."""

    def page_at(self, index: int, limit: int, deliver: Deliver) -> None:
        """The messages from that place on, counted from the oldest: for a dragged scrollbar."""


class ListedPages:
    """Pages of messages that are all in memory, in the order of their ids."""

    def __init__(self, items: list[MessageItem], contact_id: int = 1) -> None:
        self.items = items
        self._contact_id = contact_id

    def page_before(self, message_id: int | None, limit: int, deliver: Deliver) -> None:
        """Answers within the call."""
        end = len(self.items) if message_id is None else self._place(message_id)
        self._deliver(max(0, end - limit), end, deliver)

    def page_after(self, message_id: int, limit: int, deliver: Deliver) -> None:
        """Answers within the call."""
        start = self._place(message_id + 1)
        self._deliver(start, start + limit, deliver)

    def page_at(self, index: int, limit: int, deliver: Deliver) -> None:
        """Answers within the call."""
        start = max(0, min(index, len(self.items) - limit))
        self._deliver(start, start + limit, deliver)

    def _place(self, message_id: int) -> int:
        return bisect_left(self.items, message_id, key=lambda item: item.message_id)

    def _deliver(self, start: int, end: int, deliver: Deliver) -> None:
        deliver(MessagePage(self._contact_id, tuple(self.items[start:end]), start, len(self.items)))
