"""One mailbox in memory: its envelopes in order, each with its own expiry, and what they weigh."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from whispr.relay.stores.base import Incoming, Stored
from whispr.relay.stores.limits import ITEM_OVERHEAD_BYTES, MAILBOX_OVERHEAD_BYTES

_position = attrgetter("position")
_due_ms = attrgetter("due_ms")


@dataclass(slots=True, eq=False)
class Item:
    """One waiting envelope and what the shares of a mailbox need to know about it."""

    position: int
    data: bytes
    arrived_ms: int
    due_ms: int
    key_id: bytes
    address: str
    envelope_id: bytes
    origin: object | None


class Mailbox:
    """Envelopes in the order of their positions.

    A list rather than a deque: a mailbox is short, and an empty deque takes 624 bytes.
    """

    __slots__ = ("bucket", "data_bytes", "first_due_ms", "items", "key", "seen")

    def __init__(self, key: bytes, *, seen: bool) -> None:
        self.key = key
        self.seen = seen
        """Whether it counts among the mailboxes whose owner was seen."""
        self.items: list[Item] = []
        self.data_bytes = 0
        self.first_due_ms = 0
        """No item expires before."""
        self.bucket: int | None = None
        """In which bucket of time the store will look here again."""

    @property
    def size_bytes(self) -> int:
        """Memory of the mailbox and all in it, as an estimate."""
        overhead_bytes = len(self.items) * ITEM_OVERHEAD_BYTES + MAILBOX_OVERHEAD_BYTES
        return self.data_bytes + overhead_bytes

    def append(self, item: Item) -> None:
        """Add an item whose position is above all others."""
        if not self.items or item.due_ms < self.first_due_ms:
            self.first_due_ms = item.due_ms
        self.items.append(item)
        self.data_bytes += len(item.data)

    def expire(self, now_ms: int) -> int:
        """Drop what is over; returns how many went."""
        if now_ms < self.first_due_ms or not self.items:
            return 0
        before = len(self.items)
        self._keep([item for item in self.items if item.due_ms > now_ms])
        return before - len(self.items)

    def remove(self, gone: Sequence[Item]) -> None:
        """Drop these items."""
        self._keep([item for item in self.items if item not in gone])

    def acknowledge(self, position: int) -> int:
        """Drop everything up to and with `position`; returns how many went."""
        items = self.items
        if not items or items[0].position > position:
            return 0
        if items[-1].position <= position:
            count = len(items)
            self.items, self.data_bytes = [], 0
            return count
        count = bisect_right(items, position, key=_position)
        self.data_bytes -= sum(len(item.data) for item in items[:count])
        del items[:count]
        return count

    def read(self, after: int, max_messages: int, max_bytes: int, now_ms: int) -> list[Stored]:
        """What lies behind `after`, oldest first; at least one if there is one."""
        items = self.items
        start = 0
        if items and items[0].position <= after:
            start = bisect_right(items, after, key=_position)
        found: list[Stored] = []
        for item in items[start : start + max_messages]:
            max_bytes -= len(item.data)
            if max_bytes < 0 and found:
                break
            found.append(Stored(item.position, item.data, now_ms - item.arrived_ms))
        return found

    def _keep(self, items: list[Item]) -> None:
        self.items = items
        self.data_bytes = sum(len(item.data) for item in items)
        self.first_due_ms = min(map(_due_ms, items), default=0)


def new_item(incoming: Incoming, position: int, now_ms: int, *, origin: object | None) -> Item:
    """The item for an envelope that comes in now."""
    return Item(
        position,
        incoming.data,
        now_ms,
        now_ms + incoming.life_ms,
        incoming.key_id,
        incoming.address,
        incoming.envelope_id,
        origin,
    )
