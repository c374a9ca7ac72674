"""The loaded part of a conversation: a run of consecutive messages in the order of their ids."""

from __future__ import annotations

import enum
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from whispr.gui.items import MessageItem
    from whispr.gui.pages import MessagePage


class Put(enum.Enum):
    """What became of a message that came in."""

    ADDED = enum.auto()
    CHANGED = enum.auto()
    OUTSIDE = enum.auto()
    """It belongs before or after the loaded run: counted, and read when somebody scrolls there."""


class LoadedMessages:
    """A run of consecutive messages and its place in the whole conversation."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.index = 0
        """How many messages are older than the first loaded one."""
        self.count = 0
        """How many messages the conversation has."""
        self._items: dict[int, MessageItem] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, message_id: object) -> bool:
        return message_id in self._items

    def __getitem__(self, message_id: int) -> MessageItem:
        return self._items[message_id]

    @property
    def more_above(self) -> bool:
        """Older messages exist that are not loaded."""
        return self.index > 0

    @property
    def more_below(self) -> bool:
        """Newer messages exist that are not loaded."""
        return self.index + len(self.ids) < self.count

    def place(self, message_id: int) -> int:
        """Where the message is in `ids`, or where it would be."""
        return bisect_left(self.ids, message_id)

    def neighbour(self, message_id: int, step: int) -> MessageItem | None:
        """The message `step` rows after it (before it when negative), None at an end."""
        place = self.place(message_id) + step
        return self._items[self.ids[place]] if 0 <= place < len(self.ids) else None

    def between(self, first_id: int, last_id: int) -> list[int]:
        """The ids from one to the other, both included."""
        return self.ids[self.place(first_id) : self.place(last_id + 1)]

    def clear(self) -> None:
        """Forget everything."""
        self.ids, self._items = [], {}
        self.index = self.count = 0

    def replace(self, page: MessagePage) -> None:
        """Forget everything and hold this page."""
        self.ids = [item.message_id for item in page.items]
        self._items = {item.message_id: item for item in page.items}
        self.index, self.count = page.index, page.count

    def extend(self, page: MessagePage) -> list[int]:
        """Take in the page before or after the run; returns the ids that are new.

        A page that does not touch the run is an answer to a question long given up: nothing.
        """
        if not self.ids:
            self.replace(page)
            return list(self.ids)
        # What arrived while the page was on its way is in the run already.
        first, last = self.index - len(page.items), self.index + len(self.ids)
        if not page.items or not first <= page.index <= last:
            return []
        new = [item.message_id for item in page.items if item.message_id not in self._items]
        self._items.update((item.message_id, item) for item in page.items)
        self.ids = sorted(self._items)
        self.index = min(self.index, page.index)
        self.count = max(page.count, self.index + len(self.ids))
        return new

    def put(self, item: MessageItem) -> Put:
        """Take in a new message, or a new state of one that is loaded."""
        message_id = item.message_id
        if message_id in self._items:
            self._items[message_id] = item
            return Put.CHANGED
        place = self.place(message_id)
        if (place == 0 and self.more_above) or (place == len(self.ids) and self.more_below):
            self.index += place == 0 and self.more_above
            self.count += 1
            return Put.OUTSIDE
        self.ids.insert(place, message_id)
        self._items[message_id] = item
        self.count += 1
        return Put.ADDED

    def remove(self, message_id: int) -> bool:
        """Forget a deleted message; False when it was not loaded."""
        if self._items.pop(message_id, None) is None:
            return False
        del self.ids[self.place(message_id)]
        self.count -= 1
        return True

    def items(self, ids: Iterable[int]) -> list[MessageItem]:
        """The messages of these ids."""
        return [self._items[message_id] for message_id in ids]
