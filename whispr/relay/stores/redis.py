"""The store that any number of relay processes share: everything in a Redis or Valkey.

Each step is one script there (`whispr/relay/redis/lua`), so processes need not know of each other.
What is accepted was kept by the store; without its answer nothing is accepted.
"""

from __future__ import annotations

import contextlib
import hashlib
from functools import lru_cache

from whispr.errors import RelayFullError, RelayUnavailableError
from whispr.protocol.limits import KEY_BYTES, MAX_ENVELOPE_BYTES
from whispr.relay.clock import Clock
from whispr.relay.redis import keys
from whispr.relay.redis.backend import Backend
from whispr.relay.redis.ledgers import LISTS, OWNERS, REMEMBERED, UNSEEN, Ledgers
from whispr.relay.redis.scripts import script
from whispr.relay.redis.sweeper import Sweeper
from whispr.relay.redis.watches import Watches
from whispr.relay.redis.wire import Reply, Word
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
from whispr.relay.stores.limits import MAX_LIFE_MS, REMEMBERED_BYTES, StoreLimits
from whispr.relay.stores.origins import Origins
from whispr.relay.stores.shares import ADDRESS_DIVISOR, STRANGERS_DIVISOR

_ENQUEUE, _KNOWN, _FETCH, _NEWEST, _ACKNOWLEDGE, _ALLOW, _CHARGE = (
    script(name)
    for name in ("enqueue", "known", "fetch", "newest", "acknowledge", "allow", "charge")
)
_KEPT, _REPEATED, _REUSED, _MAILBOX_FULL = range(4)
_DIGEST_BYTES = 10
_ENVELOPE_ID = slice(60, 76)
_ORIGIN = slice(84, None)
_LEAST_RETRY_MS, _MOST_RETRY_MS = 100, 60_000
_RETRY_LIST_MS = 3_600_000
_SWEEP_AGAIN_MS = 250


