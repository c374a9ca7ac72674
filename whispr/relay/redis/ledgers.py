"""How full the shared store is: the books of every bucket, as last heard, and their sum.

A script that changes a bucket answers with its books, so what this process does is known at once;
what others do is learned at the next look.
"""

from __future__ import annotations

import struct

from whispr.relay.redis.keys import BUCKETS
from whispr.relay.stores.base import StoreUsage
from whispr.relay.stores.limits import REMEMBERED_BYTES, SEEN_OVERHEAD_BYTES, StoreLimits

_LEDGER = struct.Struct(">9d")
_NOTHING = (0,) * 9
MESSAGES, MAILBOXES, HELD, UNSEEN, REMEMBERED, LISTS, OWNERS, EXPIRED, EVICTED = range(9)


class Ledgers:
    """The books of all buckets."""

    def __init__(self) -> None:
        self._buckets: list[tuple[float, ...]] = [_NOTHING] * BUCKETS
        self._sums = [0.0] * 9

    def note(self, bucket: int, raw: bytes | None) -> None:
        """A bucket's books as a script or a look gave them; nothing for an empty bucket."""
        if raw == b"":
            return
        new = _LEDGER.unpack(raw) if raw else _NOTHING
        old, sums = self._buckets[bucket], self._sums
        if new != old:
            self._buckets[bucket] = new
            for index in range(9):
                sums[index] += new[index] - old[index]

    def owners(self, bucket: int) -> int:
        """Owners without a list that a bucket knows."""
        return int(self._buckets[bucket][OWNERS])

    def most_owners(self) -> int:
        """The bucket that knows most owners without a list."""
        return max(range(BUCKETS), key=self.owners)

    def sum(self, index: int) -> int:
        """One column over all buckets."""
        return int(self._sums[index])

    @property
    def memory_bytes(self) -> int:
        """Everything held, with overhead."""
        sums = self._sums
        return int(
            sums[HELD]
            + sums[LISTS]
            + sums[REMEMBERED] * REMEMBERED_BYTES
            + sums[OWNERS] * SEEN_OVERHEAD_BYTES
        )

    def usage(self, limits: StoreLimits) -> StoreUsage:
        """For the metrics."""
        return StoreUsage(
            messages=self.sum(MESSAGES),
            mailboxes=self.sum(MAILBOXES),
            memory_bytes=self.memory_bytes,
            limit_bytes=limits.ceiling_bytes,
            expired=self.sum(EXPIRED),
            evicted=self.sum(EVICTED),
        )

    def clear(self) -> None:
        """Know nothing."""
        self._buckets = [_NOTHING] * BUCKETS
        self._sums = [0.0] * 9
