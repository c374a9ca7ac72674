"""Which envelopes were kept: ids, digests and first answers, for the length of the clock window.

Some million entries are normal (rate × window), so an entry is two integers in a dict and one in
the bucket of the time at which it is forgotten, about 130 bytes:

* the key is the 64-bit hash of mailbox, key and envelope id, keyed at random for each process
  (PEP 456). Two ids that collide (1 in 10¹² at ten million entries) make the later sender hear
  `id_reused`, and a new envelope id helps;
* the value holds 80 bits of the envelope's SHA-256 and the life that the first answer told.
"""

from __future__ import annotations

import heapq
from array import array

from whispr.relay.stores.base import Incoming, Kept, Refusal, Refused
from whispr.relay.stores.limits import MAX_LIFE_MS, REMEMBERED_BYTES

BUCKET_MS = 250
_BUCKETS_AT_ONCE = 4
_DIGEST_BYTES = 10
_LIFE_BITS = MAX_LIFE_MS.bit_length()


class Duplicates:
    """Remembers what was kept until its time is over."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}
        self._buckets: dict[int, array[int]] = {}
        self._order: list[int] = []
        self.size_bytes = 0
        """Memory that they take, as an estimate."""

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._known)

    def find(self, incoming: Incoming, now_ms: int) -> Kept | Refused | None:
        """The first answer for exactly these bytes, `ID_REUSED` for others, None for a new id."""
        if self._order and self._order[0] * BUCKET_MS <= now_ms:
            self.forget(now_ms)
        value = self._known.get(_key(incoming))
        if value is None:
            return None
        if value >> _LIFE_BITS == _short_digest(incoming):
            return Kept(value & MAX_LIFE_MS, True)
        return Refused(Refusal.ID_REUSED)

    def remember(self, incoming: Incoming, now_ms: int) -> None:
        """Remember an envelope that `find` did not know."""
        key = _key(incoming)
        self._known[key] = _short_digest(incoming) << _LIFE_BITS | incoming.life_ms
        number = -(-(now_ms + incoming.remember_ms) // BUCKET_MS)
        bucket = self._buckets.get(number)
        if bucket is None:
            bucket = self._buckets[number] = array("q")
            heapq.heappush(self._order, number)
        bucket.append(key)
        self.size_bytes += REMEMBERED_BYTES

    def forget(self, now_ms: int) -> bool:
        """Forget some of what is over; returns whether there is more."""
        for _ in range(_BUCKETS_AT_ONCE):
            if not self._order or self._order[0] * BUCKET_MS > now_ms:
                return False
            keys = self._buckets.pop(heapq.heappop(self._order))
            for key in keys:
                del self._known[key]
            self.size_bytes -= len(keys) * REMEMBERED_BYTES
        return True

    def next_due_ms(self) -> int | None:
        """When the next is forgotten, if any is remembered."""
        return self._order[0] * BUCKET_MS if self._order else None

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()
        self._buckets.clear()
        self._order.clear()
        self.size_bytes = 0


def _key(incoming: Incoming) -> int:
    return hash((incoming.mailbox, incoming.key_id, incoming.envelope_id))


def _short_digest(incoming: Incoming) -> int:
    return int.from_bytes(incoming.digest[:_DIGEST_BYTES], "big")