class RedisStore:
    """Fits `whispr.relay.stores.base.Store`.

    Args:
        backend: the connections; opened and closed by this store.
        clock: of this process; says when to look for what is over, never when something is.
    """

    def __init__(self, limits: StoreLimits, backend: Backend, clock: Clock) -> None:
        self._backend = backend
        self._clock = clock
        self._ledgers = Ledgers()
        self._watches = Watches(backend, self._ledgers)
        self._sweeper = Sweeper(backend, self._ledgers, clock, limits.owner_retention_ms)
        self._origins = Origins()
        self._swept_ms = 0
        self._open = False
        self.change_limits(limits)

    @property
    def epoch(self) -> bytes:
        """Of the store, not of this process."""
        return self._backend.epoch

    @property
    def up(self) -> bool:
        """Whether the store answers."""
        return self._open and self._backend.up

    async def open(self) -> None:
        """Connect and learn how full the store is.

        Raises:
            ConfigError: it cannot be reached or used; says why.
        """
        await self._backend.open()
        self._open = True
        await self._sweeper.sweep()

    def change_limits(self, limits: StoreLimits) -> None:
        """Apply other limits from now on; what is held stays, even if it is more than allowed."""
        self._limits = limits
        self._shares = _shares(limits)
        self._period_us = max(1, limits.send_rate.period_ns // 1000)

    async def repetition(self, incoming: Incoming) -> Kept | None:
        """The first answer, if exactly these bytes were kept before."""
        name = keys.remembered(incoming.mailbox, incoming.key_id, incoming.envelope_id)
        life_ms = await self._backend.run(
            _KNOWN, (name,), self._now(), incoming.digest[:_DIGEST_BYTES]
        )
        return Kept(life_ms, repeated=True) if life_ms is not None else None

    async def enqueue(self, incoming: Incoming) -> Kept | Refused:
        """Keep and remember one envelope, or say why not.

        Raises ValueError for a life beyond `MAX_LIFE_MS`.
        """
        if not 0 < incoming.life_ms <= MAX_LIFE_MS:
            raise ValueError("a life lies between 1 ms and the longest that is possible")
        try:
            outcome = await self._enqueue(incoming)
            if outcome is None and self._may_sweep():
                await self._sweeper.sweep()
                outcome = await self._enqueue(incoming)
        except RelayFullError as error:  # the memory of the store, whatever our ceiling is
            return Refused(Refusal.RELAY_FULL, error.retry_after_ms)
        return outcome or Refused(Refusal.RELAY_FULL, self._retry_ms())

    async def fetch(
        self, mailbox: bytes, *, after: int, max_messages: int, max_bytes: int
    ) -> list[Stored]:
        """Envelopes with a position above `after`, oldest first; at least one if there is one."""
        names = (keys.heads(mailbox), keys.bodies(mailbox))
        found = await self._backend.run(_FETCH, names, self._now(), after, max_messages, max_bytes)
        triples = zip(found[::3], found[2::3], found[1::3], strict=True)
        return [Stored(int(position), data, age_ms) for position, data, age_ms in triples]

    async def acknowledge(self, mailbox: bytes, position: int) -> int:
        """Delete everything up to and with `position`; returns how many went."""
        bucket = keys.bucket_of(mailbox)
        names = keys.queue_names(mailbox)
        count: int
        count, ledger = await self._backend.run(_ACKNOWLEDGE, names, self._now(), mailbox, position)
        self._ledgers.note(bucket, ledger)
        return count

    async def last_position(self, mailbox: bytes) -> int:
        """Position of the newest waiting envelope, 0 if there is none."""
        return int(await self._backend.run(_NEWEST, (keys.heads(mailbox),), self._now()))

    async def watch(self, mailbox: bytes, watcher: Watcher) -> None:
        """Wake `watcher` from now on; displaces the former one, on whatever process it sits."""
        self._now()
        await self._watches.watch(mailbox, watcher)
        await self._bound_owners(mailbox)

    async def unwatch(self, mailbox: bytes, watcher: Watcher) -> None:
        """Stop waking; nothing happens if another took over."""
        await self._watches.unwatch(mailbox, watcher)
        with contextlib.suppress(RelayUnavailableError):
            await self._bound_owners(mailbox)

    async def publish(self, mailbox: bytes, data: bytes) -> bool:
        """Hand an EPHEMERAL envelope to the watcher, if there is one; never kept."""
        self._now()
        return await self._watches.publish(mailbox, data)

    async def allow(self, mailbox: bytes, senders: frozenset[bytes]) -> None:
        """Reserve half of the mailbox for these sender keys; an empty set ends it.

        Raises RelayFullError if there is no room for the list; the former one stays.
        """
        if any(len(key) != KEY_BYTES for key in senders):
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        bucket, limits = keys.bucket_of(mailbox), self._limits
        names = keys.owner_names(mailbox)
        room_bytes = min(
            limits.ceiling_bytes - self._ledgers.memory_bytes,
            limits.lists_bytes - self._ledgers.sum(LISTS),
        )
        packed = b"".join(sorted(senders))
        ledger = await self._backend.run(_ALLOW, names, self._now(), mailbox, packed, room_bytes)
        if ledger is None:
            raise RelayFullError("no room for a sender list", retry_after_ms=_RETRY_LIST_MS)
        self._ledgers.note(bucket, ledger)
        await self._bound_owners(mailbox)

    async def take_send_budget(self, key_id: bytes) -> int:
        """Charge one message to a key whose signature was good; 0, or milliseconds to wait."""
        burst = self._limits.send_rate.burst
        wait_ms: int = await self._backend.run(
            _CHARGE, (keys.sends(key_id),), self._now(), self._period_us, burst
        )
        return wait_ms

    def usage(self) -> StoreUsage:
        """How full the store is, with what other processes keep there, as last heard."""
        return self._ledgers.usage(self._limits)

    async def sweep(self) -> None:
        """Drop what is over, and look after some of the watchers."""
        if self._open:
            await self._watches.check_some()
            await self._sweeper.sweep()

    async def close(self) -> None:
        """Let go of the store; what it holds stays there."""
        self._open = False
        await self._watches.close()
        await self._backend.close()
        self._ledgers.clear()
        self._origins.clear()

    def _now(self) -> Word:
        if not self._open:
            raise RelayUnavailableError("the store is closed")
        return self._backend.now()

    async def _enqueue(self, incoming: Incoming) -> Kept | Refused | None:
        """None when a ceiling is reached."""
        mailbox, limits, ledgers = incoming.mailbox, self._limits, self._ledgers
        bucket = keys.bucket_of(mailbox)
        names = (
            *keys.queue_names(mailbox),
            keys.owner(mailbox),
            keys.senders(mailbox),
            keys.remembered(mailbox, incoming.key_id, incoming.envelope_id),
            keys.FORGETTINGS[bucket],
            keys.CHANNELS[bucket],
        )
        origin = self._origins.note(incoming.origin) if limits.drop_oldest else b""
        reply = await self._backend.run(
            _ENQUEUE,
            names,
            *(self._now(), mailbox, incoming.data, incoming.key_id, incoming.envelope_id),
            *(incoming.digest[:_DIGEST_BYTES], _short(incoming.address), origin),
            *(incoming.life_ms, incoming.remember_ms, self._watches.token(mailbox)),
            *self._shares,
            limits.ceiling_bytes - ledgers.memory_bytes,
            limits.remembered_bytes - ledgers.sum(REMEMBERED) * REMEMBERED_BYTES,
            limits.unseen_bytes - ledgers.sum(UNSEEN),
            REMEMBERED_BYTES,
        )
        code = reply[0]
        if code == _REPEATED:
            return Kept(reply[1], repeated=True)
        if code == _REUSED:
            return Refused(Refusal.ID_REUSED)
        ledgers.note(bucket, reply[1])
        if code == _KEPT:
            self._sweeper.expect(bucket, min(incoming.life_ms, incoming.remember_ms))
            return self._kept(incoming, reply)
        return Refused(Refusal.MAILBOX_FULL, reply[2]) if code == _MAILBOX_FULL else None

    def _kept(self, incoming: Incoming, reply: Reply) -> Kept:
        _, _, watched, heads = reply
        if watched == 1:
            self._watches.wake(incoming.mailbox)
        if not heads:
            return _kept(incoming.life_ms)
        gone = (
            Evicted(incoming.mailbox, head[_ENVELOPE_ID], self._origins.take(head[_ORIGIN]))
            for head in heads
        )
        return Kept(incoming.life_ms, evicted=tuple(gone))

    async def _bound_owners(self, mailbox: bytes) -> None:
        if self._ledgers.sum(OWNERS) > self._limits.seen_owners:
            await self._sweeper.forget_oldest(keys.bucket_of(mailbox))

    def _may_sweep(self) -> bool:
        now_ms = self._clock.monotonic_ms()
        if now_ms - self._swept_ms < _SWEEP_AGAIN_MS:
            return False
        self._swept_ms = now_ms
        return True

    def _retry_ms(self) -> int:
        wait_ms = self._sweeper.next_due_in_ms()
        return min(
            max(_LEAST_RETRY_MS, _MOST_RETRY_MS if wait_ms is None else wait_ms), _MOST_RETRY_MS
        )


def _shares(limits: StoreLimits) -> tuple[int, ...]:
    """What a mailbox, all strangers in it and strangers of one address may hold, for the script."""
    messages, size_bytes = limits.mailbox_messages, limits.mailbox_bytes
    strangers, strangers_bytes = messages // STRANGERS_DIVISOR, size_bytes // STRANGERS_DIVISOR
    near = min(strangers, max(1, strangers // ADDRESS_DIVISOR))
    near_bytes = min(strangers_bytes, max(MAX_ENVELOPE_BYTES, strangers_bytes // ADDRESS_DIVISOR))
    return (
        *(int(limits.drop_oldest), messages, size_bytes),
        *(strangers, strangers_bytes, near, near_bytes),
    )


@lru_cache(maxsize=4096)
def _short(address: str) -> bytes:
    return hashlib.blake2s(address.encode(), digest_size=8).digest()


@lru_cache(maxsize=64)
def _kept(life_ms: int) -> Kept:
    """The usual answer; almost everybody asks for the same life."""
    return Kept(life_ms)
