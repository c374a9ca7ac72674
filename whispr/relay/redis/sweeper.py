"""What is over in the shared store: looked for in each bucket when something there is due.

Every process sweeps, and what two of them find, one of them drops. Envelopes also have an expiry
that the store itself keeps, a minute later, for the case that no relay is left.
"""

from __future__ import annotations

import asyncio
import random

from whispr.relay.clock import Clock
from whispr.relay.redis import keys
from whispr.relay.redis.backend import Backend
from whispr.relay.redis.ledgers import Ledgers
from whispr.relay.redis.scripts import script

FOUND_AT_ONCE = 100
BUCKETS_AT_ONCE = 64
LONGEST_UNSEEN_MS = 10_000
"""How old the figures of a bucket may be in which only others do something."""
_LOOK, _EXPIRE, _FORGET, _OLDEST = (script(name) for name in ("look", "expire", "forget", "oldest"))


class Sweeper:
    """Knows when to look at which bucket."""

    def __init__(
        self, backend: Backend, ledgers: Ledgers, clock: Clock, owner_retention_ms: int
    ) -> None:
        self._backend = backend
        self._ledgers = ledgers
        self._clock = clock
        self._retention_ms = owner_retention_ms
        self._look_at_ms = [0] * keys.BUCKETS
        self._due_ms: list[int | None] = [None] * keys.BUCKETS

    def expect(self, bucket: int, wait_ms: int) -> None:
        """Something in this bucket will be over then."""
        due_ms = self._clock.monotonic_ms() + wait_ms
        known_ms = self._due_ms[bucket]
        if known_ms is None or due_ms < known_ms:
            self._due_ms[bucket] = due_ms
            self._look_at_ms[bucket] = min(self._look_at_ms[bucket], due_ms)

    def next_due_in_ms(self) -> int | None:
        """When something will be over, as far as known."""
        known_ms = [due_ms for due_ms in self._due_ms if due_ms is not None]
        return min(known_ms) - self._clock.monotonic_ms() if known_ms else None

    async def sweep(self) -> None:
        """Drop what is over.

        Raises:
            RelayUnavailableError: the store does not answer.
        """
        now_ms = self._clock.monotonic_ms()
        due = [bucket for bucket in range(keys.BUCKETS) if self._look_at_ms[bucket] <= now_ms]
        for start in range(0, len(due), BUCKETS_AT_ONCE):
            await asyncio.gather(*map(self._sweep, due[start : start + BUCKETS_AT_ONCE]))

    async def forget_oldest(self, bucket: int) -> None:
        """Forget an owner without a list, if possible of this bucket: there are too many."""
        if self._ledgers.owners(bucket) < 2:
            bucket = self._ledgers.most_owners()
        oldest = await self._backend.run(_OLDEST, (keys.SEEN[bucket],))
        if oldest is not None:
            await self._forget(bucket, oldest, b"any")

    async def _sweep(self, bucket: int) -> None:
        found_ms = self._clock.monotonic_ms()
        wait, mailboxes, owners = await self._look(bucket)
        while mailboxes or owners:
            for mailbox in mailboxes:
                await self._expire(bucket, mailbox)
            for owner in owners:
                await self._forget(bucket, owner, self._retention_ms)
            wait, mailboxes, owners = await self._look(bucket)
        self._due_ms[bucket] = found_ms + wait if wait is not None else None
        unseen_ms = round(LONGEST_UNSEEN_MS * random.uniform(0.8, 1.2))
        self._look_at_ms[bucket] = found_ms + min(unseen_ms, unseen_ms if wait is None else wait)

    async def _look(self, bucket: int) -> tuple[int | None, list[bytes], list[bytes]]:
        names = (
            keys.LEDGERS[bucket],
            keys.DUES[bucket],
            keys.FORGETTINGS[bucket],
            keys.SEEN[bucket],
            keys.LISTED[bucket],
        )
        now = self._backend.now()
        raw, wait, mailboxes, owners = await self._backend.run(
            _LOOK, names, now, FOUND_AT_ONCE, self._retention_ms
        )
        self._ledgers.note(bucket, raw)
        return int(wait) if wait else None, mailboxes, owners

    async def _expire(self, bucket: int, mailbox: bytes) -> None:
        names = keys.queue_names(mailbox)
        ledger = await self._backend.run(_EXPIRE, names, self._backend.now(), mailbox)
        self._ledgers.note(bucket, ledger)

    async def _forget(self, bucket: int, mailbox: bytes, retention: int | bytes) -> None:
        names = keys.owner_names(mailbox)
        ledger = await self._backend.run(_FORGET, names, self._backend.now(), mailbox, retention)
        self._ledgers.note(bucket, ledger)
