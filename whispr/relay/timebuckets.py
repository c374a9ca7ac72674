"""Things that fall due, in buckets of time: every step costs the same for one or a million."""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)


class TimeBuckets(Generic[Item]):
    """Items by the bucket in which they fall due; a bucket is due when all of it lies in the past.

    So an item comes out at most `width_ms` late and never early. Whoever puts an item keeps the
    number of its bucket, and with it moves or removes it.
    """

    def __init__(self, width_ms: int) -> None:
        self._width_ms = width_ms
        self._buckets: dict[int, set[Item] | None] = {}
        self._order: list[int] = []

    def number(self, due_ms: int) -> int:
        """The bucket in which something due at `due_ms` comes out."""
        return -(-due_ms // self._width_ms)

    def put(self, item: Item, number: int) -> None:
        """Put an item into a bucket."""
        bucket = self._buckets.get(number)
        if bucket is not None:
            bucket.add(item)
            return
        if number not in self._buckets:
            heapq.heappush(self._order, number)
        self._buckets[number] = {item}

    def remove(self, item: Item, number: int) -> None:
        """Take an item out again; nothing happens if it is not in there any more."""
        bucket = self._buckets.get(number)
        if bucket is not None:
            bucket.discard(item)
            if not bucket:
                self._buckets[number] = None  # stays in the order: an empty set would cost 216 B

    def next_due_ms(self) -> int | None:
        """When the first bucket is due, if there is one; a hint, it may be empty by now."""
        return self._order[0] * self._width_ms if self._order else None

    def pop_due(self, now_ms: int, limit: int) -> list[Item]:
        """Take out up to `limit` items that are due, those of the oldest buckets first."""
        due: list[Item] = []
        while self._order and self._order[0] * self._width_ms <= now_ms:
            bucket = self._buckets[self._order[0]]
            while bucket and len(due) < limit:
                due.append(bucket.pop())
            if bucket:
                break
            del self._buckets[heapq.heappop(self._order)]
        return due

    def clear(self) -> None:
        """Forget everything."""
        self._buckets.clear()
        self._order.clear()
