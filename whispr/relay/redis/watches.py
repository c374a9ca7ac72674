"""Who delivers which mailbox in this process, and how the others learn of it.

A watcher is known in the store by a token with a lease. Notifications are hints: every one may be
lost, so after each (re)subscription, and now and then, every token is compared with the store's.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from dataclasses import dataclass

from whispr.errors import RelayError, RelayUnavailableError
from whispr.relay.redis import keys
from whispr.relay.redis.backend import Backend
from whispr.relay.redis.ledgers import Ledgers
from whispr.relay.redis.scripts import script
from whispr.relay.stores.base import Watcher

LEASE_MS = 120_000
SEEN_REFRESH_MS = 3_600_000
ROUND_SECONDS = 30
"""In this time every watcher is looked at once; `check_some` is called each second."""
AT_ONCE = 64
_WATCH, _UNWATCH, _CHECK, _PUBLISH = (
    script(name) for name in ("watch", "unwatch", "check", "publish")
)
_WOKEN, _TAKEN, _EPHEMERAL = b"W"[0], b"D"[0], b"E"[0]
_NAME_END = 33


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    watcher: Watcher
    token: bytes


class Watches:
    """The watchers of this process."""

    def __init__(self, backend: Backend, ledgers: Ledgers) -> None:
        self._backend = backend
        self._ledgers = ledgers
        self._entries: dict[bytes, _Entry] = {}
        self._round: list[bytes] = []
        self._process = secrets.token_bytes(8)
        self._numbers = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()
        backend.on_push = self._heard
        backend.on_subscribed = self.resync

    def token(self, mailbox: bytes) -> bytes:
        """What the store knows our watcher of a mailbox by; empty if we have none."""
        entry = self._entries.get(mailbox)
        return entry.token if entry is not None else b""

    def wake(self, mailbox: bytes) -> None:
        """There may be something in this mailbox."""
        entry = self._entries.get(mailbox)
        if entry is not None:
            entry.watcher.wake()

    async def watch(self, mailbox: bytes, watcher: Watcher) -> None:
        """Take a mailbox over.

        Raises:
            RelayUnavailableError: whoever delivered it goes on.
        """
        token = self._process + next(self._numbers).to_bytes(8, "big")
        entry, former = _Entry(watcher, token), self._entries.get(mailbox)
        # Known before the store knows: what is told from then on finds it.
        self._entries[mailbox] = entry
        bucket = keys.bucket_of(mailbox)
        names = (*keys.owner_names(mailbox), keys.state(mailbox), keys.CHANNELS[bucket])
        try:
            now = self._backend.now()
            ledger = await self._backend.run(_WATCH, names, now, mailbox, token, LEASE_MS)
        except RelayError:
            self._put_back(mailbox, entry, former)
            raise
        self._ledgers.note(bucket, ledger)
        if former is not None and former.watcher is not watcher:
            former.watcher.displaced()

    async def unwatch(self, mailbox: bytes, watcher: Watcher) -> None:
        """Stop to deliver; a lease that cannot be ended runs out."""
        entry = self._entries.get(mailbox)
        if entry is None or entry.watcher is not watcher:
            return
        del self._entries[mailbox]
        try:
            now, names = self._backend.now(), keys.owner_names(mailbox)
            ledger = await self._backend.run(_UNWATCH, names, now, mailbox, entry.token)
        except RelayUnavailableError:
            return
        if ledger is not None:
            self._ledgers.note(keys.bucket_of(mailbox), ledger)

    async def publish(self, mailbox: bytes, data: bytes) -> bool:
        """Hand on an EPHEMERAL envelope; returns whether somebody watches."""
        entry = self._entries.get(mailbox)
        token = entry.token if entry is not None else b""
        names = (keys.owner(mailbox), keys.CHANNELS[keys.bucket_of(mailbox)])
        there = await self._backend.run(_PUBLISH, names, self._backend.now(), mailbox, token, data)
        if there == 1 and entry is not None:
            entry.watcher.push_ephemeral(data)
        return bool(there)

    def resync(self) -> None:
        """Notifications may have been lost: look at every watcher."""
        self._spawn(list(self._entries))

    async def check_some(self) -> None:
        """Look at some watchers, so that in `ROUND_SECONDS` it was every one."""
        if not self._round:
            self._round = list(self._entries)
        count = -(-len(self._entries) // ROUND_SECONDS) or len(self._round)
        some, self._round = self._round[:count], self._round[count:]
        await self._check_all(some)

    async def close(self) -> None:
        """Forget every watcher."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._entries.clear()
        self._round.clear()

    def _heard(self, channel: bytes, message: bytes) -> None:
        mailbox = message[1:_NAME_END]
        entry = self._entries.get(mailbox)
        if entry is None:
            return
        if message[0] == _WOKEN:
            entry.watcher.wake()
        elif message[0] == _EPHEMERAL:
            entry.watcher.push_ephemeral(message[_NAME_END:])
        elif message[0] == _TAKEN:
            # It may be about a watcher before ours: the store knows.
            self._spawn([mailbox])

    def _spawn(self, mailboxes: list[bytes]) -> None:
        if mailboxes:
            task = asyncio.get_running_loop().create_task(self._check_all(mailboxes))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _check_all(self, mailboxes: list[bytes]) -> None:
        for start in range(0, len(mailboxes), AT_ONCE):
            some = mailboxes[start : start + AT_ONCE]
            # What fails here is looked at again after the next subscription.
            await asyncio.gather(*map(self._check, some), return_exceptions=True)

    async def _check(self, mailbox: bytes) -> None:
        entry = self._entries.get(mailbox)
        if entry is None:
            return
        names = (*keys.owner_names(mailbox), keys.state(mailbox))
        now, token = self._backend.now(), entry.token
        found = await self._backend.run(
            _CHECK, names, now, mailbox, token, LEASE_MS, SEEN_REFRESH_MS
        )
        ours = self._entries.get(mailbox) is entry
        if found[0] and ours:
            self._ledgers.note(keys.bucket_of(mailbox), found[1])
            if found[2]:
                entry.watcher.wake()
        elif ours:
            del self._entries[mailbox]
            entry.watcher.displaced()

    def _put_back(self, mailbox: bytes, entry: _Entry, former: _Entry | None) -> None:
        if self._entries.get(mailbox) is not entry:
            return
        if former is not None:
            self._entries[mailbox] = former
        else:
            del self._entries[mailbox]
