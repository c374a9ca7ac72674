"""The loaded messages of a conversation with their measures, kept right as messages change."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from whispr.gui.conversation.grouping import standing_of
from whispr.gui.conversation.loaded import LoadedMessages, Put
from whispr.gui.conversation.measure import Measurer, RowMeasure
from whispr.gui.items import MessageItem

MAX_MEASURES = 2_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came in with one batch of messages."""

    own: bool
    """A message of ours is at the end now: the view follows it."""
    below: int
    """Messages from the contact that came after the last one."""


class Rows:
    """Messages and measures; `stale` are the rows that are to be drawn again."""

    def __init__(self, measurer: Measurer) -> None:
        self.loaded = LoadedMessages()
        self.stale: set[int] = set()
        self.unread_id: int | None = None
        self._measurer = measurer
        self._measures: dict[int, RowMeasure] = {}

    def clear(self) -> None:
        """Forget everything."""
        self.loaded.clear()
        self.stale.clear()
        self._measures.clear()
        self.unread_id = None

    def forget_measures(self) -> None:
        """Width, fonts or scale changed."""
        self._measures.clear()
        self.stale.update(self.loaded.ids)

    def keep_measures(self, message_ids: Collection[int]) -> None:
        """Drop the other measures once there are many."""
        if len(self._measures) > MAX_MEASURES:
            kept = self._measures
            self._measures = {key: kept[key] for key in message_ids if key in kept}

    def measure(self, message_id: int) -> RowMeasure:
        """The measure of a loaded row."""
        found = self._measures.get(message_id)
        if found is None:
            before = self.loaded.neighbour(message_id, -1)
            after = self.loaded.neighbour(message_id, 1)
            item = self.loaded[message_id]
            standing = standing_of(item, before, after, self.unread_id)
            found = self._measures[message_id] = self._measurer.measure(item, standing)
        return found

    def height(self, message_id: int) -> int:
        """The height of a loaded row."""
        return self.measure(message_id).height

    def take_in(self, items: Iterable[MessageItem]) -> Arrival:
        """New messages and new states of old ones."""
        last_id = self.loaded.ids[-1] if self.loaded.ids else 0
        own, below = False, 0
        for item in items:
            message_id = item.message_id
            if self.loaded.put(item) is Put.CHANGED:
                self._touch(message_id)
                continue
            self.touch_around(message_id)
            own = own or (item.outgoing and message_id > last_id)
            below += message_id > last_id and not item.outgoing
        return Arrival(own, below)

    def remove(self, message_id: int) -> bool:
        """A message was deleted; False when it was not loaded."""
        if not self.loaded.remove(message_id):
            return False
        self._measures.pop(message_id, None)
        self.stale.discard(message_id)
        self.touch_around(message_id)
        return True

    def touch_around(self, message_id: int) -> None:
        """Measure and draw a row and its neighbours again: they group by each other."""
        place = self.loaded.place(message_id)
        for near in self.loaded.ids[max(0, place - 1) : place + 2]:
            self._touch(near)

    def mark_unread(self) -> int:
        """Put the unread line above the first message that is new; returns how many are."""
        new = [
            message_id
            for message_id in self.loaded.ids
            if not self.loaded[message_id].read and not self.loaded[message_id].outgoing
        ]
        self.unread_id = new[0] if new else None
        return len(new)

    def _touch(self, message_id: int) -> None:
        self._measures.pop(message_id, None)
        self.stale.add(message_id)
