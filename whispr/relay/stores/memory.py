"""The store in this process: everything in memory, gone when the process ends.

Expiry is lazy: a mailbox drops what is over whenever it is touched, and `sweep` looks only at
mailboxes whose bucket of time has come. So a message costs the same whether a thousand mailboxes
wait or a million. Every byte held is reckoned with its overhead and stays under the ceiling.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache

from whispr.errors import RelayUnavailableError
from whispr.protocol.limits import EPOCH_BYTES
from whispr.relay.clock import Clock
from whispr.relay.limits import RateLimits
from whispr.relay.stores.base import (
    Evicted,
    Incoming,
    Kept,
    Refusal,
    Refused,
    Stored,
    StoreUsage,
    Watcher,
)
from whispr.relay.stores.duplicates import Duplicates
from whispr.relay.stores.limits import (
    ITEM_OVERHEAD_BYTES,
    MAILBOX_OVERHEAD_BYTES,
    MAX_LIFE_MS,
    REMEMBERED_BYTES,
    StoreLimits,
)
from whispr.relay.stores.mailbox import Item, Mailbox
from whispr.relay.stores.mailboxes import Mailboxes
from whispr.relay.stores.owners import Owners
from whispr.relay.stores.shares import Full, has_plain_room, make_room

_SWEPT_AT_ONCE = 500
_LEAST_RETRY_MS = 100
_MOST_RETRY_MS = 60_000


class MemoryStore:
    """Fits `whispr.relay.stores.base.Store`.

    Args:
        clock: only its monotonic time is used.
        epoch: 16 random bytes, new for each process.
    """

    def __init__(self, limits: StoreLimits, clock: Clock, epoch: bytes) -> None:
        if len(epoch) != EPOCH_BYTES:
            raise ValueError(f"an epoch has {EPOCH_BYTES} bytes")
        self._clock = clock
        self._epoch = epoch
        self._up = True
        self._mailboxes = Mailboxes()
        self._duplicates = Duplicates()
        self._owners = Owners(limits)
        self._send_rates = RateLimits(limits.send_rate, clock, limits.max_rated_keys)
        self.change_limits(limits)

    @property
    def epoch(self) -> bytes:
        """As it was given."""
        return self._epoch

    @property
    def up(self) -> bool:
        """True until it is closed."""
        return self._up

    async def open(self) -> None:
        """There is nothing to connect to."""

    def change_limits(self, limits: StoreLimits) -> None:
        """Apply other limits from now on; what is held stays, even if it is more than allowed."""
        self._limits = self._owners.limits = limits
        self._unseen_limit_bytes = limits.unseen_bytes
        self._remembered_limit_bytes = limits.remembered_bytes
        self._send_rates.change(limits.send_rate)

    async def repetition(self, incoming: Incoming) -> Kept | None:
        """The first answer, if exactly these bytes were kept before."""
        known = self._duplicates.find(incoming, self._now_ms())
        return known if isinstance(known, Kept) else None

    async def enqueue(self, incoming: Incoming) -> Kept | Refused:
        """Keep and remember one envelope, or say why not.

        Raises ValueError for a life beyond `MAX_LIFE_MS`.
        """
        now_ms = self._now_ms()
        if not 0 < incoming.life_ms <= MAX_LIFE_MS:
            raise ValueError("a life lies between 1 ms and the longest that is possible")
        known = self._duplicates.find(incoming, now_ms)
        if known is not None:
            return known
        mailbox = self._mailboxes.get(incoming.mailbox, now_ms)
        evicted = self._room_in(mailbox, incoming)
        if isinstance(evicted, Full):
            until_ms = evicted.until_ms
            return Refused(Refusal.MAILBOX_FULL, until_ms - now_ms if until_ms is not None else 0)
        seen = self._owners.is_seen(incoming.mailbox)
        self._mailboxes.count_as(incoming.mailbox, seen=seen)
        if self._is_full(mailbox, incoming, evicted, seen=seen):
            self._sweep_some(now_ms)
            if self._is_full(mailbox, incoming, evicted, seen=seen):
                return Refused(Refusal.RELAY_FULL, self._retry_ms(now_ms))
        return self._keep(mailbox, incoming, evicted, now_ms, seen=seen)

    async def fetch(
        self, mailbox: bytes, *, after: int, max_messages: int, max_bytes: int
    ) -> list[Stored]:
        """Envelopes with a position above `after`, oldest first; at least one if there is one."""
        now_ms = self._now_ms()
        waiting = self._mailboxes.get(mailbox, now_ms)
        return waiting.read(after, max_messages, max_bytes, now_ms) if waiting is not None else []

    async def acknowledge(self, mailbox: bytes, position: int) -> int:
        """Delete everything up to and with `position`; returns how many went."""
        waiting = self._mailboxes.get(mailbox, self._now_ms())
        if waiting is None:
            return 0
        watched = self._owners.watcher(mailbox) is not None
        return self._mailboxes.acknowledge(waiting, position, watched=watched)

    async def last_position(self, mailbox: bytes) -> int:
        """Position of the newest waiting envelope, 0 if there is none."""
        waiting = self._mailboxes.get(mailbox, self._now_ms())
        return waiting.items[-1].position if waiting is not None and waiting.items else 0

    async def watch(self, mailbox: bytes, watcher: Watcher) -> None:
        """Wake `watcher` from now on; displaces the former watcher and marks the owner seen."""
        former = self._owners.watch(mailbox, watcher, self._now_ms())
        self._mailboxes.count_as(mailbox, seen=True)
        if former is not None:
            former.displaced()

    async def unwatch(self, mailbox: bytes, watcher: Watcher) -> None:
        """Stop waking; nothing happens if another took over."""
        if self._up:
            self._owners.unwatch(mailbox, watcher, self._now_ms())
            if self._owners.watcher(mailbox) is None:
                self._mailboxes.leave(mailbox)

    async def publish(self, mailbox: bytes, data: bytes) -> bool:
        """Hand an EPHEMERAL envelope to the watcher, if there is one; never kept."""
        self._now_ms()
        watcher = self._owners.watcher(mailbox)
        if watcher is None:
            return False
        watcher.push_ephemeral(data)
        return True

    async def allow(self, mailbox: bytes, keys: frozenset[bytes]) -> None:
        """Reserve half of the mailbox for these sender keys; an empty set ends it.

        Raises RelayFullError if there is no room for the list; the former one stays.
        """
        room_bytes = self._limits.ceiling_bytes - self._memory_bytes()
        self._owners.allow(mailbox, keys, room_bytes, self._now_ms())

    async def take_send_budget(self, key_id: bytes) -> int:
        """Charge one message to a key whose signature was good; 0, or milliseconds to wait."""
        self._now_ms()
        return self._send_rates.take(key_id)

    def usage(self) -> StoreUsage:
        """How full it is."""
        return StoreUsage(
            messages=self._mailboxes.messages,
            mailboxes=len(self._mailboxes),
            memory_bytes=self._memory_bytes(),
            limit_bytes=self._limits.ceiling_bytes,
            expired=self._mailboxes.expired,
            evicted=self._mailboxes.evicted,
        )

    async def sweep(self) -> None:
        """Drop what expired, a little in each turn of the loop."""
        more = self._up
        while more:
            more = self._sweep_some(self._clock.monotonic_ms())
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Forget everything; from now on every call raises RelayUnavailableError."""
        self._up = False
        self._mailboxes.clear()
        self._duplicates.clear()
        self._owners.clear()

    def _now_ms(self) -> int:
        if not self._up:
            raise RelayUnavailableError("the store is closed")
        return self._clock.monotonic_ms()

    def _memory_bytes(self) -> int:
        held_bytes = self._mailboxes.held_bytes
        return held_bytes + self._duplicates.size_bytes + self._owners.size_bytes

    def _room_in(self, mailbox: Mailbox | None, incoming: Incoming) -> Full | Sequence[Item]:
        items: Sequence[Item] = mailbox.items if mailbox is not None else ()
        data_bytes = mailbox.data_bytes if mailbox is not None else 0
        allowed = self._owners.senders(incoming.mailbox)
        if allowed is None and has_plain_room(len(items), data_bytes, incoming, self._limits):
            return ()
        return make_room(items, incoming, self._limits, allowed)

    def _is_full(
        self,
        mailbox: Mailbox | None,
        incoming: Incoming,
        evicted: Sequence[Item],
        *,
        seen: bool,
    ) -> bool:
        """Whether one more envelope passes a ceiling."""
        added_bytes = ITEM_OVERHEAD_BYTES + len(incoming.data)
        if mailbox is None:
            added_bytes += MAILBOX_OVERHEAD_BYTES
        for item in evicted:
            added_bytes -= ITEM_OVERHEAD_BYTES + len(item.data)
        return (
            self._memory_bytes() + added_bytes + REMEMBERED_BYTES > self._limits.ceiling_bytes
            or self._duplicates.size_bytes + REMEMBERED_BYTES > self._remembered_limit_bytes
            or (not seen and self._mailboxes.unseen_bytes + added_bytes > self._unseen_limit_bytes)
        )

    def _keep(
        self,
        mailbox: Mailbox | None,
        incoming: Incoming,
        evicted: Sequence[Item],
        now_ms: int,
        *,
        seen: bool,
    ) -> Kept:
        origin = incoming.origin if self._limits.drop_oldest else None
        if mailbox is not None and evicted:
            self._mailboxes.evict(mailbox, evicted)
        self._mailboxes.add(incoming, now_ms, seen=seen, origin=origin)
        self._duplicates.remember(incoming, now_ms)
        watcher = self._owners.watcher(incoming.mailbox)
        if watcher is not None:
            watcher.wake()
        if not evicted:
            return _kept(incoming.life_ms)
        gone = (Evicted(incoming.mailbox, item.envelope_id, item.origin) for item in evicted)
        return Kept(incoming.life_ms, evicted=tuple(gone))

    def _sweep_some(self, now_ms: int) -> bool:
        """Drop some of what is over; returns whether there may be more."""
        more_mailboxes = self._mailboxes.sweep(now_ms, _SWEPT_AT_ONCE)
        more_duplicates = self._duplicates.forget(now_ms)
        return self._owners.expire(now_ms) or more_mailboxes or more_duplicates

    def _retry_ms(self, now_ms: int) -> int:
        """When something will have gone: the next expiry, within reason."""
        next_times_ms = (self._mailboxes.next_due_ms(), self._duplicates.next_due_ms())
        waits_ms = [time_ms - now_ms for time_ms in next_times_ms if time_ms is not None]
        return min(max(_LEAST_RETRY_MS, min(waits_ms, default=_MOST_RETRY_MS)), _MOST_RETRY_MS)


@lru_cache(maxsize=64)
def _kept(life_ms: int) -> Kept:
    """The usual answer; almost everybody asks for the same life."""
    return Kept(life_ms)
